#include "server/rpc/convert_training_spec.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace percept::rpc {
namespace {

constexpr double kMaxLearningRate = 1000.0;
constexpr int32_t kMaxEpochs = 1'000'000;
constexpr int32_t kMaxBatchSize = 1'000'000;
constexpr int64_t kMaxReportFrequency = 1'000'000'000'000;
constexpr int64_t kMaxEvaluateEvery = 1'000'000'000;
constexpr int32_t kMaxPatience = 10'000;

// Adds a violation unless `holds`, which is to be false for NaN.
void Require(bool holds, absl::string_view field, absl::string_view rule, double value,
             FieldViolations& violations) {
  if (!holds) violations.Add(field, rule, value);
}

void ReadOptimizer(const v1::TrainingSpec& given, TrainingSpec& training,
                   FieldViolations& violations) {
  const auto check_decay = [&](absl::string_view field, double value) {
    Require(value >= 0.0 && value < 1.0, field, "must be in [0, 1)", value, violations);
  };
  switch (given.optimizer_case()) {
    case v1::TrainingSpec::OPTIMIZER_NOT_SET:
    case v1::TrainingSpec::kSgd:
      return;
    case v1::TrainingSpec::kMomentum:
      training.optimizer = OptimizerKind::kMomentum;
      if (given.momentum().has_momentum()) training.momentum = given.momentum().momentum();
      check_decay("training.momentum.momentum", training.momentum);
      return;
    case v1::TrainingSpec::kAdam:
      training.optimizer = OptimizerKind::kAdam;
      if (given.adam().has_beta1()) training.beta1 = given.adam().beta1();
      check_decay("training.adam.beta1", training.beta1);
      if (given.adam().has_beta2()) training.beta2 = given.adam().beta2();
      check_decay("training.adam.beta2", training.beta2);
      if (given.adam().has_epsilon()) training.epsilon = given.adam().epsilon();
      Require(training.epsilon > 0.0 && std::isfinite(training.epsilon), "training.adam.epsilon",
              "must be a finite number greater than 0", training.epsilon, violations);
      return;
  }
}

void ReadEarlyStopping(const v1::JobSpec& given, TrainingSpec& training,
                       FieldViolations& violations) {
  if (!given.training().has_early_stopping()) return;
  training.patience = given.training().early_stopping().patience();
  violations.CheckRange<int32_t>("training.early_stopping.patience", training.patience, 1,
                                 kMaxPatience);
  if (given.training().no_evaluate()) {
    violations.Add("training.early_stopping",
                   "must be unset with training.no_evaluate, for it goes by the validation loss");
  }
  if (given.train_on() == v1::TRAIN_ON_TRAIN_AND_VALIDATION) {
    violations.Add("training.early_stopping",
                   "must be unset with TRAIN_ON_TRAIN_AND_VALIDATION, for it goes by the loss on "
                   "examples that are not trained on");
  }
}

}  // namespace

void CheckLearningRate(absl::string_view field, double value, FieldViolations& violations) {
  Require(value > 0.0 && value <= kMaxLearningRate, field,
          absl::StrCat("must be in (0, ", kMaxLearningRate, "]"), value, violations);
}

void ReadSchedule(const v1::TrainingSpec& given, absl::string_view prefix, TrainingSpec& training,
                  FieldViolations& violations) {
  const auto field = [prefix](absl::string_view name) { return absl::StrCat(prefix, name); };
  const auto check_positive = [&](absl::string_view name, double value) {
    Require(value >= 0.0 && std::isfinite(value), field(name),
            "must be a finite number of at least 0", value, violations);
  };
  switch (given.schedule_case()) {
    case v1::TrainingSpec::SCHEDULE_NOT_SET:
    case v1::TrainingSpec::kConstant:
      return;
    case v1::TrainingSpec::kStep:
      training.schedule = ScheduleKind::kStep;
      training.schedule_gamma = given.step().gamma();
      Require(training.schedule_gamma > 0.0 && training.schedule_gamma <= 1.0, field("step.gamma"),
              "must be in (0, 1]", training.schedule_gamma, violations);
      training.schedule_sigma = given.step().sigma();
      if (training.schedule_sigma < 1) {
        violations.Add(field("step.sigma"), "must be at least 1", training.schedule_sigma);
      }
      return;
    case v1::TrainingSpec::kInverse:
      training.schedule = ScheduleKind::kInverse;
      training.schedule_gamma = given.inverse().gamma();
      check_positive("inverse.gamma", training.schedule_gamma);
      training.schedule_rho = given.inverse().rho();
      check_positive("inverse.rho", training.schedule_rho);
      return;
  }
}

void ReadTraining(const v1::JobSpec& spec, TrainingSpec& training, FieldViolations& violations) {
  const v1::TrainingSpec& given = spec.training();
  if (given.has_learning_rate()) training.learning_rate = given.learning_rate();
  CheckLearningRate("training.learning_rate", training.learning_rate, violations);
  if (given.has_epochs()) training.epochs = given.epochs();
  violations.CheckRange<int32_t>("training.epochs", training.epochs, 1, kMaxEpochs);
  if (given.has_batch_size()) training.batch_size = given.batch_size();
  violations.CheckRange<int32_t>("training.batch_size", training.batch_size, 1, kMaxBatchSize);
  training.shuffle = !given.no_shuffle();
  training.report_frequency = given.report_frequency();
  violations.CheckRange<int64_t>("training.report_frequency", training.report_frequency, 0,
                                 kMaxReportFrequency);
  training.evaluate_every = given.evaluate_every();
  violations.CheckRange<int64_t>("training.evaluate_every", training.evaluate_every, 0,
                                 kMaxEvaluateEvery);
  training.evaluate = !given.no_evaluate();
  ReadOptimizer(given, training, violations);
  ReadSchedule(given, "training.", training, violations);
  training.weight_decay = given.weight_decay();
  violations.CheckRange<double>("training.weight_decay", training.weight_decay, 0.0, 1.0);
  ReadEarlyStopping(spec, training, violations);
}

v1::TrainingSpec ToProto(const TrainingSpec& training) {
  v1::TrainingSpec proto;
  proto.set_learning_rate(training.learning_rate);
  proto.set_epochs(training.epochs);
  proto.set_batch_size(training.batch_size);
  proto.set_no_shuffle(!training.shuffle);
  proto.set_report_frequency(training.report_frequency);
  proto.set_evaluate_every(training.evaluate_every);
  proto.set_no_evaluate(!training.evaluate);
  switch (training.optimizer) {
    case OptimizerKind::kSgd:
      proto.mutable_sgd();
      break;
    case OptimizerKind::kMomentum:
      proto.mutable_momentum()->set_momentum(training.momentum);
      break;
    case OptimizerKind::kAdam:
      proto.mutable_adam()->set_beta1(training.beta1);
      proto.mutable_adam()->set_beta2(training.beta2);
      proto.mutable_adam()->set_epsilon(training.epsilon);
      break;
  }
  switch (training.schedule) {
    case ScheduleKind::kConstant:
      proto.mutable_constant();
      break;
    case ScheduleKind::kStep:
      proto.mutable_step()->set_gamma(training.schedule_gamma);
      proto.mutable_step()->set_sigma(training.schedule_sigma);
      break;
    case ScheduleKind::kInverse:
      proto.mutable_inverse()->set_gamma(training.schedule_gamma);
      proto.mutable_inverse()->set_rho(training.schedule_rho);
      break;
  }
  proto.set_weight_decay(training.weight_decay);
  if (training.patience > 0) proto.mutable_early_stopping()->set_patience(training.patience);
  return proto;
}

}  // namespace percept::rpc
