#include "server/rpc/convert_job.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include "server/base/status.h"
#include "server/rpc/convert_time.h"
#include "server/rpc/resource_names.h"

namespace percept::rpc {
namespace {

constexpr int kMaxHiddenLayers = 16;
constexpr int32_t kMaxHiddenUnits = 4096;
constexpr double kMaxLearningRate = 1000.0;
constexpr int32_t kMaxEpochs = 1'000'000;
constexpr int32_t kMaxBatchSize = 1'000'000;
constexpr int64_t kMaxReportFrequency = 1'000'000'000'000;
constexpr int64_t kMaxEvaluateEvery = 1'000'000'000;
constexpr size_t kMaxLabelBytes = 200;
constexpr int32_t kMaxPriority = 100;

absl::Status NotSupported(absl::string_view field, absl::string_view what) {
  return WithReason(absl::UnimplementedError(absl::StrCat(field, ": ", what)), "NOT_SUPPORTED");
}

// What the contract has and this server does not.
absl::Status CheckSupported(const v1::JobSpec& spec) {
  if (spec.has_perceptron()) return NotSupported("perceptron", "this server trains mlp only");
  if (spec.has_multiperceptron())
    return NotSupported("multiperceptron", "this server trains mlp only");
  const v1::TrainingSpec& training = spec.training();
  if (training.has_momentum())
    return NotSupported("training.momentum", "this server has the optimizer sgd only");
  if (training.has_adam())
    return NotSupported("training.adam", "this server has the optimizer sgd only");
  if (training.has_step())
    return NotSupported("training.step", "this server has the schedule constant only");
  if (training.has_inverse())
    return NotSupported("training.inverse", "this server has the schedule constant only");
  if (training.weight_decay() != 0.0)
    return NotSupported("training.weight_decay", "this server has none");
  if (training.has_early_stopping())
    return NotSupported("training.early_stopping", "this server has none");
  if (!spec.init_from().empty())
    return NotSupported("init_from", "this server starts every model afresh");
  if (spec.train_on() == v1::TRAIN_ON_TRAIN_AND_VALIDATION) {
    return NotSupported("train_on", "this server trains on the training split only");
  }
  return absl::OkStatus();
}

void ReadMlp(const v1::MlpSpec& mlp, ModelSpec& model, FieldViolations& violations) {
  model.kind = ModelKind::kMlp;
  if (mlp.hidden_units().empty() || mlp.hidden_units_size() > kMaxHiddenLayers) {
    violations.Add("mlp.hidden_units", absl::StrCat("must have 1 to ", kMaxHiddenLayers, " layers"),
                   mlp.hidden_units_size());
    return;
  }
  for (int layer = 0; layer < mlp.hidden_units_size(); ++layer) {
    violations.CheckRange<int32_t>(absl::StrCat("mlp.hidden_units[", layer, "]"),
                                   mlp.hidden_units(layer), 1, kMaxHiddenUnits);
    model.hidden_units.push_back(mlp.hidden_units(layer));
  }
  if (!v1::Activation_IsValid(mlp.activation())) {
    violations.Add("mlp.activation", "must be one of the enumeration's values",
                   static_cast<int>(mlp.activation()));
  } else if (mlp.activation() != v1::ACTIVATION_UNSPECIFIED) {
    model.activation = static_cast<Activation>(mlp.activation());
  }
  if (!v1::Initialization_IsValid(mlp.initialization())) {
    violations.Add("mlp.initialization", "must be one of the enumeration's values",
                   static_cast<int>(mlp.initialization()));
  } else if (mlp.initialization() != v1::INITIALIZATION_UNSPECIFIED) {
    model.initialization = static_cast<Initialization>(mlp.initialization());
  }
}

void ReadTraining(const v1::TrainingSpec& given, TrainingSpec& training,
                  FieldViolations& violations) {
  if (given.has_learning_rate()) {
    training.learning_rate = given.learning_rate();
    if (!(given.learning_rate() > 0.0 && given.learning_rate() <= kMaxLearningRate)) {
      violations.Add("training.learning_rate",
                     absl::StrCat("must be in (0, ", kMaxLearningRate, "]"), given.learning_rate());
    }
  }
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

v1::TrainingSpec ToProto(const TrainingSpec& training) {
  v1::TrainingSpec proto;
  proto.set_learning_rate(training.learning_rate);
  proto.set_epochs(training.epochs);
  proto.set_batch_size(training.batch_size);
  proto.set_no_shuffle(!training.shuffle);
  proto.set_report_frequency(training.report_frequency);
  proto.set_evaluate_every(training.evaluate_every);
  proto.set_no_evaluate(!training.evaluate);
  proto.mutable_sgd();
  proto.mutable_constant();
  return proto;
}

absl::StatusOr<storage::JobState> StateFromText(absl::string_view text) {
  using enum storage::JobState;
  for (const storage::JobState state :
       {kQueued, kRunning, kPaused, kSucceeded, kFailed, kCancelled}) {
    if (absl::EqualsIgnoreCase(text, storage::JobStateName(state))) return state;
  }
  return InvalidField(
      "filter", "a state must be one of QUEUED, RUNNING, PAUSED, SUCCEEDED, FAILED, CANCELLED",
      Quoted(text));
}

// The conditions of a filter: parted by AND, except within double quotes.
std::vector<absl::string_view> SplitConditions(absl::string_view text) {
  constexpr absl::string_view kAnd = " AND ";
  std::vector<absl::string_view> conditions;
  size_t start = 0;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted || !absl::StartsWith(text.substr(at), kAnd)) continue;
    conditions.push_back(text.substr(start, at - start));
    start = at + kAnd.size();
    at = start - 2;  // Its last space may begin the next one.
  }
  conditions.push_back(start > text.size() ? "" : text.substr(start));
  return conditions;
}

// Without the quotes around it, which a value with spaces needs; unset when they are not in order.
std::optional<absl::string_view> Unquoted(absl::string_view value) {
  const bool opened = absl::StartsWith(value, "\"");
  if (!opened && value.find_first_of(" \"") == absl::string_view::npos) return value;
  if (!opened || value.size() < 2 || !absl::EndsWith(value, "\"")) return std::nullopt;
  return value.substr(1, value.size() - 2);
}

absl::Status AddCondition(absl::string_view condition, storage::JobFilter& filter) {
  absl::Status malformed = InvalidField("filter",
                                        "must be conditions like state=RUNNING joined by "
                                        "AND, over state, owner, dataset, label, with "
                                        "values of several words in double quotes",
                                        Quoted(condition));
  const size_t equals = condition.find('=');
  if (equals == absl::string_view::npos) return malformed;
  const absl::string_view field = absl::StripAsciiWhitespace(condition.substr(0, equals));
  const std::optional<absl::string_view> value =
      Unquoted(absl::StripAsciiWhitespace(condition.substr(equals + 1)));
  if (!value.has_value()) return malformed;
  const auto set = [&](auto& member, auto given) -> absl::Status {
    if (member.has_value()) {
      return InvalidField("filter", "must have one condition for each field", Quoted(condition));
    }
    member = std::move(given);
    return absl::OkStatus();
  };
  if (field == "state") {
    PERCEPT_ASSIGN_OR_RETURN(const storage::JobState state, StateFromText(*value));
    return set(filter.state, state);
  }
  if (field == "owner") return set(filter.owner, std::string(*value));
  if (field == "dataset") {
    return set(filter.dataset, std::string(absl::StripPrefix(*value, "datasets/")));
  }
  if (field == "label") return set(filter.label, std::string(*value));
  return malformed;
}

}  // namespace

absl::StatusOr<storage::JobSpec> SpecFromProto(const v1::JobSpec& given) {
  PERCEPT_RETURN_IF_ERROR(CheckSupported(given));
  storage::JobSpec spec;
  PERCEPT_ASSIGN_OR_RETURN(spec.dataset, ParseName("dataset", "datasets", given.dataset()));
  FieldViolations violations;
  if (given.has_mlp()) {
    ReadMlp(given.mlp(), spec.model, violations);
  } else {
    violations.Add("model", "must be set; choose mlp");
  }
  ReadTraining(given.training(), spec.training, violations);
  spec.seed = given.seed();
  if (!v1::TrainOn_IsValid(given.train_on())) {
    violations.Add("train_on", "must be one of the enumeration's values",
                   static_cast<int>(given.train_on()));
  }
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
  v1::MlpSpec* mlp = proto.mutable_mlp();
  for (const int32_t units : spec.model.hidden_units) mlp->add_hidden_units(units);
  mlp->set_activation(static_cast<v1::Activation>(spec.model.activation));
  mlp->set_initialization(static_cast<v1::Initialization>(spec.model.initialization));
  *proto.mutable_training() = ToProto(spec.training);
  proto.set_seed(spec.seed);
  proto.set_train_on(v1::TRAIN_ON_TRAIN);
  proto.set_label(spec.label);
  proto.set_priority(spec.priority);
  if (spec.time_limit != absl::InfiniteDuration())
    *proto.mutable_time_limit() = ToProto(spec.time_limit);
  return proto;
}

v1::Metrics ToProto(const storage::Metrics& metrics) {
  v1::Metrics proto;
  if (metrics.validation_accuracy.has_value())
    proto.set_validation_accuracy(*metrics.validation_accuracy);
  if (metrics.validation_loss.has_value()) proto.set_validation_loss(*metrics.validation_loss);
  if (metrics.training_accuracy.has_value())
    proto.set_training_accuracy(*metrics.training_accuracy);
  if (metrics.training_loss.has_value()) proto.set_training_loss(*metrics.training_loss);
  return proto;
}

v1::JobProgress ProgressToProto(const training::JobView& view) {
  v1::JobProgress progress;
  progress.set_step(view.step);
  progress.set_total_steps(view.total_steps);
  progress.set_instances(view.instances);
  progress.set_total_instances(view.total_instances);
  progress.set_epoch(view.epoch);
  progress.set_total_epochs(view.record.spec.training.epochs);
  progress.set_instances_per_second(view.instances_per_second);
  progress.set_snapshot_count(view.record.snapshot_count);
  if (view.latest.has_value()) *progress.mutable_latest() = ToProto(*view.latest);
  if (view.heartbeat_time.has_value())
    *progress.mutable_heartbeat_time() = ToProto(*view.heartbeat_time);
  if (view.estimated_end_time.has_value()) {
    *progress.mutable_estimated_end_time() = ToProto(*view.estimated_end_time);
  }
  return progress;
}

v1::JobWait WaitToProto(const training::JobView& view) {
  v1::JobWait wait;
  if (view.place.has_value()) {
    wait.set_queue_position(view.place->position);
    wait.set_owner_ahead(view.place->owner_ahead);
  }
  wait.set_message(view.wait_message);
  return wait;
}

v1::Job ToProto(const training::JobView& view) {
  const storage::JobRecord& record = view.record;
  v1::Job job;
  job.set_name(absl::StrCat("jobs/", record.id));
  *job.mutable_spec() = ToProto(record.spec);
  job.set_state(static_cast<v1::JobState>(record.state));
  job.set_owner(record.owner);
  *job.mutable_create_time() = ToProto(record.create_time);
  if (record.start_time.has_value()) *job.mutable_start_time() = ToProto(*record.start_time);
  if (record.end_time.has_value()) *job.mutable_end_time() = ToProto(*record.end_time);
  *job.mutable_progress() = ProgressToProto(view);
  if (!view.wait_message.empty()) *job.mutable_wait() = WaitToProto(view);
  if (record.state == storage::JobState::kFailed) {
    job.mutable_error()->set_reason(static_cast<v1::JobErrorReason>(record.error_reason));
    job.mutable_error()->set_message(record.error_message);
  }
  job.set_cancel_requested(record.cancel_requested);
  job.set_attempt(record.attempt);
  job.set_dataset_digest(record.dataset_digest);
  job.set_parameter_count(record.parameter_count);
  job.set_memory_estimate_bytes(record.memory_estimate_bytes);
  job.set_instruction_set(record.instruction_set);
  *job.mutable_run_time() = ToProto(record.run_time);
  return job;
}

absl::StatusOr<storage::JobFilter> FilterFromText(absl::string_view text) {
  storage::JobFilter filter;
  if (absl::StripAsciiWhitespace(text).empty()) return filter;
  for (const absl::string_view condition : SplitConditions(text)) {
    PERCEPT_RETURN_IF_ERROR(AddCondition(condition, filter));
  }
  return filter;
}

}  // namespace percept::rpc
