#include "tests/unit/training/resumption.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

#include "server/training/checkpoint.h"
#include "tests/unit/training/collecting_sink.h"
#include "tests/unit/training/example_jobs.h"

namespace percept::training {
namespace {

template <typename Item>
void Append(const std::vector<Item>& items, std::vector<Item>& to) {
  to.insert(to.end(), items.begin(), items.end());
}

}  // namespace

std::vector<int64_t> Kept::CheckpointSteps() const {
  std::vector<int64_t> steps;
  for (const storage::CheckpointRecord& each : checkpoints) steps.push_back(each.step);
  return steps;
}

void RunOn(const CutJob& cut_job, Cut cut, Kept& kept, absl::Duration interval,
           absl::Duration time_step) {
  const storage::JobRecord job = JobFor(cut_job.spec, cut_job.dataset);
  StopSignal stop;
  const CuttingClock clock(cut, time_step, stop);
  std::optional<storage::CheckpointRecord> checkpoint;
  if (!kept.checkpoints.empty()) {
    checkpoint = kept.checkpoints.back();
    ASSERT_TRUE(CheckCheckpoint(job, *checkpoint).ok());
  }
  CollectingSink sink;
  LiveProgress progress;
  kept.outcome = RunAttempt({.job = &job,
                             .dataset = &cut_job.dataset,
                             .checkpoint = checkpoint.has_value() ? &*checkpoint : nullptr,
                             .checkpoint_interval = interval,
                             .kernels = cut_job.kernels,
                             .clock = &clock,
                             .stop = &stop,
                             .sink = &sink,
                             .progress = &progress});
  Append(sink.snapshots(), kept.snapshots);
  Append(sink.epochs(), kept.epochs);
  Append(sink.checkpoints(), kept.checkpoints);
}

Kept RunWhole(const CutJob& job) {
  Kept whole;
  RunOn(job, kUncut, whole);
  EXPECT_EQ(whole.outcome.kind, Outcome::Kind::kSucceeded) << whole.outcome.message;
  return whole;
}

void ExpectSameWhenCut(const CutJob& job, const std::vector<int64_t>& cuts, const Kept& whole) {
  SCOPED_TRACE(absl::StrCat("cut after looks ", absl::StrJoin(cuts, ", ")));
  Kept kept;
  for (const int64_t cut : cuts) {
    RunOn(job, {cut}, kept);
    if (kept.outcome.kind == Outcome::Kind::kSucceeded) break;
    ASSERT_EQ(kept.outcome.kind, Outcome::Kind::kStopped) << kept.outcome.message;
  }
  if (kept.outcome.kind != Outcome::Kind::kSucceeded || cuts.empty()) RunOn(job, kUncut, kept);
  EXPECT_EQ(kept.outcome.kind, Outcome::Kind::kSucceeded) << kept.outcome.message;
  ExpectSameSnapshots(kept.snapshots, whole.snapshots);
  EXPECT_TRUE(kept.epochs == whole.epochs) << "the epochs differ";
}

}  // namespace percept::training
