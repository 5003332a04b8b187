#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "server/training/runner.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/test_attempt.h"

// Epochs, early ends, schedules, starts from other parameters and divergence of trainings by
// minibatches.
namespace percept::training {
namespace {

using storage::EpochRecord;
using storage::JobErrorReason;
using storage::JobSpec;
using storage::SnapshotRecord;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// --- Epochs ---

TEST(Epochs, FiguresAreThoseOfTheParametersBeforeEachUpdateAndAtTheEnd) {
  JobSpec spec = XorSpec();
  spec.training.epochs = 3;
  spec.training.batch_size = 400;  // One update in an epoch.
  TestAttempt attempt(spec);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  ASSERT_THAT(attempt.snapshots(), SizeIs(4));
  ASSERT_THAT(attempt.epochs(), SizeIs(3));
  for (size_t epoch = 0; epoch < 3; ++epoch) {
    EXPECT_EQ(attempt.epochs()[epoch].epoch, static_cast<int32_t>(epoch));
    const storage::Metrics& metrics = attempt.epochs()[epoch].metrics;
    const Measures before = MeasureByHand(*attempt.snapshots()[epoch].parameters, 8,
                                          attempt.dataset, data::SplitKind::kTrain);
    EXPECT_DOUBLE_EQ(*metrics.training_accuracy, before.accuracy);
    EXPECT_NEAR(*metrics.training_loss, before.loss, 1e-5);
    const Measures after = MeasureByHand(*attempt.snapshots()[epoch + 1].parameters, 8,
                                         attempt.dataset, data::SplitKind::kValidation);
    EXPECT_DOUBLE_EQ(*metrics.validation_accuracy, after.accuracy);
    EXPECT_NEAR(*metrics.validation_loss, after.loss, 1e-5);
  }
}

TEST(Epochs, TrainingFiguresAreWeightedByBatchSize) {
  // A batch of 390 and one of 10: their means, which the snapshots hold, count 39 to 1.
  JobSpec spec = XorSpec();
  spec.training.epochs = 1;
  spec.training.batch_size = 390;
  TestAttempt attempt(spec);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  ASSERT_THAT(attempt.snapshots(), SizeIs(3));
  ASSERT_THAT(attempt.epochs(), SizeIs(1));
  EXPECT_DOUBLE_EQ(*attempt.epochs()[0].metrics.training_loss,
                   (390 * *attempt.snapshots()[1].metrics.training_loss +
                    10 * *attempt.snapshots()[2].metrics.training_loss) /
                       400);
}

TEST(Epochs, ValidationFiguresAreUnsetWithoutEvaluation) {
  JobSpec spec = XorSpec();
  spec.training.evaluate = false;
  TestAttempt attempt(spec);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  ASSERT_THAT(attempt.epochs(), SizeIs(2));
  for (const EpochRecord& each : attempt.epochs()) {
    EXPECT_FALSE(each.metrics.validation_accuracy.has_value());
    EXPECT_FALSE(each.metrics.validation_loss.has_value());
    EXPECT_TRUE(each.metrics.training_accuracy.has_value());
  }
}

TEST(Epochs, EachIsHandedOnBeforeTheSnapshotOfItsEnd) {
  for (const bool threaded : {false, true}) {
    JobSpec spec = threaded ? LargeEvaluationSpec() : XorSpec();
    spec.training.report_frequency = 10;
    TestAttempt* running = nullptr;
    TestAttempt attempt(spec, threaded ? LargeEvaluationSource() : XorSource(),
                        [&](const SnapshotRecord& snapshot) {
                          EXPECT_THAT(running->epochs(),
                                      SizeIs(static_cast<size_t>(snapshot.step / 40)));
                          return absl::OkStatus();
                        });
    running = &attempt;
    ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
    EXPECT_THAT(attempt.epochs(), SizeIs(2));
  }
}

TEST(Epochs, TheirEndMakesNoSnapshotOfItsOwn) {
  // Evaluated at each 30th batch: the end of an epoch of 40 is none of them, however well it does.
  JobSpec spec = XorSpec();
  spec.training.report_frequency = 0;
  spec.training.evaluate_every = 30;
  TestAttempt attempt(spec);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  for (const SnapshotRecord& each : attempt.snapshots()) {
    EXPECT_TRUE(each.step % 30 == 0 || each.step == 80) << each.step;
  }
}

TEST(Epochs, ACancelledOneHasNoRecord) {
  TestAttempt* running = nullptr;
  TestAttempt attempt(XorSpec(), XorSource(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 50) running->stop.AskToCancel();
    return absl::OkStatus();
  });
  running = &attempt;
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kCancelled);
  EXPECT_THAT(attempt.epochs(), SizeIs(1));
}

// --- Early stopping ---

// Learns so fast that validation gets worse before the last of its 60 epochs.
JobSpec StoppingSpec(const JobSpec& base) {
  JobSpec spec = base;
  spec.training.epochs = 60;
  spec.training.learning_rate = 0.5;
  spec.training.patience = 2;
  return spec;
}

TEST(EarlyStop, TheLastSnapshotIsTheEndOfTheEpochThatStopped) {
  TestAttempt attempt(StoppingSpec(XorSpec()));
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  const auto epochs = static_cast<int32_t>(attempt.epochs().size());
  ASSERT_LT(epochs, 60);
  const SnapshotRecord& last = attempt.snapshots().back();
  EXPECT_EQ(last.epoch, epochs);
  EXPECT_EQ(last.step, 40 * epochs);
  EXPECT_EQ(last.instances, 400 * epochs);
  EXPECT_THAT(*last.batch_indices, IsEmpty());
  EXPECT_EQ(last.metrics.validation_loss, attempt.epochs().back().metrics.validation_loss);
  // Each batch has a snapshot, the end has one, and no moment has two.
  EXPECT_THAT(attempt.snapshots(), SizeIs(static_cast<size_t>(40 * epochs + 1)));
}

TEST(EarlyStop, ProgressShowsTheEndAndNotTheRunAhead) {
  for (const bool threaded : {false, true}) {
    TestAttempt attempt(StoppingSpec(threaded ? LargeEvaluationSpec() : XorSpec()),
                        threaded ? LargeEvaluationSource() : XorSource());
    ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
    ASSERT_LT(attempt.epochs().size(), 60u);
    EXPECT_EQ(attempt.progress.step, attempt.snapshots().back().step);
    EXPECT_EQ(attempt.progress.instances, attempt.snapshots().back().instances);
    EXPECT_EQ(attempt.progress.epoch, attempt.snapshots().back().epoch);
  }
}

TEST(EarlyStop, WhoeverIsSlowChangesNoBits) {
  const JobSpec spec = StoppingSpec(LargeEvaluationSpec());
  TestAttempt undisturbed(spec, LargeEvaluationSource());
  ASSERT_EQ(undisturbed.Run().kind, Outcome::Kind::kSucceeded);
  ASSERT_LT(undisturbed.epochs().size(), 60u);
  Random random(1, Random::Stream::kShuffle);
  for (int time = 0; time < 3; ++time) {
    TestAttempt disturbed(spec, LargeEvaluationSource(), [&random](const SnapshotRecord&) {
      for (uint64_t left = random.NextBelow(300); left > 0; --left) std::this_thread::yield();
      return absl::OkStatus();
    });
    ASSERT_EQ(disturbed.Run().kind, Outcome::Kind::kSucceeded);
    ExpectSameSnapshots(disturbed.snapshots(), undisturbed.snapshots());
    EXPECT_TRUE(disturbed.epochs() == undisturbed.epochs());
  }
}

TEST(EarlyStop, WhatComesBeforeItIsThatOfTrainingWithoutIt) {
  TestAttempt stopped(StoppingSpec(XorSpec()));
  ASSERT_EQ(stopped.Run().kind, Outcome::Kind::kSucceeded);
  JobSpec spec = StoppingSpec(XorSpec());
  spec.training.patience = 0;
  spec.training.epochs = static_cast<int32_t>(stopped.epochs().size());
  TestAttempt whole(spec);
  ASSERT_EQ(whole.Run().kind, Outcome::Kind::kSucceeded);
  ExpectSameSnapshots(stopped.snapshots(), whole.snapshots());
}

TEST(EarlyStop, IsNoticedAtTheNextBatchAndOutranksACancellationAfterIt) {
  JobSpec spec = StoppingSpec(XorSpec());
  spec.training.report_frequency = 1'000'000;  // No report before the end of the next epoch.
  TestAttempt* running = nullptr;
  TestAttempt attempt(spec, XorSource(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 1) running->stop.AskToCancel();
    return absl::OkStatus();
  });
  running = &attempt;
  EXPECT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  EXPECT_THAT(attempt.snapshots(), SizeIs(2));
  EXPECT_LT(attempt.epochs().size(), 60u);
}

TEST(EarlyStop, IsNotMadeWhereValidationGetsBetterToTheEnd) {
  JobSpec spec = XorSpec();
  spec.training.learning_rate = 0.001;
  spec.training.patience = 1;
  TestAttempt attempt(spec);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  EXPECT_EQ(attempt.snapshots().back().step, 80);
}

TEST(EarlyStop, EndsAfterTheFirstEpochThatIsNotBetterWithAPatienceOfOne) {
  // What is learnt is wrong for validation, whose labels are exchanged.
  for (const bool threaded : {false, true}) {
    JobSpec spec = threaded ? LargeEvaluationSpec() : XorSpec();
    spec.training.patience = 1;
    spec.training.epochs = 50;
    data::Dataset dataset = data::Generate(threaded ? LargeEvaluationSource() : XorSource());
    for (int32_t& label : dataset.split(data::SplitKind::kValidation).labels) label = 1 - label;
    TestAttempt attempt(spec, dataset);
    ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
    EXPECT_THAT(attempt.epochs(), SizeIs(2));
    EXPECT_EQ(attempt.snapshots().back().step, 80);
  }
}

// --- Schedules and starts from other parameters ---

std::vector<JobSpec> StatelessSpecs() {
  JobSpec mlp = XorSpec();
  JobSpec multiperceptron = XorSpec();
  multiperceptron.model = {.kind = ModelKind::kMultiperceptron};
  std::vector<JobSpec> specs = {mlp, multiperceptron};
  for (JobSpec& each : specs) each.training.shuffle = false;
  return specs;
}

TEST(InitFrom, OneEpochAndAnotherFromItsEndAreTwoEpochs) {
  for (const JobSpec& two_epochs : StatelessSpecs()) {
    TestAttempt whole(two_epochs);
    ASSERT_EQ(whole.Run().kind, Outcome::Kind::kSucceeded);
    JobSpec one_epoch = two_epochs;
    one_epoch.training.epochs = 1;
    TestAttempt first(one_epoch);
    ASSERT_EQ(first.Run().kind, Outcome::Kind::kSucceeded);
    one_epoch.seed = 12345;  // Draws nothing that is used.
    TestAttempt second(one_epoch);
    second.initial_parameters = first.final_parameters();
    second.ExpectAsByHand();
    EXPECT_TRUE(second.final_parameters() == whole.final_parameters());
    EXPECT_NE(second.final_parameters(), first.final_parameters());
    EXPECT_EQ(second.epochs()[0].metrics, whole.epochs()[1].metrics);
  }
}

TEST(InitFrom, ParametersOfAnotherSizeAreAFaultOfTheServer) {
  TestAttempt attempt(XorSpec());
  attempt.initial_parameters = "too short";
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_EQ(outcome.reason, JobErrorReason::kInternal);
  EXPECT_EQ(outcome.message, "init_from: parameters must have 168 bytes, got 9");
}

TEST(Schedules, TheRateOfAStageHoldsFromItsFirstUpdate) {
  // An epoch at 0.1 and one at 0.05.
  for (JobSpec spec : StatelessSpecs()) {
    JobSpec first_stage = spec;
    first_stage.training.epochs = 1;
    TestAttempt first(first_stage);
    ASSERT_EQ(first.Run().kind, Outcome::Kind::kSucceeded);
    JobSpec second_stage = first_stage;
    second_stage.training.learning_rate = 0.05;
    TestAttempt second(second_stage);
    second.initial_parameters = first.final_parameters();
    ASSERT_EQ(second.Run().kind, Outcome::Kind::kSucceeded);

    spec.training.schedule = ScheduleKind::kStep;
    spec.training.schedule_gamma = 0.5;
    spec.training.schedule_sigma = 40;
    TestAttempt whole(spec);
    ASSERT_EQ(whole.Run().kind, Outcome::Kind::kSucceeded);
    EXPECT_TRUE(whole.final_parameters() == second.final_parameters());
  }
}

// --- Divergence ---

JobSpec DivergingSpec() {
  JobSpec spec = XorSpec();
  spec.model.activation = Activation::kRelu;
  spec.training.learning_rate = 1e38;
  return spec;
}

TEST(Divergence, ParametersBrokenByTheLastUpdateAreNoticedWithoutEvaluation) {
  JobSpec spec = DivergingSpec();
  spec.training.batch_size = 400;
  spec.training.epochs = 1;
  spec.training.evaluate = false;
  spec.training.learning_rate = 1e39;  // Beyond what a float holds.
  TestAttempt attempt(spec);
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.kind, Outcome::Kind::kFailed);
  EXPECT_EQ(outcome.reason, JobErrorReason::kDiverged);
  EXPECT_THAT(outcome.message,
              HasSubstr("a parameter was not finite at step 1 (epoch 0, learning rate 1e+39)"));
  EXPECT_THAT(attempt.snapshots(), SizeIs(1));
}

TEST(Divergence, NamesTheLearningRateInForce) {
  JobSpec spec = DivergingSpec();
  spec.training.evaluate = false;
  spec.training.report_frequency = 1'000'000;
  spec.training.schedule = ScheduleKind::kStep;
  spec.training.schedule_gamma = 0.5;
  spec.training.schedule_sigma = 1;
  TestAttempt attempt(spec);
  const Outcome outcome = attempt.Run();
  EXPECT_EQ(outcome.reason, JobErrorReason::kDiverged);
  EXPECT_THAT(
      outcome.message,
      HasSubstr("the training loss was not finite at step 1 (epoch 0, learning rate 5e+37)"));
}

}  // namespace
}  // namespace percept::training
