#include "server/training/runner.h"

#include <algorithm>
#include <numeric>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/random.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/test_attempt.h"

namespace percept::training {
namespace {

using storage::JobSpec;
using storage::SnapshotRecord;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

struct Variant {
  const char* name;
  void (*change)(JobSpec& spec, data::GeneratorSource& source);
};
void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

// Learns so fast that validation gets worse before the last of its epochs.
void StopEarly(JobSpec& spec) {
  spec.training.epochs = 60;
  spec.training.learning_rate = 0.5;
  spec.training.patience = 2;
}

// The notebook's network of three hidden units.
void TrainByAdam(JobSpec& spec, int32_t epochs) {
  spec.model.hidden_units = {3};
  spec.training.optimizer = OptimizerKind::kAdam;
  spec.training.learning_rate = 0.01;
  spec.training.epochs = epochs;
  spec.training.batch_size = 5;
  spec.training.report_frequency = 10;
}

const Variant kVariants[] = {
    {"EachBatch", [](JobSpec&, data::GeneratorSource&) {}},
    {"EachInstance", [](JobSpec& spec, auto&) { spec.training.report_frequency = 1; }},
    {"BetweenBatches", [](JobSpec& spec, auto&) { spec.training.report_frequency = 37; }},
    {"ShortLastBatch",
     [](JobSpec& spec, auto&) {
       spec.training.batch_size = 30;
       spec.training.report_frequency = 100;
     }},
    {"BatchLargerThanTheData", [](JobSpec& spec, auto&) { spec.training.batch_size = 1000; }},
    {"Adaptive", [](JobSpec& spec, auto&) { spec.training.report_frequency = 0; }},
    {"AdaptiveSeldomEvaluated",
     [](JobSpec& spec, auto&) {
       spec.training.report_frequency = 0;
       spec.training.evaluate_every = 3;
     }},
    {"AdaptiveManyBatches",  // 200 batches in an epoch, evaluated at each fourth.
     [](JobSpec& spec, auto&) {
       spec.training.report_frequency = 0;
       spec.training.batch_size = 2;
     }},
    {"AdaptiveWithoutEvaluation",
     [](JobSpec& spec, auto&) {
       spec.training.report_frequency = 0;
       spec.training.evaluate = false;
     }},
    {"AdaptiveWithoutValidationSplit",
     [](JobSpec& spec, data::GeneratorSource& source) {
       spec.training.report_frequency = 0;
       source.validation_per_class = 0;
     }},
    {"FixedWithoutEvaluation", [](JobSpec& spec, auto&) { spec.training.evaluate = false; }},
    {"NotShuffled", [](JobSpec& spec, auto&) { spec.training.shuffle = false; }},
    {"ThreeClasses",
     [](JobSpec& spec, data::GeneratorSource& source) {
       source.generator = data::GeneratorKind::kThreeClass;
       spec.training.report_frequency = 0;
     }},
    {"Momentum", [](JobSpec& spec, auto&) { spec.training.optimizer = OptimizerKind::kMomentum; }},
    {"AdamWithWeightDecay",
     [](JobSpec& spec, auto&) {
       spec.training.optimizer = OptimizerKind::kAdam;
       spec.training.learning_rate = 0.01;
       spec.training.weight_decay = 0.001;
     }},
    {"StepSchedule",
     [](JobSpec& spec, auto&) {
       spec.training.schedule = ScheduleKind::kStep;
       spec.training.schedule_gamma = 0.7;
       spec.training.schedule_sigma = 25;
     }},
    {"InverseSchedule",
     [](JobSpec& spec, auto&) {
       spec.training.schedule = ScheduleKind::kInverse;
       spec.training.schedule_gamma = 0.1;
       spec.training.schedule_rho = 0.1;
     }},
    {"EpochsEndBetweenEvaluations",  // 40 batches in an epoch, evaluated at each seventh.
     [](JobSpec& spec, auto&) {
       spec.training.report_frequency = 0;
       spec.training.evaluate_every = 7;
       spec.training.epochs = 5;
     }},
    {"EpochsEndBetweenReports",
     [](JobSpec& spec, auto&) {
       spec.training.report_frequency = 170;
       spec.training.epochs = 4;
     }},
    {"EarlyStopping", [](JobSpec& spec, auto&) { StopEarly(spec); }},
    {"EarlyStoppingBetweenReports",
     [](JobSpec& spec, auto&) {
       StopEarly(spec);
       spec.training.report_frequency = 1'000'000;
     }},
    {"EvaluatedOnAThreadStoppingEarly",
     [](JobSpec& spec, data::GeneratorSource& source) {
       spec = LargeEvaluationSpec();
       StopEarly(spec);
       source = LargeEvaluationSource();
     }},
    // The notebook's runs on points.
    {"MultiperceptronOnThreeClass",
     [](JobSpec& spec, data::GeneratorSource& source) {
       spec.model = {.kind = ModelKind::kMultiperceptron};
       spec.training.report_frequency = 0;
       spec.training.evaluate_every = 1;
       source.generator = data::GeneratorKind::kThreeClass;
     }},
    {"MultiperceptronOnTwoClass",
     [](JobSpec& spec, data::GeneratorSource& source) {
       spec.model = {.kind = ModelKind::kMultiperceptron};
       spec.training.report_frequency = 0;
       spec.training.evaluate_every = 1;
       source.generator = data::GeneratorKind::kTwoClass;
     }},
    {"MultiperceptronOnXor",
     [](JobSpec& spec, auto&) {
       spec.model = {.kind = ModelKind::kMultiperceptron};
       spec.training.learning_rate = 0.05;
       spec.training.epochs = 5;
     }},
    {"MultiperceptronOnBullseye",
     [](JobSpec& spec, data::GeneratorSource& source) {
       spec.model = {.kind = ModelKind::kMultiperceptron};
       spec.training.learning_rate = 0.05;
       spec.training.epochs = 5;
       source.generator = data::GeneratorKind::kBullseye;
     }},
    {"MlpOnXor", [](JobSpec& spec, auto&) { TrainByAdam(spec, 5); }},
    {"MlpOnBullseye",
     [](JobSpec& spec, data::GeneratorSource& source) {
       TrainByAdam(spec, 15);
       source.generator = data::GeneratorKind::kBullseye;
     }},
    {"EvaluatedOnAThreadAdaptive",
     [](JobSpec& spec, data::GeneratorSource& source) {
       spec = LargeEvaluationSpec();
       source = LargeEvaluationSource();
     }},
    {"EvaluatedOnAThreadFixed",
     [](JobSpec& spec, data::GeneratorSource& source) {
       spec = LargeEvaluationSpec();
       spec.training.report_frequency = 20;
       source = LargeEvaluationSource();
     }},
};

class RunnerVariants : public ::testing::TestWithParam<Variant> {};

TEST_P(RunnerVariants, SnapshotsAndEpochsEqualThoseOfTrainingByHand) {
  JobSpec spec = XorSpec();
  data::GeneratorSource source = XorSource();
  GetParam().change(spec, source);
  TestAttempt(spec, source).ExpectAsByHand();
}

INSTANTIATE_TEST_SUITE_P(Runner, RunnerVariants, ::testing::ValuesIn(kVariants),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Runner, FixedFrequencyFallsOnTheseSteps) {
  JobSpec spec = XorSpec();
  spec.training.batch_size = 30;  // 13 batches of 30 and one of 10.
  spec.training.report_frequency = 100;
  EXPECT_THAT(PlacesOf(SnapshotsOf(spec)),
              ElementsAre(Place{0, 0, 0, 30}, Place{4, 120, 0, 30}, Place{8, 240, 0, 30},
                          Place{12, 360, 0, 30}, Place{16, 460, 1, 30}, Place{20, 580, 1, 30},
                          Place{24, 700, 1, 30}, Place{28, 800, 2, 0}));
}

TEST(Runner, ReportDueAtTheEndIsNotMadeTwice) {
  JobSpec spec = XorSpec();
  spec.training.batch_size = 100;
  spec.training.report_frequency = 200;
  spec.training.epochs = 1;
  EXPECT_THAT(PlacesOf(SnapshotsOf(spec)),
              ElementsAre(Place{0, 0, 0, 100}, Place{2, 200, 0, 100}, Place{4, 400, 1, 0}));
}

TEST(Runner, MetricsAreThoseOfTheStoredParameters) {
  JobSpec spec = XorSpec();
  spec.training.report_frequency = 100;
  TestAttempt attempt(spec);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  ASSERT_THAT(attempt.snapshots(), SizeIs(9));
  for (const SnapshotRecord& each : attempt.snapshots()) {
    const Measures measured =
        MeasureByHand(*each.parameters, 8, attempt.dataset, data::SplitKind::kValidation);
    EXPECT_DOUBLE_EQ(*each.metrics.validation_accuracy, measured.accuracy);
    EXPECT_NEAR(*each.metrics.validation_loss, measured.loss, 1e-5);
  }
}

TEST(Runner, TrainingMetricsAreMeansSinceThePreviousSnapshot) {
  // With one batch of everything, the mean since the start is that of the parameters at the start.
  JobSpec spec = XorSpec();
  spec.training.batch_size = 400;
  TestAttempt attempt(spec);
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  ASSERT_THAT(attempt.snapshots(), SizeIs(3));
  EXPECT_FALSE(attempt.snapshots()[0].metrics.training_loss.has_value());
  EXPECT_FALSE(attempt.snapshots()[0].metrics.training_accuracy.has_value());
  for (size_t index : {1, 2}) {
    const Measures before = MeasureByHand(*attempt.snapshots()[index - 1].parameters, 8,
                                          attempt.dataset, data::SplitKind::kTrain);
    EXPECT_DOUBLE_EQ(*attempt.snapshots()[index].metrics.training_accuracy, before.accuracy);
    EXPECT_NEAR(*attempt.snapshots()[index].metrics.training_loss, before.loss, 1e-5);
  }
}

TEST(Runner, WithoutEvaluationValidationMetricsAreUnset) {
  JobSpec spec = XorSpec();
  spec.training.evaluate = false;
  for (const SnapshotRecord& each : SnapshotsOf(spec)) {
    EXPECT_FALSE(each.metrics.validation_accuracy.has_value());
    EXPECT_FALSE(each.metrics.validation_loss.has_value());
    EXPECT_EQ(each.metrics.training_loss.has_value(), each.index > 0);
  }
}

TEST(Runner, LearnsXor) {
  JobSpec spec = XorSpec();
  spec.training.epochs = 10;
  spec.training.report_frequency = 0;
  EXPECT_GE(*SnapshotsOf(spec).back().metrics.validation_accuracy, 0.99);
}

TEST(Runner, WhoeverIsSlowChangesNoBits) {
  const data::GeneratorSource source = LargeEvaluationSource();
  TestAttempt undisturbed(LargeEvaluationSpec(), source);
  ASSERT_EQ(undisturbed.Run().kind, Outcome::Kind::kSucceeded);
  Random random(1, Random::Stream::kShuffle);
  for (int time = 0; time < 3; ++time) {
    TestAttempt disturbed(LargeEvaluationSpec(), source, [&random](const SnapshotRecord&) {
      for (uint64_t left = random.NextBelow(300); left > 0; --left) std::this_thread::yield();
      return absl::OkStatus();
    });
    ASSERT_EQ(disturbed.Run().kind, Outcome::Kind::kSucceeded);
    ExpectSameSnapshots(disturbed.snapshots(), undisturbed.snapshots());
  }
}

TEST(Runner, AnotherSeedGivesOtherParametersAndAnotherOrder) {
  JobSpec other = XorSpec();
  other.seed = 8;
  const SnapshotRecord first = SnapshotsOf(XorSpec()).front();
  const SnapshotRecord second = SnapshotsOf(other).front();
  EXPECT_NE(*first.parameters, *second.parameters);
  EXPECT_NE(*first.batch_indices, *second.batch_indices);
}

// The order in which each epoch presents its examples, from a snapshot at each batch.
std::vector<std::vector<uint32_t>> OrdersOf(const std::vector<SnapshotRecord>& snapshots) {
  std::vector<std::vector<uint32_t>> orders;
  for (const SnapshotRecord& each : snapshots) {
    orders.resize(static_cast<size_t>(each.epoch) + 1);
    orders.back().insert(orders.back().end(), each.batch_indices->begin(),
                         each.batch_indices->end());
  }
  orders.pop_back();  // The end has no batch.
  return orders;
}

TEST(Runner, EachEpochPresentsEveryExampleOnceInAnOrderOfItsOwn) {
  const std::vector<std::vector<uint32_t>> orders = OrdersOf(SnapshotsOf(XorSpec()));
  ASSERT_THAT(orders, SizeIs(2));
  EXPECT_NE(orders[0], orders[1]);
  std::vector<uint32_t> all(400);
  std::iota(all.begin(), all.end(), 0u);
  for (std::vector<uint32_t> order : orders) {
    EXPECT_NE(order, all);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, all);
  }
}

TEST(Runner, WithoutShufflingTheOrderIsThatOfTheData) {
  JobSpec spec = XorSpec();
  spec.training.shuffle = false;
  std::vector<uint32_t> all(400);
  std::iota(all.begin(), all.end(), 0u);
  EXPECT_THAT(OrdersOf(SnapshotsOf(spec)), ElementsAre(all, all));
}

TEST(Runner, ProgressShowsStepSpeedAndHeartbeat) {
  TestAttempt* running = nullptr;
  TestAttempt attempt(XorSpec(), XorSource(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 7) {
      EXPECT_EQ(running->progress.step, 7);
      EXPECT_EQ(running->progress.instances, 70);
      EXPECT_EQ(running->progress.epoch, 0);
    }
    running->clock.Advance(absl::Milliseconds(100));  // For each 10 instances.
    return absl::OkStatus();
  });
  running = &attempt;
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  EXPECT_EQ(attempt.progress.step, 80);
  EXPECT_EQ(attempt.progress.instances, 800);
  EXPECT_EQ(attempt.progress.epoch, 2);
  EXPECT_NEAR(attempt.progress.instances_per_second, 100.0, 1e-6);
  // The last sign of life came before the last snapshot, which took 100 ms.
  EXPECT_EQ(attempt.progress.heartbeat_micros,
            absl::ToUnixMicros(attempt.clock.Now() - absl::Milliseconds(100)));
}

TEST(Runner, SnapshotsCarryTheTimeOfTheirMoment) {
  TestAttempt* running = nullptr;
  TestAttempt attempt(XorSpec(), XorSource(), [&](const SnapshotRecord&) {
    running->clock.Advance(absl::Microseconds(5));
    return absl::OkStatus();
  });
  running = &attempt;
  const absl::Time start = attempt.clock.Now();
  ASSERT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  for (const SnapshotRecord& each : attempt.snapshots()) {
    EXPECT_EQ(each.create_time, start + absl::Microseconds(5) * each.index);
  }
}

}  // namespace
}  // namespace percept::training
