#include "tests/bench/jobs/timings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

#include "tests/robustness/rpc_status.h"

namespace percept::bench {
namespace {

struct Figures {
  absl::Duration p50;
  absl::Duration p99;
  absl::Duration most;
};

Figures FiguresOf(std::vector<absl::Duration> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&times](size_t percent) {
    return times[std::min(times.size() * percent / 100, times.size() - 1)];
  };
  return {.p50 = at(50), .p99 = at(99), .most = times.back()};
}

std::string Judged(const Figures& figures, const Goal& goal) {
  if (goal.limit == absl::InfiniteDuration()) return "";
  const auto judged = [&goal](const char* name, absl::Duration figure) {
    return absl::StrFormat("%s under %.4g: %s", name, absl::ToDoubleMilliseconds(goal.limit),
                           figure < goal.limit ? "met" : "MISSED");
  };
  switch (goal.of) {
    case Goal::Of::kP50:
      return judged("p50", figures.p50);
    case Goal::Of::kP99:
      return judged("p99", figures.p99);
    case Goal::Of::kMost:
      return judged("most", figures.most);
  }
  return "";
}

}  // namespace

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "percept_latencies: %s\n", status.ToString().c_str());
  std::exit(1);
}

void Must(const grpc::Status& status) { Must(testing::ToStatus(status)); }

absl::Duration Time(const std::function<void()>& what) {
  const absl::Time start = absl::Now();
  what();
  return absl::Now() - start;
}

std::vector<absl::Duration> Repeat(int times, const std::function<void(int)>& what) {
  std::vector<absl::Duration> taken;
  for (int number = 0; number < times; ++number) taken.push_back(Time([&] { what(number); }));
  return taken;
}

void ShowHead(const std::string& title) {
  std::printf("\n%-64s%8s%8s%8s   goal\n", (title + ", milliseconds:").c_str(), "p50", "p99",
              "most");
}

void Show(const std::string& what, std::vector<absl::Duration> times, const Goal& goal) {
  const Figures figures = FiguresOf(std::move(times));
  std::printf("  %-62s%8.2f%8.2f%8.2f   %s\n", what.c_str(),
              absl::ToDoubleMilliseconds(figures.p50), absl::ToDoubleMilliseconds(figures.p99),
              absl::ToDoubleMilliseconds(figures.most), Judged(figures, goal).c_str());
  std::fflush(stdout);
}

Served::Served(const std::string& data_dir)
    : life(testing::ServerArguments(data_dir, /*workers=*/2), absl::InfiniteDuration()),
      client(life.WaitForAddress()) {}

Served::~Served() { Must(life.End()); }

v1::Job Create(testing::RpcClient& client, const v1::JobSpec& spec) {
  v1::Job job;
  Must(client.CreateJob(spec, &job));
  return job;
}

void MakeToyData(testing::RpcClient& client) {
  v1::Dataset dataset;
  Must(client.CreateDataset(testing::GeneratedDataset("xor", v1::GENERATOR_XOR), &dataset));
}

v1::JobSpec LongToyJob() {
  v1::JobSpec spec = testing::MlpSpec("xor", {3}, /*epochs=*/1'000'000, /*batch_size=*/5);
  spec.mutable_training()->set_report_frequency(50'000);
  return spec;
}

}  // namespace percept::bench
