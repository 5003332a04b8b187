#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "server/ml/models/perceptron_scorer.h"
#include "server/training/runner.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/test_attempt.h"

// The perceptron under the runner, against plain loops.
namespace percept::training {
namespace {

using storage::JobErrorReason;
using storage::JobSpec;
using storage::SnapshotRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Points that no line through the origin parts: changes go on to the end.
data::GeneratorSource InseparableSource() { return XorSource(); }

// Pictures of `inputs` pixels, most of them black, labelled 0 and 1 at random.
data::Dataset RandomPictures(int32_t inputs, int64_t examples) {
  data::Dataset pictures;
  pictures.inputs = inputs;
  pictures.classes = 2;
  pictures.is_sparse = true;
  data::Split& train = pictures.split(data::SplitKind::kTrain);
  train.examples = examples;
  Random random(1, Random::Stream::kShuffle);
  for (int64_t row = 0; row < examples; ++row) {
    train.labels.push_back(static_cast<int32_t>(random.NextBelow(2)));
    for (int32_t column = 0; column < inputs; ++column) {
      if (random.NextBelow(5) != 0) continue;
      train.sparse.columns.push_back(static_cast<uint16_t>(column));
      train.sparse.values.push_back(static_cast<uint8_t>(1 + random.NextBelow(255)));
    }
    train.sparse.row_start.push_back(static_cast<uint32_t>(train.sparse.columns.size()));
  }
  return pictures;
}

// A data set that keeps these rows of its training split alone.
data::Dataset Keeping(data::Dataset dataset, const std::vector<size_t>& rows) {
  data::Split& train = dataset.split(data::SplitKind::kTrain);
  data::Split kept;
  const auto inputs = static_cast<size_t>(dataset.inputs);
  for (const size_t row : rows) {
    kept.labels.push_back(train.labels[row]);
    kept.dense.insert(kept.dense.end(), &train.dense[row * inputs],
                      &train.dense[row * inputs] + inputs);
  }
  kept.examples = static_cast<int64_t>(rows.size());
  train = std::move(kept);
  return dataset;
}

TEST(PerceptronRun, EqualsPlainLoopsStepByStep) {
  TestAttempt(PerceptronSpec(), TwoNormalsSource()).ExpectAsByHand();
}

TEST(PerceptronRun, EqualsPlainLoopsWhereChangesNeverEnd) {
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 1000;
  spec.training.learning_rate = 0.3;
  TestAttempt attempt(spec, InseparableSource());
  attempt.ExpectAsByHand();
  EXPECT_GT(attempt.snapshots().back().step, 300);
}

TEST(PerceptronRun, EqualsPlainLoopsOnPictures) {
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 300;
  TestAttempt(spec, RandomPictures(50, 90)).ExpectAsByHand();
}

TEST(PerceptronRun, EqualsPlainLoopsWhereAllIsScoredAtTheEnd) {
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 20;
  TestAttempt attempt(spec, RandomPictures(50, 1000));
  attempt.ExpectAsByHand();
  EXPECT_LT(attempt.snapshots().size(), static_cast<size_t>(ml::PerceptronScorer::kCapacity));
}

TEST(PerceptronRun, AClassThatRunsOutBeginsAgain) {
  // Labels run 0, 1, 0, 1, …: three negatives and one positive.
  TestAttempt attempt(PerceptronSpec(), Keeping(data::Generate(InseparableSource()), {0, 2, 4, 1}));
  attempt.ExpectAsByHand();
  EXPECT_EQ(attempt.snapshots().back().instances, 400);
}

TEST(PerceptronRun, SnapshotsAreTheStartEachChangeAndTheEnd) {
  TestAttempt attempt(PerceptronSpec(), TwoNormalsSource());
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  const std::vector<SnapshotRecord>& snapshots = attempt.snapshots();
  ASSERT_GE(snapshots.size(), 3u);
  for (const SnapshotRecord& each : snapshots) {
    const bool is_change =
        each.index > 0 && each.index + 1 < static_cast<int64_t>(snapshots.size());
    EXPECT_THAT(*each.batch_indices, SizeIs(is_change ? 1 : 0));
    if (is_change) {
      EXPECT_EQ(each.step, each.index);
    }
    EXPECT_EQ(each.epoch, 0);
    EXPECT_FALSE(each.metrics.validation_accuracy.has_value());
    EXPECT_FALSE(each.metrics.validation_loss.has_value());
    EXPECT_TRUE(each.metrics.training_accuracy.has_value());
  }
  EXPECT_EQ(snapshots.front().step, 0);
  EXPECT_EQ(snapshots.front().instances, 0);
  // All is predicted positive by zeros, which half of it is.
  EXPECT_EQ(snapshots.front().metrics.training_accuracy, 0.5);
  EXPECT_EQ(snapshots.front().metrics.training_loss, 0.0);
  EXPECT_EQ(snapshots.back().step, static_cast<int64_t>(snapshots.size()) - 2);
  EXPECT_EQ(snapshots.back().instances, 400);
  EXPECT_THAT(attempt.epochs(), IsEmpty());
}

TEST(PerceptronRun, TheFirstChangeIsTheFirstNegative) {
  // Zeros predict positive, so the first positive changes nothing.
  TestAttempt attempt(PerceptronSpec(), TwoNormalsSource());
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  const SnapshotRecord& change = attempt.snapshots()[1];
  EXPECT_EQ(change.instances, 2);
  const std::vector<int32_t>& labels = attempt.dataset.split(data::SplitKind::kTrain).labels;
  const auto first =
      static_cast<size_t>(std::find(labels.begin(), labels.end(), 0) - labels.begin());
  EXPECT_THAT(*change.batch_indices, ElementsAre(first));
  const float* const x = &attempt.dataset.split(data::SplitKind::kTrain).dense[3 * first];
  double weights[3];
  ASSERT_EQ(change.parameters->size(), sizeof(weights));
  std::memcpy(weights, change.parameters->data(), sizeof(weights));
  EXPECT_THAT(weights, ElementsAre(-x[0], -x[1], -x[2]));
}

TEST(PerceptronRun, LearnsTwoNormals) {
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 2000;
  TestAttempt attempt(spec, TwoNormalsSource());
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  EXPECT_GE(*attempt.snapshots().back().metrics.training_accuracy, 0.99);
}

TEST(PerceptronRun, NeitherSeedNorShuffleNorEvaluationChangesAnything) {
  TestAttempt first(PerceptronSpec(), TwoNormalsSource());
  ASSERT_EQ(first.Run().kind, Outcome::Kind::kSucceeded);
  JobSpec other = PerceptronSpec();
  other.seed = 99;
  other.training.shuffle = !other.training.shuffle;
  other.training.evaluate = false;
  other.training.epochs = 1;
  other.training.batch_size = 3;
  TestAttempt second(other, TwoNormalsSource());
  ASSERT_EQ(second.Run().kind, Outcome::Kind::kSucceeded);
  ExpectSameSnapshots(second.snapshots(), first.snapshots());
}

TEST(PerceptronRun, GoesOnFromGivenWeights) {
  TestAttempt first(PerceptronSpec(), InseparableSource());
  ASSERT_EQ(first.Run().kind, Outcome::Kind::kSucceeded);
  TestAttempt second(PerceptronSpec(), InseparableSource());
  second.initial_parameters = first.final_parameters();
  second.ExpectAsByHand();
  EXPECT_EQ(*second.snapshots().front().parameters, first.final_parameters());
}

TEST(PerceptronRun, WeightsThatAreNotFiniteAreADivergence) {
  TestAttempt attempt(PerceptronSpec(), TwoNormalsSource());
  const double weights[3] = {1.0, std::numeric_limits<double>::infinity(), 0.0};
  attempt.initial_parameters.emplace(reinterpret_cast<const char*>(weights), sizeof(weights));
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_EQ(outcome.reason, JobErrorReason::kDiverged);
  EXPECT_THAT(outcome.message, HasSubstr("was not finite at step 0 (learning rate 1)"));
  EXPECT_THAT(attempt.snapshots(), IsEmpty());
}

// Runs until snapshot 5 is handed on and asks to stop there; expects what was trained before. The
// change that it ends with has no snapshot unless an attempt can go on from it.
Outcome::Kind StopAtSnapshotFive(void (StopSignal::*ask)()) {
  TestAttempt whole(PerceptronSpec(), InseparableSource());
  EXPECT_EQ(whole.Run().kind, Outcome::Kind::kSucceeded);
  TestAttempt* running = nullptr;
  TestAttempt attempt(PerceptronSpec(), InseparableSource(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 5) (running->stop.*ask)();
    return absl::OkStatus();
  });
  running = &attempt;
  const Outcome outcome = attempt.Run();
  std::vector<SnapshotRecord> expected = whole.snapshots();
  EXPECT_LT(attempt.snapshots().size(), expected.size());
  expected.resize(attempt.snapshots().size());
  ExpectSameSnapshots(attempt.snapshots(), expected);
  const bool goes_on = !attempt.sink.checkpoints().empty();
  EXPECT_EQ(attempt.progress.step, expected.back().step + (goes_on ? 0 : 1));
  return outcome.kind;
}

TEST(PerceptronRun, CancelledWhileTrainingStopsAtTheNextChange) {
  EXPECT_EQ(StopAtSnapshotFive(&StopSignal::AskToCancel), Outcome::Kind::kCancelled);
}

TEST(PerceptronRun, AskedToStopDoesSoAtTheNextChange) {
  EXPECT_EQ(StopAtSnapshotFive(&StopSignal::AskToStop), Outcome::Kind::kStopped);
}

// A clock that asks to stop when it is read for the `reads`-th time.
class StoppingClock final : public Clock {
 public:
  StoppingClock(int reads, StopSignal& stop) : reads_(reads), stop_(stop) {}

  absl::Time Now() const override {
    if (--reads_ == 0) stop_.AskToCancel();
    return absl::UnixEpoch();
  }

 private:
  mutable int reads_;
  StopSignal& stop_;
};

TEST(PerceptronRun, WhatIsNotYetHandedOnIsSoBeforeAStop) {
  TestAttempt whole(PerceptronSpec(), InseparableSource());
  ASSERT_EQ(whole.Run().kind, Outcome::Kind::kSucceeded);
  TestAttempt attempt(PerceptronSpec(), InseparableSource());
  const StoppingClock clock(10, attempt.stop);
  EXPECT_EQ(attempt.RunBy(clock).kind, Outcome::Kind::kCancelled);
  std::vector<SnapshotRecord> expected = whole.snapshots();
  const auto reported = static_cast<size_t>(attempt.progress.step.load());
  ASSERT_GT(reported, 1u);
  expected.resize(reported);
  ExpectSameSnapshots(attempt.snapshots(), expected);
}

// A positive and a negative point that one change parts for good.
data::Dataset TwoPoints() {
  data::Dataset points;
  points.inputs = 1;
  points.classes = 2;
  data::Split& train = points.split(data::SplitKind::kTrain);
  train.examples = 2;
  train.dense = {1.0f, -1.0f};
  train.labels = {1, 0};
  return points;
}

TEST(PerceptronRun, CancellationIsNoticedWhereNothingChangesAnyMore) {
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 100'000'000;
  TestAttempt* running = nullptr;
  TestAttempt attempt(spec, TwoPoints(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 1) running->stop.AskToCancel();
    return absl::OkStatus();
  });
  running = &attempt;
  EXPECT_EQ(attempt.Run().kind, Outcome::Kind::kCancelled);
  EXPECT_THAT(attempt.snapshots(), SizeIs(2));
  EXPECT_LE(attempt.progress.instances, 1024);
}

TEST(PerceptronRun, TheTimeLimitIsNoticedWhereNothingChangesAnyMore) {
  JobSpec spec = PerceptronSpec();
  spec.training.iterations = 100'000'000;
  spec.time_limit = absl::Seconds(1);
  TestAttempt* running = nullptr;
  TestAttempt attempt(spec, TwoPoints(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 1) running->clock.Advance(absl::Seconds(2));
    return absl::OkStatus();
  });
  running = &attempt;
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.reason, JobErrorReason::kTimeLimit);
  EXPECT_EQ(outcome.message, "time limit of 1s ran out at step 1");
}

TEST(PerceptronRun, ASnapshotThatIsRefusedEndsTheAttemptWhateverComesAfterIt) {
  TestAttempt* running = nullptr;
  TestAttempt attempt(PerceptronSpec(), InseparableSource(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index < 3) return absl::OkStatus();
    running->stop.AskToCancel();
    return absl::FailedPreconditionError("not the same");
  });
  running = &attempt;
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.reason, JobErrorReason::kNotResumable);
  EXPECT_EQ(outcome.message, "not the same");
  EXPECT_THAT(attempt.snapshots(), SizeIs(3));
  EXPECT_EQ(attempt.progress.step, 3);
}

TEST(PerceptronRun, ProgressCountsChangesAndPresentations) {
  TestAttempt attempt(PerceptronSpec(), InseparableSource());
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  EXPECT_EQ(attempt.progress.step, attempt.snapshots().back().step);
  EXPECT_EQ(attempt.progress.instances, 400);
  EXPECT_EQ(attempt.progress.epoch, 0);
}

}  // namespace
}  // namespace percept::training
