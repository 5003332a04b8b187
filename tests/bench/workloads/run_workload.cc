#include "tests/bench/workloads/run_workload.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"

#include "server/ml/model.h"
#include "server/training/job_parameters.h"
#include "server/training/runner.h"

namespace percept::bench {
namespace {

// Counts the snapshots and keeps the last.
class CountingSink final : public training::SnapshotSink {
 public:
  explicit CountingSink(WorkloadResult* result) : result_(result) {}

  absl::Status Append(const storage::BorrowedSnapshot& snapshot) override {
    ++result_->snapshots;
    result_->last = snapshot;
    return absl::OkStatus();
  }

  absl::Status AppendEpoch(storage::EpochRecord) override { return absl::OkStatus(); }
  absl::Status SaveCheckpoint(storage::CheckpointRecord) override { return absl::OkStatus(); }

 private:
  WorkloadResult* const result_;
};

storage::JobRecord JobFor(const storage::JobSpec& spec, const data::Dataset& dataset) {
  storage::JobRecord job;
  job.spec = spec;
  job.inputs = dataset.inputs;
  job.classes = dataset.classes;
  job.train_examples = dataset.split(data::SplitKind::kTrain).examples;
  job.parameter_count = ml::ParameterCount(training::ParametersOf(job));
  return job;
}

}  // namespace

absl::StatusOr<WorkloadResult> RunWorkload(const storage::JobSpec& spec,
                                           const data::Dataset& dataset,
                                           const ml::Kernels& kernels) {
  if (spec.model.kind == ModelKind::kPerceptron && dataset.classes != 2) {
    return absl::InvalidArgumentError("a perceptron needs a data set of two classes");
  }
  const storage::JobRecord job = JobFor(spec, dataset);
  WorkloadResult result;
  CountingSink sink(&result);
  training::StopSignal stop;
  training::LiveProgress progress;
  const auto start = std::chrono::steady_clock::now();
  const training::Outcome outcome = training::RunAttempt({.job = &job,
                                                          .dataset = &dataset,
                                                          .kernels = &kernels,
                                                          .clock = &Clock::System(),
                                                          .stop = &stop,
                                                          .sink = &sink,
                                                          .progress = &progress});
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (outcome.kind != training::Outcome::Kind::kSucceeded) {
    return absl::AbortedError(outcome.message);
  }
  result.seconds = taken.count();
  return result;
}

}  // namespace percept::bench
