#include "server/training/runner.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
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

using storage::JobErrorReason;
using storage::JobSpec;
using storage::SnapshotRecord;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<SnapshotRecord> SnapshotsOf(const JobSpec& spec) {
  TestAttempt attempt(spec);
  EXPECT_EQ(attempt.Run().kind, Outcome::Kind::kSucceeded);
  return attempt.snapshots();
}

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

struct Place {
  int64_t step;
  int64_t instances;
  int32_t epoch;
  size_t batch;  // Size of the batch about to be trained on.

  bool operator==(const Place&) const = default;
};
void PrintTo(const Place& place, std::ostream* out) {
  *out << "{step " << place.step << ", instances " << place.instances << ", epoch " << place.epoch
       << ", batch " << place.batch << "}";
}

std::vector<Place> PlacesOf(const std::vector<SnapshotRecord>& snapshots) {
  std::vector<Place> places;
  for (const SnapshotRecord& each : snapshots) {
    places.push_back({each.step, each.instances, each.epoch, each.batch_indices->size()});
  }
  return places;
}

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

TEST(Runner, CancelledBeforeTheFirstBatchLeavesNothing) {
  TestAttempt attempt(XorSpec());
  attempt.stop.Ask(StopSignal::Reason::kCancel);
  EXPECT_EQ(attempt.Run().kind, Outcome::Kind::kCancelled);
  EXPECT_THAT(attempt.snapshots(), IsEmpty());
}

// Runs until snapshot 5 and asks to stop there; expects the snapshots up to it, and no more.
Outcome::Kind StopAtSnapshotFive(StopSignal::Reason reason) {
  TestAttempt* running = nullptr;
  TestAttempt attempt(XorSpec(), XorSource(), [&](const SnapshotRecord& snapshot) {
    if (snapshot.index == 5) running->stop.Ask(reason);
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
  EXPECT_EQ(StopAtSnapshotFive(StopSignal::Reason::kCancel), Outcome::Kind::kCancelled);
}

TEST(Runner, ShutdownInterruptsAtTheNextBatch) {
  EXPECT_EQ(StopAtSnapshotFive(StopSignal::Reason::kShutdown), Outcome::Kind::kInterrupted);
}

TEST(Runner, CancelledWhileEvaluationsAreUnderWayKeepsABeginning) {
  TestAttempt whole(LargeEvaluationSpec(), LargeEvaluationSource());
  ASSERT_EQ(whole.Run().kind, Outcome::Kind::kSucceeded);
  TestAttempt* running = nullptr;
  TestAttempt attempt(LargeEvaluationSpec(), LargeEvaluationSource(),
                      [&](const SnapshotRecord& snapshot) {
                        if (snapshot.index == 2) running->stop.Ask(StopSignal::Reason::kCancel);
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

TEST(StopSignal, CancellationOutranksShutdown) {
  StopSignal cancelled_first;
  EXPECT_EQ(cancelled_first.reason(), StopSignal::Reason::kNone);
  cancelled_first.Ask(StopSignal::Reason::kCancel);
  cancelled_first.Ask(StopSignal::Reason::kShutdown);
  EXPECT_EQ(cancelled_first.reason(), StopSignal::Reason::kCancel);

  StopSignal shutdown_first;
  shutdown_first.Ask(StopSignal::Reason::kShutdown);
  EXPECT_EQ(shutdown_first.reason(), StopSignal::Reason::kShutdown);
  shutdown_first.Ask(StopSignal::Reason::kCancel);
  EXPECT_EQ(shutdown_first.reason(), StopSignal::Reason::kCancel);
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
