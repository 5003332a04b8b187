#include "server/training/checkpoint.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/resumption.h"

namespace percept::training {
namespace {

using percept::testing::StatusIs;
using storage::CheckpointRecord;
using storage::JobRecord;
using ::testing::HasSubstr;

// A job with a checkpoint that an attempt at it left.
struct LeftCheckpoint {
  explicit LeftCheckpoint(const storage::JobSpec& spec, int64_t looks = 45)
      : cut_job{spec, data::Generate(XorSource()), &TestKernels()},
        job(JobFor(spec, cut_job.dataset)) {
    Kept kept;
    RunOn(cut_job, {looks}, kept);
    record = kept.checkpoints.back();
  }

  CutJob cut_job;
  JobRecord job;
  CheckpointRecord record;
};

storage::JobSpec AdamSpec() {
  storage::JobSpec spec = XorSpec();
  spec.training.optimizer = OptimizerKind::kAdam;
  return spec;
}

TEST(Checkpoint, SaysWhereTheTrainingStood) {
  const LeftCheckpoint left(XorSpec());
  const auto read = ReadMinibatchCheckpoint(left.job, left.record);
  ASSERT_OK(read);
  EXPECT_EQ(read->progress.step, 45);
  EXPECT_EQ(read->progress.epoch, 1);
  EXPECT_EQ(read->progress.trained.examples, 450);
  EXPECT_EQ(read->progress.epoch_trained.examples, 50);
  EXPECT_EQ(read->progress.reported.examples, 440);  // At the snapshot before the last batch.
  EXPECT_FALSE(read->progress.closed_epoch.has_value());
}

TEST(Checkpoint, BetweenEpochsHoldsTheOneThatIsYetToBeReported) {
  const LeftCheckpoint left(XorSpec(), /*looks=*/40);
  const auto read = ReadMinibatchCheckpoint(left.job, left.record);
  ASSERT_OK(read);
  EXPECT_EQ(read->progress.epoch, 1);
  ASSERT_TRUE(read->progress.closed_epoch.has_value());
  EXPECT_EQ(read->progress.closed_epoch->examples, 400);
}

TEST(Checkpoint, OfAPerceptronSaysWhereItStood) {
  const LeftCheckpoint left(PerceptronSpec(), /*looks=*/10);
  const auto read = ReadPerceptronCheckpoint(left.job, left.record);
  ASSERT_OK(read);
  EXPECT_EQ(read->progress.position.step, 10);
  EXPECT_EQ(read->progress.reported.examples, 400);
  EXPECT_EQ(read->model.size(), 2 * sizeof(double));
}

TEST(Checkpoint, OfAnotherKindIsDataLoss) {
  const LeftCheckpoint minibatch(XorSpec());
  const LeftCheckpoint perceptron(PerceptronSpec(), 10);
  EXPECT_THAT(CheckCheckpoint(perceptron.job, minibatch.record),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("must be of kind 2, got 1")));
  EXPECT_THAT(CheckCheckpoint(minibatch.job, perceptron.record),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("must be of kind 1, got 2")));
}

TEST(Checkpoint, OfAnotherVersionIsDataLoss) {
  LeftCheckpoint left(XorSpec());
  left.record.state[0] = 2;
  EXPECT_THAT(CheckCheckpoint(left.job, left.record),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("version must be 1, got 2")));
}

TEST(Checkpoint, WhoseRecordNamesAnotherStepIsDataLoss) {
  for (const storage::JobSpec& spec : {XorSpec(), PerceptronSpec()}) {
    LeftCheckpoint left(spec, 10);
    ++left.record.step;
    EXPECT_THAT(CheckCheckpoint(left.job, left.record),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("must be of step 11, got 10")));
  }
}

TEST(Checkpoint, OfAnotherJobIsDataLoss) {
  const LeftCheckpoint left(XorSpec());
  void (*const changes[])(JobRecord&) = {
      [](JobRecord& job) { job.spec.model.hidden_units = {9}; },
      [](JobRecord& job) { job.spec.training.optimizer = OptimizerKind::kMomentum; },
      [](JobRecord& job) { job.spec.training.batch_size = 20; },
      [](JobRecord& job) { job.spec.training.epochs = 1; },
      [](JobRecord& job) { job.train_examples = 399; },
      [](JobRecord& job) { job.inputs = 1; },
  };
  for (const auto change : changes) {
    JobRecord job = left.job;
    change(job);
    EXPECT_THAT(CheckCheckpoint(job, left.record), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(Checkpoint, CutShortOrLongerIsDataLoss) {
  for (const storage::JobSpec& spec : {AdamSpec(), PerceptronSpec()}) {
    const LeftCheckpoint left(spec, 10);
    for (size_t size = 0; size < left.record.state.size(); ++size) {
      CheckpointRecord cut = left.record;
      cut.state.resize(size);
      EXPECT_THAT(CheckCheckpoint(left.job, cut), StatusIs(absl::StatusCode::kDataLoss)) << size;
    }
    CheckpointRecord longer = left.record;
    longer.state.push_back('\0');
    EXPECT_THAT(CheckCheckpoint(left.job, longer), StatusIs(absl::StatusCode::kDataLoss));
  }
}

// The store finds flipped bits by its checksums. Should one get past it, it must do no worse than
// give other numbers.
TEST(Checkpoint, WithAFlippedBitIsRefusedOrRunToAnEnd) {
  for (const storage::JobSpec& spec : {AdamSpec(), PerceptronSpec()}) {
    const LeftCheckpoint left(spec, 10);
    int64_t refused = 0;
    for (size_t bit = 0; bit < 8 * left.record.state.size(); ++bit) {
      Kept kept;
      kept.checkpoints = {left.record};
      kept.checkpoints[0].state[bit / 8] ^= static_cast<char>(1 << bit % 8);
      if (CheckCheckpoint(left.job, kept.checkpoints[0]).ok()) {
        RunOn(left.cut_job, kUncut, kept);
        EXPECT_NE(kept.outcome.kind, Outcome::Kind::kStopped);
      } else {
        ++refused;
      }
    }
    EXPECT_GT(refused, 8 * 8);  // At least version and kind.
  }
}

TEST(Checkpoint, GivenToARunnerThoughItIsDamagedFailsTheAttempt) {
  LeftCheckpoint left(XorSpec());
  left.record.state.pop_back();
  StopSignal stop;
  LiveProgress progress;
  const Outcome outcome = RunAttempt({.job = &left.job,
                                      .dataset = &left.cut_job.dataset,
                                      .checkpoint = &left.record,
                                      .kernels = &TestKernels(),
                                      .clock = &Clock::System(),
                                      .stop = &stop,
                                      .progress = &progress});
  EXPECT_EQ(outcome.reason, storage::JobErrorReason::kInternal);
  EXPECT_THAT(outcome.message, HasSubstr("checkpoint: its model must have"));
}

}  // namespace
}  // namespace percept::training
