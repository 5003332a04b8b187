#include "client/cli/render_spec.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "client/cli/format.h"

namespace percept::cli {
namespace {

// The model with its activation, its start and its size.
std::string Network(const v1::Job& job) {
  std::string text = ModelText(job.spec());
  if (job.spec().has_mlp()) {
    absl::StrAppend(&text, ", ", Word(job.spec().mlp().activation()), ", ",
                    Word(job.spec().mlp().initialization()), " start");
  }
  if (job.parameter_count() > 0) {
    absl::StrAppend(&text, ", ", CountText(job.parameter_count(), "parameter", "parameters"));
  }
  return text;
}

std::string Data(const v1::JobSpec& spec) {
  const bool both = spec.train_on() == v1::TRAIN_ON_TRAIN_AND_VALIDATION;
  return absl::StrCat(ShortText(spec.dataset()), both ? ", train and validation together" : "");
}

std::string Optimizer(const v1::TrainingSpec& training) {
  switch (training.optimizer_case()) {
    case v1::TrainingSpec::kMomentum:
      return absl::StrCat("momentum ", PlainText(training.momentum().momentum()));
    case v1::TrainingSpec::kAdam: {
      const v1::AdamSpec& adam = training.adam();
      return absl::StrCat("adam, beta1 ", PlainText(adam.beta1()), ", beta2 ",
                          PlainText(adam.beta2()), ", epsilon ", PlainText(adam.epsilon()));
    }
    default:
      return "sgd";
  }
}

std::string LearningRate(const v1::TrainingSpec& training) {
  const std::string rate = PlainText(training.learning_rate());
  switch (training.schedule_case()) {
    case v1::TrainingSpec::kStep:
      return absl::StrCat(rate, ", times ", PlainText(training.step().gamma()), " every ",
                          CountText(training.step().sigma(), "step", "steps"));
    case v1::TrainingSpec::kInverse:
      return absl::StrCat(rate, " / (1 + ", PlainText(training.inverse().gamma()), " t)^",
                          PlainText(training.inverse().rho()), " at step t");
    default:
      return absl::StrCat(rate, ", constant");
  }
}

std::string Batches(const v1::TrainingSpec& training) {
  return absl::StrCat(CountText(training.epochs(), "epoch", "epochs"), " in batches of ",
                      FormatCount(training.batch_size()),
                      training.no_shuffle() ? ", in the data's order" : ", shuffled");
}

std::string Reports(const v1::TrainingSpec& training) {
  std::string when =
      training.report_frequency() > 0
          ? absl::StrCat("every ", CountText(training.report_frequency(), "instance", "instances"))
          : std::string("adaptive");
  if (training.no_evaluate()) return absl::StrCat(when, ", without validation");
  if (training.report_frequency() > 0) return when;
  if (training.evaluate_every() == 0) return absl::StrCat(when, ", evaluated now and then");
  return absl::StrCat(when, ", evaluated every ",
                      CountText(training.evaluate_every(), "batch", "batches"));
}

std::string EarlyStopping(const v1::TrainingSpec& training) {
  if (!training.has_early_stopping()) return "";
  return absl::StrCat("after ", CountText(training.early_stopping().patience(), "epoch", "epochs"),
                      " without a lower validation loss");
}

Fields TrainingFields(const v1::JobSpec& spec) {
  if (spec.has_perceptron()) {
    return {{"learning rate", PlainText(spec.perceptron().learning_rate())},
            {"iterations", FormatCount(spec.perceptron().iterations())}};
  }
  if (!spec.has_training()) return {};
  const v1::TrainingSpec& training = spec.training();
  const bool decays = training.weight_decay() != 0;
  return {{"training", Batches(training)},
          {"optimizer", Optimizer(training)},
          {"learning rate", LearningRate(training)},
          {"weight decay", decays ? PlainText(training.weight_decay()) : ""},
          {"stops early", EarlyStopping(training)},
          {"reports", Reports(training)}};
}

}  // namespace

std::string ModelText(const v1::JobSpec& spec) {
  switch (spec.model_case()) {
    case v1::JobSpec::kPerceptron:
      return "perceptron";
    case v1::JobSpec::kMultiperceptron:
      return "multiperceptron";
    case v1::JobSpec::kMlp:
      return absl::StrCat("mlp ", absl::StrJoin(spec.mlp().hidden_units(), ","));
    case v1::JobSpec::MODEL_NOT_SET:
      break;
  }
  return std::string(kNone);
}

Fields SpecFields(const v1::Job& job) {
  const v1::JobSpec& spec = job.spec();
  Fields fields = {{"model", Network(job)}, {"data", Data(spec)}};
  Append(&fields, TrainingFields(spec));
  Append(&fields, {{"start from", Printable(spec.init_from())},
                   {"seed", absl::StrCat(spec.seed())},
                   {"priority", spec.priority() != 0 ? absl::StrCat(spec.priority()) : ""},
                   {"time limit",
                    spec.has_time_limit() ? FormatElapsed(ToDuration(spec.time_limit())) : ""}});
  return fields;
}

}  // namespace percept::cli
