// churn [--duration 1h] [--clients N] [--seed S] [--resident-allowance-mib N]
//
// Clients come and go in a perceptd: they submit, watch, leave, pause, resume, cancel and delete
// jobs. What the server holds is sampled meanwhile, and must be as flat as resource_usage.h says.
// Ends with a table and one line of counts, and with 1 where it is not, or an answer was wrong.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include <CLI/CLI.hpp>

#include "tests/robustness/churn_client.h"
#include "tests/robustness/job_mix.h"
#include "tests/robustness/resource_usage.h"
#include "tests/robustness/server_life.h"
#include "tests/support/temp_dir.h"

namespace percept::testing {
namespace {

struct ChurnOptions {
  absl::Duration duration;
  int clients = 6;
  uint64_t seed = 1;
  int64_t resident_allowance_mib = 32;
};

struct ChurnReport {
  std::vector<ResourceUsage> samples;
  ChurnClient::Counts counts;
  Faults faults;
};

// Samples evenly, no more than some hundreds of them.
std::vector<ResourceUsage> Sample(ServerLife& life, const std::string& data_dir,
                                  absl::Duration duration) {
  const absl::Duration interval =
      std::clamp(duration / 400, absl::Milliseconds(100), absl::Seconds(10));
  std::vector<ResourceUsage> samples;
  const absl::Time end = absl::Now() + duration;
  while (absl::Now() < end) {
    absl::SleepFor(interval);
    samples.push_back(MeasureUsage(life.process().id(), data_dir));
  }
  return samples;
}

absl::StatusOr<ChurnReport> RunChurn(const ChurnOptions& options) {
  TempDir folder;
  const std::string data_dir = folder.File("data");
  std::vector<std::string> arguments = ServerArguments(data_dir, /*workers=*/2);
  arguments.insert(arguments.end(), {"--log-level", "warn", "--audit-log", folder.File("audit")});
  ServerLife life(arguments, absl::InfiniteDuration());
  const std::string address = life.WaitForAddress();
  RpcClient client(address);
  const absl::StatusOr<std::vector<MixedJob>> mix = PrepareJobMix(client);
  if (!mix.ok()) return mix.status();
  std::vector<std::unique_ptr<ChurnClient>> clients;
  for (int number = 0; number < options.clients; ++number) {
    clients.push_back(std::make_unique<ChurnClient>(address, &*mix, options.seed + number));
  }
  ChurnReport report;
  report.samples = Sample(life, data_dir, options.duration);
  report.faults = CheckFlat(report.samples, options.resident_allowance_mib << 20);
  for (const auto& each : clients) {
    each->Stop();
    report.counts += each->counts();
    report.faults.insert(report.faults.end(), each->faults().begin(), each->faults().end());
  }
  if (absl::Status ended = life.End(); !ended.ok()) return ended;
  if (!life.process().standard_error().empty()) {
    report.faults.push_back(absl::StrCat("logged: ", life.process().standard_error()));
  }
  return report;
}

void Show(const ChurnReport& report) {
  for (const std::string& fault : report.faults) std::fprintf(stderr, "%s\n", fault.c_str());
  const ChurnClient::Counts& counts = report.counts;
  std::printf("%schurn: %s\n", DescribeTrends(report.samples).c_str(),
              absl::StrCat(counts.calls, " calls on ", counts.connections, " connections, ",
                           counts.jobs, " jobs, ", counts.whole_watches, " watches to the end, ",
                           counts.broken_watches, " left in the midst, ", counts.subscriptions,
                           " subscriptions, ", counts.deletions, " deletions; ",
                           report.faults.empty() ? "flat" : "not flat or wrong")
                  .c_str());
}

}  // namespace
}  // namespace percept::testing

int main(int argc, char** argv) {
  percept::testing::ChurnOptions options;
  std::string duration = "1h";
  CLI::App app("Lets clients come and go, and checks that what perceptd holds stays flat.");
  app.add_option("--duration", duration, "Such as 20s or 1h")->capture_default_str();
  app.add_option("--clients", options.clients, "At once")->capture_default_str();
  app.add_option("--seed", options.seed, "Of what they do")->capture_default_str();
  app.add_option("--resident-allowance-mib", options.resident_allowance_mib,
                 "Growth that is taken for the filling of caches")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (!absl::ParseDuration(duration, &options.duration) || options.duration < absl::Seconds(1) ||
      options.duration > absl::Hours(100)) {
    std::fprintf(stderr, "churn: --duration: must be from 1s to 100h, got \"%s\"\n",
                 duration.c_str());
    return 2;
  }
  const auto report = percept::testing::RunChurn(options);
  if (!report.ok()) {
    std::fprintf(stderr, "churn: %s\n", report.status().ToString().c_str());
    return 1;
  }
  percept::testing::Show(*report);
  return report->faults.empty() ? 0 : 1;
}
