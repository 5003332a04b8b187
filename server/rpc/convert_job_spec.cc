#include "server/rpc/convert_job_spec.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/convert_training_spec.h"
#include "server/rpc/resource_names.h"
#include "server/training/admission.h"

namespace percept::rpc {
namespace {

constexpr int kMaxHiddenLayers = 16;
constexpr int32_t kMaxHiddenUnits = 4096;
constexpr double kDefaultPerceptronRate = 1.0;
constexpr int64_t kMaxIterations = 100'000'000;
constexpr size_t kMaxLabelBytes = 200;
constexpr int32_t kMaxPriority = 100;

// The given value of an enumeration, or `otherwise` where it was left out.
template <typename Enum, typename Given>
Enum ReadEnum(absl::string_view field, Given given, bool valid, Enum otherwise,
              FieldViolations& violations) {
  if (!valid) {
    violations.Add(field, "must be one of the enumeration's values", static_cast<int>(given));
    return otherwise;
  }
  return static_cast<int>(given) == 0 ? otherwise : static_cast<Enum>(given);
}

void ReadPerceptron(const v1::JobSpec& given, storage::JobSpec& spec, FieldViolations& violations) {
  const v1::PerceptronSpec& perceptron = given.perceptron();
  spec.model.kind = ModelKind::kPerceptron;
  spec.training.learning_rate =
      perceptron.has_learning_rate() ? perceptron.learning_rate() : kDefaultPerceptronRate;
  CheckLearningRate("perceptron.learning_rate", spec.training.learning_rate, violations);
  if (perceptron.has_iterations()) spec.training.iterations = perceptron.iterations();
  violations.CheckRange<int64_t>("perceptron.iterations", spec.training.iterations, 1,
                                 kMaxIterations);
  if (given.has_training()) {
    violations.Add("training",
                   "must be unset for the perceptron, whose fields say how it is fitted");
  }
}

void ReadMlp(const v1::MlpSpec& mlp, ModelSpec& model, FieldViolations& violations) {
  model.kind = ModelKind::kMlp;
  if (mlp.hidden_units().empty() || mlp.hidden_units_size() > kMaxHiddenLayers) {
    violations.Add("mlp.hidden_units", absl::StrCat("must have 1 to ", kMaxHiddenLayers, " layers"),
                   mlp.hidden_units_size());
  } else {
    for (int layer = 0; layer < mlp.hidden_units_size(); ++layer) {
      violations.CheckRange<int32_t>(absl::StrCat("mlp.hidden_units[", layer, "]"),
                                     mlp.hidden_units(layer), 1, kMaxHiddenUnits);
      model.hidden_units.push_back(mlp.hidden_units(layer));
    }
  }
  model.activation =
      ReadEnum("mlp.activation", mlp.activation(), v1::Activation_IsValid(mlp.activation()),
               model.activation, violations);
  model.initialization =
      ReadEnum("mlp.initialization", mlp.initialization(),
               v1::Initialization_IsValid(mlp.initialization()), model.initialization, violations);
}

void ReadModel(const v1::JobSpec& given, storage::JobSpec& spec, FieldViolations& violations) {
  switch (given.model_case()) {
    case v1::JobSpec::kPerceptron:
      ReadPerceptron(given, spec, violations);
      return;
    case v1::JobSpec::kMultiperceptron:
      spec.model.kind = ModelKind::kMultiperceptron;
      break;
    case v1::JobSpec::kMlp:
      ReadMlp(given.mlp(), spec.model, violations);
      break;
    case v1::JobSpec::MODEL_NOT_SET:
      violations.Add("model", "must be set; choose perceptron, multiperceptron or mlp");
      break;
  }
  ReadTraining(given, spec.training, violations);
}

void ReadInitFrom(const std::string& given, storage::JobSpec& spec, FieldViolations& violations) {
  if (given.empty()) return;
  if (const auto job = ParseName("init_from", "jobs", given); job.ok()) {
    spec.init_from = storage::SnapshotRef{*job, training::kNewestSnapshot};
    return;
  }
  const auto snapshot = ParseSnapshotName("init_from", given);
  if (!snapshot.ok() || snapshot->which != SnapshotName::Which::kIndex) {
    violations.Add("init_from", "must be a name like jobs/ID or jobs/ID/snapshots/INDEX",
                   Quoted(given));
    return;
  }
  spec.init_from = storage::SnapshotRef{snapshot->job, snapshot->index};
}

void ReadTimeLimit(const v1::JobSpec& given, storage::JobSpec& spec, FieldViolations& violations) {
  if (!given.has_time_limit()) return;
  constexpr int64_t kMaxSeconds = 315'576'000'000;  // Of a google.protobuf.Duration.
  constexpr int32_t kNanosPerSecond = 1'000'000'000;
  const int64_t seconds = given.time_limit().seconds();
  const int32_t nanos = given.time_limit().nanos();
  const bool one_sign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
  if (!one_sign || seconds > kMaxSeconds || nanos >= kNanosPerSecond || nanos <= -kNanosPerSecond) {
    violations.Add("time_limit", "must be a valid duration of at most 10,000 years",
                   absl::StrCat(seconds, " s and ", nanos, " ns"));
    return;
  }
  // Kept to the microsecond.
  spec.time_limit = absl::Floor(FromProto(given.time_limit()), absl::Microseconds(1));
  if (spec.time_limit <= absl::ZeroDuration()) {
    violations.Add("time_limit", "must be at least a microsecond",
                   absl::FormatDuration(FromProto(given.time_limit())));
  }
}

void AddModel(const storage::JobSpec& spec, v1::JobSpec& proto) {
  switch (spec.model.kind) {
    case ModelKind::kPerceptron:
      proto.mutable_perceptron()->set_learning_rate(spec.training.learning_rate);
      proto.mutable_perceptron()->set_iterations(spec.training.iterations);
      return;
    case ModelKind::kMultiperceptron:
      proto.mutable_multiperceptron();
      break;
    case ModelKind::kMlp:
      for (const int32_t units : spec.model.hidden_units)
        proto.mutable_mlp()->add_hidden_units(units);
      proto.mutable_mlp()->set_activation(static_cast<v1::Activation>(spec.model.activation));
      proto.mutable_mlp()->set_initialization(
          static_cast<v1::Initialization>(spec.model.initialization));
      break;
  }
  *proto.mutable_training() = ToProto(spec.training);
}

}  // namespace

absl::StatusOr<storage::JobSpec> SpecFromProto(const v1::JobSpec& given) {
  storage::JobSpec spec;
  FieldViolations violations;
  if (const auto dataset = ParseName("dataset", "datasets", given.dataset()); dataset.ok()) {
    spec.dataset = *dataset;
  } else {
    for (const FieldViolation& violation : FieldViolationsOf(dataset.status()))
      violations.Add(violation.field, violation.description);
  }
  ReadModel(given, spec, violations);
  spec.seed = given.seed();
  ReadInitFrom(given.init_from(), spec, violations);
  spec.train_on = ReadEnum("train_on", given.train_on(), v1::TrainOn_IsValid(given.train_on()),
                           spec.train_on, violations);
  spec.label = given.label();
  if (spec.label.size() > kMaxLabelBytes) {
    violations.Add("label", absl::StrCat("must be at most ", kMaxLabelBytes, " bytes"),
                   spec.label.size());
  }
  spec.priority = given.priority();
  violations.CheckRange<int32_t>("priority", spec.priority, -kMaxPriority, kMaxPriority);
  ReadTimeLimit(given, spec, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return spec;
}

v1::JobSpec ToProto(const storage::JobSpec& spec) {
  v1::JobSpec proto;
  proto.set_dataset(absl::StrCat("datasets/", spec.dataset));
  AddModel(spec, proto);
  proto.set_seed(spec.seed);
  if (spec.init_from.has_value()) {
    proto.set_init_from(absl::StrCat("jobs/", spec.init_from->job));
    if (spec.init_from->index != training::kNewestSnapshot) {
      absl::StrAppend(proto.mutable_init_from(), "/snapshots/", spec.init_from->index);
    }
  }
  proto.set_train_on(static_cast<v1::TrainOn>(spec.train_on));
  proto.set_label(spec.label);
  proto.set_priority(spec.priority);
  if (spec.time_limit != absl::InfiniteDuration())
    *proto.mutable_time_limit() = ToProto(spec.time_limit);
  return proto;
}

}  // namespace percept::rpc
