#include "server/rpc/convert_job_spec.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/training/admission.h"
#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

v1::JobSpec MlpSpec() {
  v1::JobSpec spec;
  spec.set_dataset("datasets/xor");
  spec.mutable_mlp()->add_hidden_units(8);
  return spec;
}

v1::JobSpec PerceptronSpec() {
  v1::JobSpec spec;
  spec.set_dataset("datasets/xor");
  spec.mutable_perceptron();
  return spec;
}

TEST(ModelNumbers, AreThoseOfTheContract) {
  EXPECT_EQ(static_cast<int>(Activation::kTanh), v1::ACTIVATION_TANH);
  EXPECT_EQ(static_cast<int>(Activation::kSigmoid), v1::ACTIVATION_SIGMOID);
  EXPECT_EQ(static_cast<int>(Activation::kRelu), v1::ACTIVATION_RELU);
  EXPECT_EQ(static_cast<int>(Activation::kGelu), v1::ACTIVATION_GELU);
  EXPECT_EQ(v1::Activation_ARRAYSIZE, 5);
  EXPECT_EQ(static_cast<int>(Initialization::kPytorch), v1::INITIALIZATION_PYTORCH);
  EXPECT_EQ(static_cast<int>(Initialization::kXavier), v1::INITIALIZATION_XAVIER);
  EXPECT_EQ(static_cast<int>(Initialization::kHe), v1::INITIALIZATION_HE);
  EXPECT_EQ(v1::Initialization_ARRAYSIZE, 4);
  EXPECT_EQ(static_cast<int>(TrainOn::kTrain), v1::TRAIN_ON_TRAIN);
  EXPECT_EQ(static_cast<int>(TrainOn::kTrainAndValidation), v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  EXPECT_EQ(v1::TrainOn_ARRAYSIZE, 3);
}

TEST(JobSpec, HasTheDocumentedDefaults) {
  ASSERT_OK_AND_ASSIGN(const storage::JobSpec spec, SpecFromProto(MlpSpec()));
  EXPECT_EQ(spec.dataset, "xor");
  EXPECT_EQ(spec.model.kind, ModelKind::kMlp);
  EXPECT_THAT(spec.model.hidden_units, ElementsAre(8));
  EXPECT_EQ(spec.model.activation, Activation::kTanh);
  EXPECT_EQ(spec.model.initialization, Initialization::kPytorch);
  EXPECT_EQ(spec.training, TrainingSpec{});
  EXPECT_EQ(spec.training.learning_rate, 0.1);
  EXPECT_EQ(spec.training.epochs, 5);
  EXPECT_EQ(spec.training.batch_size, 100);
  EXPECT_TRUE(spec.training.shuffle);
  EXPECT_TRUE(spec.training.evaluate);
  EXPECT_EQ(spec.training.optimizer, OptimizerKind::kSgd);
  EXPECT_EQ(spec.training.schedule, ScheduleKind::kConstant);
  EXPECT_EQ(spec.training.patience, 0);
  EXPECT_EQ(spec.seed, 0);
  EXPECT_FALSE(spec.init_from.has_value());
  EXPECT_EQ(spec.train_on, TrainOn::kTrain);
  EXPECT_EQ(spec.priority, 0);
  EXPECT_EQ(spec.time_limit, absl::InfiniteDuration());
}

TEST(JobSpec, OfAPerceptronHasDefaultsOfItsOwn) {
  ASSERT_OK_AND_ASSIGN(const storage::JobSpec spec, SpecFromProto(PerceptronSpec()));
  EXPECT_EQ(spec.model.kind, ModelKind::kPerceptron);
  EXPECT_EQ(spec.training.learning_rate, 1.0);
  EXPECT_EQ(spec.training.iterations, 1000);
  EXPECT_FALSE(ToProto(spec).has_training());
}

TEST(JobSpec, OfEachOptimizerHasTheDocumentedDefaults) {
  v1::JobSpec given = MlpSpec();
  given.mutable_training()->mutable_momentum();
  ASSERT_OK_AND_ASSIGN(storage::JobSpec spec, SpecFromProto(given));
  EXPECT_EQ(spec.training.optimizer, OptimizerKind::kMomentum);
  EXPECT_EQ(ToProto(spec).training().momentum().momentum(), 0.9);
  given.mutable_training()->mutable_adam();
  ASSERT_OK_AND_ASSIGN(spec, SpecFromProto(given));
  EXPECT_EQ(spec.training.optimizer, OptimizerKind::kAdam);
  EXPECT_EQ(ToProto(spec).training().adam().beta1(), 0.9);
  EXPECT_EQ(ToProto(spec).training().adam().beta2(), 0.999);
  EXPECT_EQ(ToProto(spec).training().adam().epsilon(), 1e-8);
}

void ExpectRoundTrip(const v1::JobSpec& given) {
  ASSERT_OK_AND_ASSIGN(const storage::JobSpec spec, SpecFromProto(given));
  EXPECT_EQ(ToProto(spec).DebugString(), given.DebugString());
}

// With every field set that all models share, to values other than their defaults.
void SetSharedFields(v1::JobSpec& spec) {
  spec.set_seed(~uint64_t{0});
  spec.set_init_from("jobs/abc/snapshots/17");
  spec.set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  spec.set_label(std::string(200, 'x'));
  spec.set_priority(-100);
  spec.mutable_time_limit()->set_seconds(90);
  spec.mutable_time_limit()->set_nanos(1000);
}

void SetTraining(v1::TrainingSpec& training) {
  training.set_learning_rate(1000);
  training.set_epochs(1000000);
  training.set_batch_size(1000000);
  training.set_no_shuffle(true);
  training.set_report_frequency(1000000000000);
  training.set_evaluate_every(1000000000);
  training.set_no_evaluate(true);
  training.set_weight_decay(1.0);
}

TEST(JobSpec, ComesBackWithEveryField) {
  v1::JobSpec given = MlpSpec();
  SetSharedFields(given);
  given.mutable_mlp()->add_hidden_units(4096);
  given.mutable_mlp()->set_activation(v1::ACTIVATION_GELU);
  given.mutable_mlp()->set_initialization(v1::INITIALIZATION_HE);
  v1::TrainingSpec* training = given.mutable_training();
  SetTraining(*training);
  training->mutable_sgd();
  training->mutable_constant();
  ExpectRoundTrip(given);

  training->mutable_momentum()->set_momentum(0.0);
  training->mutable_step()->set_gamma(1.0);
  training->mutable_step()->set_sigma(1);
  ExpectRoundTrip(given);

  training->mutable_adam()->set_beta1(0.5);
  training->mutable_adam()->set_beta2(0.0);
  training->mutable_adam()->set_epsilon(1e-300);
  training->mutable_inverse()->set_gamma(0.25);
  training->mutable_inverse()->set_rho(3.0);
  ExpectRoundTrip(given);
}

TEST(JobSpec, OfAMultiperceptronComesBackWithEveryField) {
  v1::JobSpec given;
  given.set_dataset("datasets/xor");
  SetSharedFields(given);
  given.mutable_multiperceptron();
  SetTraining(*given.mutable_training());
  given.mutable_training()->mutable_sgd();
  given.mutable_training()->mutable_constant();
  ExpectRoundTrip(given);
  EXPECT_EQ(SpecFromProto(given)->model.kind, ModelKind::kMultiperceptron);
}

TEST(JobSpec, OfAPerceptronComesBackWithEveryField) {
  v1::JobSpec given = PerceptronSpec();
  SetSharedFields(given);
  given.mutable_perceptron()->set_learning_rate(0.5);
  given.mutable_perceptron()->set_iterations(100000000);
  ExpectRoundTrip(given);
}

TEST(JobSpec, WithEarlyStoppingComesBack) {
  v1::JobSpec given = MlpSpec();
  given.mutable_training()->mutable_early_stopping()->set_patience(10000);
  ASSERT_OK_AND_ASSIGN(const storage::JobSpec spec, SpecFromProto(given));
  EXPECT_EQ(spec.training.patience, 10000);
  EXPECT_EQ(ToProto(spec).training().early_stopping().patience(), 10000);
}

TEST(JobSpec, LearningRateIsTakenExactly) {
  v1::JobSpec given = MlpSpec();
  given.mutable_training()->set_learning_rate(1e-300);
  EXPECT_EQ(SpecFromProto(given)->training.learning_rate, 1e-300);
  given.mutable_training()->set_learning_rate(1000.0000000000001);
  EXPECT_THAT(SpecFromProto(given),
              StatusIs(kInvalid, HasSubstr("training.learning_rate: must be in (0, 1000]")));
}

TEST(JobSpec, TimeLimitIsKeptToTheMicrosecond) {
  v1::JobSpec given = MlpSpec();
  given.mutable_time_limit()->set_nanos(1999);
  EXPECT_EQ(SpecFromProto(given)->time_limit, absl::Microseconds(1));
  given.mutable_time_limit()->set_nanos(999);
  EXPECT_THAT(SpecFromProto(given),
              StatusIs(kInvalid, "time_limit: must be at least a microsecond, got 999ns"));
}

TEST(JobSpec, StartsFromTheNewestSnapshotOfAJobOrFromOneByItsIndex) {
  v1::JobSpec given = MlpSpec();
  given.set_init_from("jobs/abc");
  EXPECT_EQ(SpecFromProto(given)->init_from,
            (storage::SnapshotRef{"abc", training::kNewestSnapshot}));
  given.set_init_from("jobs/abc/snapshots/0");
  EXPECT_EQ(SpecFromProto(given)->init_from, (storage::SnapshotRef{"abc", 0}));
  for (const char* name :
       {"abc", "jobs/", "jobs/abc/snapshots", "jobs/abc/snapshots/-1", "jobs/abc/snapshots/last",
        "jobs/abc/snapshots/best", "datasets/abc", "jobs/abc/snapshots/99999999999999999999"}) {
    given.set_init_from(name);
    EXPECT_THAT(
        SpecFromProto(given),
        StatusIs(kInvalid,
                 absl::StrCat("init_from: must be a name like jobs/ID or jobs/ID/snapshots/INDEX, "
                              "got \"",
                              name, "\"")));
  }
}

struct BrokenRule {
  const char* message;
  std::function<void(v1::JobSpec&)> change;
};

void ExpectRefused(const v1::JobSpec& good, const BrokenRule& broken) {
  ASSERT_OK(SpecFromProto(good));
  v1::JobSpec given = good;
  broken.change(given);
  EXPECT_THAT(SpecFromProto(given), StatusIs(kInvalid, broken.message));
}

TEST(JobSpec, RefusesEachFieldThatEveryModelHas) {
  const BrokenRule rules[] = {
      {"dataset: must be a name like datasets/ID, got \"\"", [](auto& s) { s.clear_dataset(); }},
      {"model: must be set; choose perceptron, multiperceptron or mlp",
       [](auto& s) { s.clear_model(); }},
      {"train_on: must be one of the enumeration's values, got 3",
       [](auto& s) { s.set_train_on(static_cast<v1::TrainOn>(3)); }},
      {"label: must be at most 200 bytes, got 201",
       [](auto& s) { s.set_label(std::string(201, 'x')); }},
      {"priority: must be in [-100, 100], got -101", [](auto& s) { s.set_priority(-101); }},
      {"time_limit: must be at least a microsecond, got 0",
       [](auto& s) { s.mutable_time_limit(); }},
      {"time_limit: must be a valid duration of at most 10,000 years, got 1 s and -5 ns",
       [](auto& s) {
         s.mutable_time_limit()->set_seconds(1);
         s.mutable_time_limit()->set_nanos(-5);
       }},
  };
  for (const BrokenRule& rule : rules) ExpectRefused(MlpSpec(), rule);
}

TEST(JobSpec, RefusesEachFieldOfAPerceptron) {
  const BrokenRule rules[] = {
      {"perceptron.learning_rate: must be in (0, 1000], got 0",
       [](auto& s) { s.mutable_perceptron()->set_learning_rate(0); }},
      {"perceptron.learning_rate: must be in (0, 1000], got 1000.5",
       [](auto& s) { s.mutable_perceptron()->set_learning_rate(1000.5); }},
      {"perceptron.learning_rate: must be in (0, 1000], got nan",
       [](auto& s) { s.mutable_perceptron()->set_learning_rate(std::nan("")); }},
      {"perceptron.iterations: must be in [1, 100000000], got 0",
       [](auto& s) { s.mutable_perceptron()->set_iterations(0); }},
      {"perceptron.iterations: must be in [1, 100000000], got 100000001",
       [](auto& s) { s.mutable_perceptron()->set_iterations(100000001); }},
      {"training: must be unset for the perceptron, whose fields say how it is fitted",
       [](auto& s) { s.mutable_training(); }},
  };
  for (const BrokenRule& rule : rules) ExpectRefused(PerceptronSpec(), rule);
}

TEST(JobSpec, RefusesEachFieldOfAnMlp) {
  const BrokenRule rules[] = {
      {"mlp.hidden_units: must have 1 to 16 layers, got 0",
       [](auto& s) { s.mutable_mlp()->clear_hidden_units(); }},
      {"mlp.hidden_units: must have 1 to 16 layers, got 17",
       [](auto& s) { s.mutable_mlp()->mutable_hidden_units()->Resize(17, 4); }},
      {"mlp.hidden_units[1]: must be in [1, 4096], got 0",
       [](auto& s) { s.mutable_mlp()->add_hidden_units(0); }},
      {"mlp.hidden_units[1]: must be in [1, 4096], got 4097",
       [](auto& s) { s.mutable_mlp()->add_hidden_units(4097); }},
      {"mlp.activation: must be one of the enumeration's values, got 5",
       [](auto& s) { s.mutable_mlp()->set_activation(static_cast<v1::Activation>(5)); }},
      {"mlp.initialization: must be one of the enumeration's values, got -1",
       [](auto& s) { s.mutable_mlp()->set_initialization(static_cast<v1::Initialization>(-1)); }},
  };
  for (const BrokenRule& rule : rules) ExpectRefused(MlpSpec(), rule);
}

TEST(JobSpec, RefusesEachFieldOfItsTraining) {
  const BrokenRule rules[] = {
      {"training.learning_rate: must be in (0, 1000], got -0.1",
       [](auto& s) { s.mutable_training()->set_learning_rate(-0.1); }},
      {"training.learning_rate: must be in (0, 1000], got nan",
       [](auto& s) { s.mutable_training()->set_learning_rate(std::nan("")); }},
      {"training.learning_rate: must be in (0, 1000], got inf",
       [](auto& s) { s.mutable_training()->set_learning_rate(kInfinity); }},
      {"training.epochs: must be in [1, 1000000], got 0",
       [](auto& s) { s.mutable_training()->set_epochs(0); }},
      {"training.batch_size: must be in [1, 1000000], got 1000001",
       [](auto& s) { s.mutable_training()->set_batch_size(1000001); }},
      {"training.report_frequency: must be in [0, 1000000000000], got -1",
       [](auto& s) { s.mutable_training()->set_report_frequency(-1); }},
      {"training.evaluate_every: must be in [0, 1000000000], got 1000000001",
       [](auto& s) { s.mutable_training()->set_evaluate_every(1000000001); }},
      {"training.weight_decay: must be in [0, 1], got -0.5",
       [](auto& s) { s.mutable_training()->set_weight_decay(-0.5); }},
      {"training.weight_decay: must be in [0, 1], got 1.5",
       [](auto& s) { s.mutable_training()->set_weight_decay(1.5); }},
      {"training.weight_decay: must be in [0, 1], got nan",
       [](auto& s) { s.mutable_training()->set_weight_decay(std::nan("")); }},
  };
  for (const BrokenRule& rule : rules) ExpectRefused(MlpSpec(), rule);
}

TEST(JobSpec, RefusesEachFieldOfAnOptimizer) {
  const BrokenRule rules[] = {
      {"training.momentum.momentum: must be in [0, 1), got 1",
       [](auto& s) { s.mutable_training()->mutable_momentum()->set_momentum(1); }},
      {"training.momentum.momentum: must be in [0, 1), got -0.5",
       [](auto& s) { s.mutable_training()->mutable_momentum()->set_momentum(-0.5); }},
      {"training.momentum.momentum: must be in [0, 1), got nan",
       [](auto& s) { s.mutable_training()->mutable_momentum()->set_momentum(std::nan("")); }},
      {"training.adam.beta1: must be in [0, 1), got 1",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_beta1(1); }},
      {"training.adam.beta1: must be in [0, 1), got nan",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_beta1(std::nan("")); }},
      {"training.adam.beta2: must be in [0, 1), got -1",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_beta2(-1); }},
      {"training.adam.beta2: must be in [0, 1), got nan",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_beta2(std::nan("")); }},
      {"training.adam.epsilon: must be a finite number greater than 0, got 0",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_epsilon(0); }},
      {"training.adam.epsilon: must be a finite number greater than 0, got inf",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_epsilon(kInfinity); }},
      {"training.adam.epsilon: must be a finite number greater than 0, got nan",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_epsilon(std::nan("")); }},
  };
  for (const BrokenRule& rule : rules) ExpectRefused(MlpSpec(), rule);
}

void SetStep(v1::JobSpec& spec, double gamma, int64_t sigma) {
  spec.mutable_training()->mutable_step()->set_gamma(gamma);
  spec.mutable_training()->mutable_step()->set_sigma(sigma);
}

void SetInverse(v1::JobSpec& spec, double gamma, double rho) {
  spec.mutable_training()->mutable_inverse()->set_gamma(gamma);
  spec.mutable_training()->mutable_inverse()->set_rho(rho);
}

TEST(JobSpec, RefusesEachFieldOfASchedule) {
  const BrokenRule rules[] = {
      {"training.step.gamma: must be in (0, 1], got 0", [](auto& s) { SetStep(s, 0, 1); }},
      {"training.step.gamma: must be in (0, 1], got 1.5", [](auto& s) { SetStep(s, 1.5, 1); }},
      {"training.step.gamma: must be in (0, 1], got nan",
       [](auto& s) { SetStep(s, std::nan(""), 1); }},
      {"training.step.sigma: must be at least 1, got 0", [](auto& s) { SetStep(s, 0.5, 0); }},
      {"training.inverse.gamma: must be a finite number of at least 0, got -0.5",
       [](auto& s) { SetInverse(s, -0.5, 0); }},
      {"training.inverse.gamma: must be a finite number of at least 0, got nan",
       [](auto& s) { SetInverse(s, std::nan(""), 0); }},
      {"training.inverse.rho: must be a finite number of at least 0, got inf",
       [](auto& s) { SetInverse(s, 0, kInfinity); }},
      {"training.inverse.rho: must be a finite number of at least 0, got -1",
       [](auto& s) { SetInverse(s, 0, -1); }},
  };
  for (const BrokenRule& rule : rules) ExpectRefused(MlpSpec(), rule);
}

TEST(JobSpec, RefusesEarlyStoppingThatHasNothingToGoBy) {
  const auto stop_after = [](v1::JobSpec& spec, int patience) {
    spec.mutable_training()->mutable_early_stopping()->set_patience(patience);
  };
  const BrokenRule rules[] = {
      {"training.early_stopping.patience: must be in [1, 10000], got 0",
       [&](auto& s) { stop_after(s, 0); }},
      {"training.early_stopping.patience: must be in [1, 10000], got 10001",
       [&](auto& s) { stop_after(s, 10001); }},
      {"training.early_stopping: must be unset with training.no_evaluate, for it goes by the "
       "validation loss",
       [&](auto& s) {
         stop_after(s, 1);
         s.mutable_training()->set_no_evaluate(true);
       }},
      {"training.early_stopping: must be unset with TRAIN_ON_TRAIN_AND_VALIDATION, for it goes by "
       "the loss on examples that are not trained on",
       [&](auto& s) {
         stop_after(s, 1);
         s.set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
       }},
  };
  for (const BrokenRule& rule : rules) ExpectRefused(MlpSpec(), rule);
}

TEST(JobSpec, WithSeveralFaultsIsToldOfAll) {
  v1::JobSpec given = MlpSpec();
  given.clear_dataset();
  given.mutable_mlp()->set_hidden_units(0, 0);
  given.mutable_training()->set_epochs(-3);
  given.mutable_training()->mutable_adam()->set_beta1(2);
  given.mutable_training()->mutable_adam()->set_beta2(2);
  given.set_init_from("x");
  given.set_priority(101);
  const auto refused = SpecFromProto(given);
  EXPECT_THAT(
      refused,
      StatusIs(kInvalid,
               "dataset: must be a name like datasets/ID, got \"\"; mlp.hidden_units[0]: must be "
               "in [1, 4096], got 0; training.epochs: must be in [1, 1000000], got -3; "
               "training.adam.beta1: must be in [0, 1), got 2; training.adam.beta2: must be in "
               "[0, 1), got 2; init_from: must be a name like jobs/ID or jobs/ID/snapshots/INDEX, "
               "got \"x\"; priority: must be in [-100, 100], got 101"));
  EXPECT_THAT(FieldViolationsOf(refused.status()), SizeIs(7));
}

}  // namespace
}  // namespace percept::rpc
