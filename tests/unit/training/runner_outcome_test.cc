#include <cmath>
#include <new>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/training/runner.h"
#include "tests/unit/training/cutting_clock.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/test_attempt.h"

// How attempts end that do not simply come to their end.
namespace percept::training {
namespace {

using storage::JobErrorReason;
using storage::JobSpec;
using storage::SnapshotRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Runner, CancelledBeforeTheFirstBatchLeavesNothing) {
  TestAttempt attempt(XorSpec());
  attempt.stop.AskToCancel();
  EXPECT_EQ(attempt.Run().kind, Outcome::Kind::kCancelled);
  EXPECT_THAT(attempt.snapshots(), IsEmpty());
}

// Runs until snapshot 5 and asks to stop there; expects the snapshots up to it, and no more.
Outcome::Kind StopAtSnapshotFive(void (StopSignal::*ask)()) {
  TestAttempt* running = nullptr;
  TestAttempt attempt(XorSpec(), XorSource(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 5) (running->stop.*ask)();
    return absl::OkStatus();
  });
  running = &attempt;
  const Outcome outcome = attempt.Run();
  std::vector<SnapshotRecord> expected = SnapshotsOf(XorSpec());
  expected.resize(6);
  ExpectSameSnapshots(attempt.snapshots(), expected);
  return outcome.kind;
}

TEST(Runner, CancelledWhileTrainingStopsAtTheNextBatch) {
  EXPECT_EQ(StopAtSnapshotFive(&StopSignal::AskToCancel), Outcome::Kind::kCancelled);
}

TEST(Runner, AskedToStopDoesSoAtTheNextBatch) {
  EXPECT_EQ(StopAtSnapshotFive(&StopSignal::AskToStop), Outcome::Kind::kStopped);
}

TEST(Runner, CancelledWhileEvaluationsAreUnderWayKeepsABeginning) {
  TestAttempt whole(LargeEvaluationSpec(), LargeEvaluationSource());
  ASSERT_EQ(whole.Run().kind, Outcome::Kind::kSucceeded);
  TestAttempt* running = nullptr;
  TestAttempt attempt(LargeEvaluationSpec(), LargeEvaluationSource(),
                      [&](const SnapshotRecord& snapshot) {
                        if (snapshot.index == 2) running->stop.AskToCancel();
                        return absl::OkStatus();
                      });
  running = &attempt;
  EXPECT_EQ(attempt.Run().kind, Outcome::Kind::kCancelled);
  ASSERT_GE(attempt.snapshots().size(), 3u);
  ASSERT_LT(attempt.snapshots().size(), whole.snapshots().size());
  std::vector<SnapshotRecord> expected = whole.snapshots();
  expected.resize(attempt.snapshots().size());
  ExpectSameSnapshots(attempt.snapshots(), expected);
}

// Pictures of many pixels: many perceptrons are scored on them in several pieces.
data::Dataset LargePictures() {
  data::Dataset pictures;
  pictures.inputs = 3000;
  pictures.classes = 2;
  data::Split& train = pictures.split(data::SplitKind::kTrain);
  train.examples = 1500;
  for (int64_t row = 0; row < train.examples; ++row) {
    train.labels.push_back(static_cast<int32_t>(row % 2));
    for (int32_t column = 0; column < pictures.inputs; ++column) {
      train.dense.push_back(static_cast<float>((row * 31 + column * 17) % 101) / 101);
    }
  }
  return pictures;
}

TEST(Runner, ACancelledPerceptronDoesNotWaitForItsScores) {
  TestAttempt attempt(PerceptronSpec(), LargePictures());
  const CuttingClock clock({5, StopSignal::Request::kCancel}, absl::ZeroDuration(), attempt.stop);
  EXPECT_EQ(attempt.RunBy(clock).kind, Outcome::Kind::kCancelled);
  EXPECT_THAT(attempt.snapshots(), IsEmpty());
}

TEST(StopSignal, CancellationOutranksAStopAndStays) {
  using Request = StopSignal::Request;
  StopSignal cancelled_first;
  EXPECT_EQ(cancelled_first.request(), Request::kNone);
  cancelled_first.AskToCancel();
  cancelled_first.AskToStop();
  EXPECT_EQ(cancelled_first.request(), Request::kCancel);

  StopSignal stopped_first;
  stopped_first.AskToStop();
  EXPECT_EQ(stopped_first.request(), Request::kStop);
  stopped_first.AskToCancel();
  EXPECT_EQ(stopped_first.request(), Request::kCancel);
  stopped_first.WithdrawStop();
  EXPECT_EQ(stopped_first.request(), Request::kCancel);
}

TEST(StopSignal, AStopCanBeWithdrawn) {
  StopSignal signal;
  signal.AskToStop();
  signal.WithdrawStop();
  EXPECT_EQ(signal.request(), StopSignal::Request::kNone);
}

// Runs with a limit of 2.5 s where each batch takes one; `run_time` was used up before.
Outcome RunWithTimeLimit(absl::Duration run_time, size_t expected_snapshots) {
  JobSpec spec = XorSpec();
  spec.time_limit = absl::Seconds(2.5);
  TestAttempt* running = nullptr;
  TestAttempt attempt(spec, XorSource(), [&](const SnapshotRecord&) {
    running->clock.Advance(absl::Seconds(1));
    return absl::OkStatus();
  });
  running = &attempt;
  attempt.job.run_time = run_time;
  const Outcome outcome = attempt.Run();
  EXPECT_THAT(attempt.snapshots(), SizeIs(expected_snapshots));
  return outcome;
}

TEST(Runner, TimeLimitEndsTheJobAndKeepsItsSnapshots) {
  const Outcome outcome = RunWithTimeLimit(absl::ZeroDuration(), 3);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_EQ(outcome.reason, JobErrorReason::kTimeLimit);
  EXPECT_EQ(outcome.message, "time limit of 2.5s ran out at step 3");
}

TEST(Runner, TimeOfEarlierAttemptsCounts) {
  EXPECT_EQ(RunWithTimeLimit(absl::Seconds(1), 2).reason, JobErrorReason::kTimeLimit);
}

bool IsFinite(const SnapshotRecord& snapshot) {
  const auto finite = [](const std::optional<double>& value) {
    return !value.has_value() || std::isfinite(*value);
  };
  return finite(snapshot.metrics.validation_loss) && finite(snapshot.metrics.training_loss);
}

JobSpec DivergingSpec() {
  JobSpec spec = XorSpec();
  spec.model.activation = Activation::kRelu;
  spec.training.learning_rate = 1e38;
  return spec;
}

TEST(Runner, DivergenceIsATypedOutcomeThatKeepsWhatCameBefore) {
  for (const bool evaluate : {false, true}) {
    JobSpec spec = DivergingSpec();
    spec.training.evaluate = evaluate;
    spec.training.report_frequency = 1000;  // Index 0, then nothing before the end.
    TestAttempt attempt(spec);
    const Outcome outcome = attempt.Run();
    EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
    EXPECT_EQ(outcome.reason, JobErrorReason::kDiverged);
    EXPECT_THAT(outcome.message, HasSubstr("training loss was not finite at step"));
    EXPECT_THAT(PlacesOf(attempt.snapshots()), ElementsAre(Place{0, 0, 0, 10}));
  }
}

TEST(Runner, BrokenParametersDoNotBecomeSnapshots) {
  TestAttempt attempt(DivergingSpec());  // A snapshot, hence an evaluation, before each batch.
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.reason, JobErrorReason::kDiverged);
  EXPECT_THAT(outcome.message, HasSubstr("validation loss was not finite at step"));
  ASSERT_GE(attempt.snapshots().size(), 1u);
  for (const SnapshotRecord& each : attempt.snapshots()) EXPECT_TRUE(IsFinite(each));
}

TEST(Runner, DivergenceInTheLastUpdateIsNoticed) {
  JobSpec spec = DivergingSpec();
  spec.training.batch_size = 400;
  spec.training.epochs = 1;
  TestAttempt attempt(spec);
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_EQ(outcome.reason, JobErrorReason::kDiverged);
  EXPECT_THAT(outcome.message, HasSubstr("validation loss was not finite at step 1 (epoch 0"));
  EXPECT_THAT(attempt.snapshots(), SizeIs(1));
}

struct Refusal {
  absl::Status status;
  JobErrorReason reason;
};

TEST(Runner, ASnapshotThatIsRefusedEndsTheAttempt) {
  const Refusal refusals[] = {
      {absl::FailedPreconditionError("not the same"), JobErrorReason::kNotResumable},
      {absl::ResourceExhaustedError("disk full"), JobErrorReason::kStorage},
      {absl::DataLossError("corrupt"), JobErrorReason::kStorage},
  };
  for (const Refusal& refusal : refusals) {
    for (const bool threaded : {false, true}) {
      TestAttempt attempt(threaded ? LargeEvaluationSpec() : XorSpec(),
                          threaded ? LargeEvaluationSource() : XorSource(),
                          [&](const SnapshotRecord& snapshot) {
                            return snapshot.index == 2 ? refusal.status : absl::OkStatus();
                          });
      const Outcome outcome = attempt.Run();
      EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
      EXPECT_EQ(outcome.reason, refusal.reason);
      EXPECT_EQ(outcome.message, refusal.status.message());
      EXPECT_THAT(attempt.snapshots(), SizeIs(2));
    }
  }
}

TEST(Runner, MemoryThatRunsOutIsATypedOutcomeOnWhicheverThread) {
  for (const bool threaded : {false, true}) {
    TestAttempt attempt(threaded ? LargeEvaluationSpec() : XorSpec(),
                        threaded ? LargeEvaluationSource() : XorSource(),
                        [](const SnapshotRecord& snapshot) -> absl::Status {
                          if (snapshot.index == 2) throw std::bad_alloc();
                          return absl::OkStatus();
                        });
    const Outcome outcome = attempt.Run();
    EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
    EXPECT_EQ(outcome.reason, JobErrorReason::kMemoryLimit);
    EXPECT_THAT(attempt.snapshots(), SizeIs(2));
  }
}

TEST(Runner, TheFinalSnapshotMayBeRefusedToo) {
  JobSpec spec = XorSpec();
  spec.training.report_frequency = 1'000'000;
  TestAttempt attempt(spec, XorSource(), [](const SnapshotRecord& snapshot) {
    return snapshot.index == 1 ? absl::UnavailableError("read-only disk") : absl::OkStatus();
  });
  EXPECT_EQ(attempt.Run().reason, JobErrorReason::kStorage);
  EXPECT_THAT(attempt.snapshots(), SizeIs(1));
}

}  // namespace
}  // namespace percept::training
