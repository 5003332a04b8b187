#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/time/clock.h"

#include "tests/bench/jobs/latency_sections.h"
#include "tests/bench/jobs/timings.h"
#include "tests/support/temp_dir.h"

namespace percept::bench {
namespace {

using testing::MlpSpec;
using testing::RpcClient;

constexpr int kStops = 20;
constexpr int kTimedBatches = 20;

v1::Job Get(RpcClient& client, const std::string& name) {
  v1::Job job;
  Must(client.GetJob(name, &job));
  return job;
}

// Returns the job as it was then.
v1::Job AwaitStep(RpcClient& client, const std::string& name, int64_t step) {
  v1::Job job = Get(client, name);
  while (job.progress().step() < step) {
    absl::SleepFor(absl::Milliseconds(1));
    job = Get(client, name);
  }
  return job;
}

v1::Job AwaitState(RpcClient& client, const std::string& name, v1::JobState state) {
  v1::Job job = Get(client, name);
  while (job.state() != state) job = Get(client, name);
  return job;
}

// Submits a job and waits until it has trained on a few batches.
std::string Begin(RpcClient& client, const v1::JobSpec& spec) {
  const std::string name = Create(client, spec).name();
  AwaitStep(client, name, 3);
  return name;
}

void Pause(RpcClient& client, const std::string& name) {
  v1::Job job;
  Must(client.PauseJob(name, &job));
  AwaitState(client, name, v1::JOB_STATE_PAUSED);
}

void Resume(RpcClient& client, const std::string& name) {
  v1::Job job;
  Must(client.ResumeJob(name, &job));
  job = AwaitState(client, name, v1::JOB_STATE_RUNNING);
  AwaitStep(client, name, job.progress().step() + 1);
}

void Cancel(RpcClient& client, const std::string& name) {
  v1::Job job;
  Must(client.CancelJob(name, &job));
  AwaitState(client, name, v1::JOB_STATE_CANCELLED);
}

absl::Duration TimeBatch(RpcClient& client, const v1::JobSpec& spec) {
  const std::string name = Begin(client, spec);
  const int64_t first = Get(client, name).progress().step();
  const absl::Time start = absl::Now();
  const int64_t last = AwaitStep(client, name, first + kTimedBatches).progress().step();
  const absl::Duration batch = (absl::Now() - start) / (last - first);
  Cancel(client, name);
  return batch;
}

void ShowStopsOf(RpcClient& client, const std::string& title, const v1::JobSpec& spec) {
  const absl::Duration batch = TimeBatch(client, spec);
  const Goal goal{Goal::Of::kMost, batch + absl::Milliseconds(50)};
  std::vector<absl::Duration> paused;
  std::vector<absl::Duration> resumed;
  std::vector<absl::Duration> cancelled;
  std::vector<absl::Duration> cancelled_at_once;
  for (int stop = 0; stop < kStops; ++stop) {
    const std::string name = Begin(client, spec);
    paused.push_back(Time([&] { Pause(client, name); }));
    resumed.push_back(Time([&] { Resume(client, name); }));
    cancelled.push_back(Time([&] { Cancel(client, name); }));
    const std::string another = Create(client, spec).name();
    AwaitState(client, another, v1::JOB_STATE_RUNNING);
    cancelled_at_once.push_back(Time([&] { Cancel(client, another); }));
  }
  std::printf("  %s, %.3g ms a batch:\n", title.c_str(), absl::ToDoubleMilliseconds(batch));
  Show("  cancelled", cancelled, goal);
  Show("  cancelled before its first batch", cancelled_at_once, goal);
  Show("  paused: evaluations ended, checkpoint stored", paused);
  Show("  resumed, until it has trained on another batch", resumed);
}

}  // namespace

void ShowStops() {
  testing::TempDir folder;
  Served server(folder.File("data"));
  MakeToyData(server.client);
  ShowHead("Running jobs stopped");
  ShowStopsOf(server.client, "2-3-2", LongToyJob());
  ShowStopsOf(server.client, "784-64-10",
              MlpSpec("mnist", {64}, /*epochs=*/10'000, /*batch_size=*/100));
  v1::JobSpec wide = MlpSpec("mnist", {1024, 1024}, /*epochs=*/10'000, /*batch_size=*/128);
  wide.mutable_training()->mutable_adam();
  ShowStopsOf(server.client, "784-1024-1024-10, adam", wide);
  wide.mutable_training()->set_no_evaluate(true);
  ShowStopsOf(server.client, "784-1024-1024-10, adam, without evaluation", wide);
}

}  // namespace percept::bench
