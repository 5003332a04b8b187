#include "server/training/checkpoint_series.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/engine.h"
#include "tests/unit/training/resumption.h"
#include "tests/unit/training/test_attempt.h"

// When checkpoints are made, and what stands in their records.
namespace percept::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

CutJob XorJob() { return {XorSpec(), data::Generate(XorSource()), &TestKernels()}; }

TEST(CheckpointSeries, OneIsMadeAtTheFirstBatchAfterEachInterval) {
  Kept kept;
  RunOn(XorJob(), kUncut, kept, absl::Milliseconds(4500), /*time_step=*/absl::Milliseconds(200));
  // The clock moves before each look: at step n, 200 ms * (n + 1) have passed.
  EXPECT_THAT(kept.CheckpointSteps(), ElementsAre(22, 45, 68));
  EXPECT_THAT(kept.snapshots, SizeIs(81));
}

TEST(CheckpointSeries, NoneIsMadeUnaskedWithoutAnInterval) {
  Kept kept;
  RunOn(XorJob(), kUncut, kept, absl::InfiniteDuration(), absl::Hours(1000));
  EXPECT_THAT(kept.checkpoints, IsEmpty());
}

TEST(CheckpointSeries, AStopMakesOneOfItsOwn) {
  Kept kept;
  RunOn(XorJob(), {17}, kept, absl::Seconds(1), absl::Milliseconds(100));
  EXPECT_THAT(kept.CheckpointSteps(), ElementsAre(9, 17));
  EXPECT_EQ(kept.outcome.kind, Outcome::Kind::kStopped);
}

TEST(CheckpointSeries, MakingThemChangesNoSnapshot) {
  for (const bool threaded : {false, true}) {
    CutJob job = XorJob();
    if (threaded)
      job = {LargeEvaluationSpec(), data::Generate(LargeEvaluationSource()), &TestKernels()};
    Kept kept;
    RunOn(job, kUncut, kept, absl::Seconds(1), absl::Milliseconds(300));
    EXPECT_THAT(kept.checkpoints, SizeIs(20));
    const Kept whole = RunWhole(job);
    ExpectSameSnapshots(kept.snapshots, whole.snapshots);
    EXPECT_TRUE(kept.epochs == whole.epochs);
  }
}

TEST(CheckpointSeries, RecordSaysWhatLeftIt) {
  TestAttempt attempt(XorSpec(), XorSource(), [&](const storage::SnapshotRecord& snapshot) {
    attempt.clock.Advance(absl::Seconds(2));
    if (snapshot.index == 4) attempt.stop.AskToStop();
    return absl::OkStatus();
  });
  attempt.job.attempt = 3;
  attempt.job.run_time = absl::Seconds(100);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kStopped);
  ASSERT_THAT(attempt.sink.checkpoints(), SizeIs(1));
  const storage::CheckpointRecord& checkpoint = attempt.sink.checkpoints().front();
  EXPECT_EQ(checkpoint.attempt, 3);
  EXPECT_EQ(checkpoint.run_time, absl::Seconds(110));
  EXPECT_EQ(checkpoint.instruction_set, TestKernels().name);
  EXPECT_EQ(checkpoint.engine_revision, ml::kEngineRevision);
  EXPECT_EQ(checkpoint.step, 5);
  EXPECT_EQ(checkpoint.snapshot_count, 5);
}

// Takes a second for each checkpoint it is handed.
class SlowSink final : public SnapshotSink {
 public:
  explicit SlowSink(percept::testing::FakeClock& clock) : clock_(clock) {}

  absl::Status Append(const storage::BorrowedSnapshot&) override {
    clock_.Advance(absl::Seconds(1));
    return absl::OkStatus();
  }
  absl::Status AppendEpoch(storage::EpochRecord) override { return absl::OkStatus(); }
  absl::Status SaveCheckpoint(storage::CheckpointRecord checkpoint) override {
    steps.push_back(checkpoint.step);
    clock_.Advance(absl::Seconds(1));
    return absl::OkStatus();
  }

  std::vector<int64_t> steps;

 private:
  percept::testing::FakeClock& clock_;
};

TEST(CheckpointSeries, DearOnesAreMadeSeldom) {
  TestAttempt attempt(XorSpec());
  SlowSink sink(attempt.clock);
  EXPECT_EQ(attempt.RunInto(sink, /*checkpoint_interval=*/absl::Seconds(5)).kind,
            Outcome::Kind::kSucceeded);
  // A second in twenty: each batch takes one, and so does the checkpoint itself.
  EXPECT_THAT(sink.steps, ElementsAre(5, 24, 43, 62));
}

TEST(CheckpointSeries, OneThatIsRefusedEndsTheAttempt) {
  class RefusingSink final : public SnapshotSink {
   public:
    absl::Status Append(const storage::BorrowedSnapshot&) override { return absl::OkStatus(); }
    absl::Status AppendEpoch(storage::EpochRecord) override { return absl::OkStatus(); }
    absl::Status SaveCheckpoint(storage::CheckpointRecord) override {
      return absl::ResourceExhaustedError("disk full");
    }
  };
  for (const storage::JobSpec& spec : {XorSpec(), PerceptronSpec()}) {
    TestAttempt attempt(spec);
    RefusingSink sink;
    const Outcome outcome = attempt.RunInto(sink, absl::ZeroDuration());
    EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
    EXPECT_EQ(outcome.reason, storage::JobErrorReason::kStorage);
    EXPECT_EQ(outcome.message, "disk full");
  }
}

TEST(CheckpointSeries, TheTimeLimitCountsTheTimeUpToTheCheckpoint) {
  storage::JobSpec spec = XorSpec();
  spec.time_limit = absl::Seconds(60);
  Kept kept;
  const CutJob job{spec, data::Generate(XorSource()), &TestKernels()};
  RunOn(job, {39}, kept, absl::InfiniteDuration(), absl::Seconds(1));
  ASSERT_EQ(kept.outcome.kind, Outcome::Kind::kStopped);
  RunOn(job, kUncut, kept, absl::InfiniteDuration(), absl::Seconds(1));
  EXPECT_EQ(kept.outcome.reason, storage::JobErrorReason::kTimeLimit);
  EXPECT_EQ(kept.outcome.message, "time limit of 1m ran out at step 59");
}

}  // namespace
}  // namespace percept::training
