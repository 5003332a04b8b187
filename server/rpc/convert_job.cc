#include "server/rpc/convert_job.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

#include "server/base/status.h"
#include "server/rpc/convert_access.h"
#include "server/rpc/convert_dataset.h"
#include "server/rpc/convert_job_spec.h"
#include "server/rpc/convert_time.h"
#include "server/training/job_parameters.h"

namespace percept::rpc {
namespace {

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

v1::TestEvaluation ToProto(const storage::TestEvaluation& evaluation) {
  v1::TestEvaluation proto;
  *proto.mutable_time() = ToProto(evaluation.time);
  proto.set_snapshot_index(evaluation.snapshot_index);
  proto.set_accuracy(evaluation.accuracy);
  proto.set_loss(evaluation.loss);
  return proto;
}

v1::JobProgress ProgressToProto(const training::JobView& view) {
  v1::JobProgress progress;
  progress.set_step(view.step);
  progress.set_total_steps(view.total_steps);
  progress.set_instances(view.instances);
  progress.set_total_instances(view.total_instances);
  progress.set_epoch(view.epoch);
  const storage::JobSpec& spec = view.record.spec;
  progress.set_total_epochs(spec.model.kind == ModelKind::kPerceptron ? 0 : spec.training.epochs);
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

v1::JobRetention RetentionToProto(const training::JobView& view) {
  const storage::JobRecord& job = view.record;
  v1::JobRetention retention;
  retention.set_kept_snapshots(job.snapshot_count - job.thinned_count);
  retention.set_thinned_snapshots(job.thinned_count);
  retention.set_parameter_bytes(retention.kept_snapshots() * training::ParameterBytesOf(job));
  retention.set_max_kept_snapshots(view.max_kept_snapshots);
  return retention;
}

v1::Job ToProto(const training::JobView& view) {
  const storage::JobRecord& record = view.record;
  v1::Job job;
  job.set_name(absl::StrCat("jobs/", record.id));
  *job.mutable_spec() = ToProto(record.spec);
  job.set_state(static_cast<v1::JobState>(record.state));
  job.set_owner(record.owner);
  job.set_visibility(ToProto(record.visibility));
  if (record.image_shape.has_value()) *job.mutable_image_shape() = ToProto(*record.image_shape);
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
  job.set_pause_requested(record.pause_requested);
  job.set_attempt(record.attempt);
  job.set_dataset_digest(record.dataset_digest);
  job.set_parameter_count(record.parameter_count);
  job.set_memory_estimate_bytes(record.memory_estimate_bytes);
  job.set_instruction_set(record.instruction_set);
  job.set_engine_revision(record.engine_revision);
  job.set_engine_changed(record.engine_changed);
  *job.mutable_retention() = RetentionToProto(view);
  for (const storage::TestEvaluation& evaluation : record.test_evaluations) {
    *job.add_test_evaluations() = ToProto(evaluation);
  }
  job.set_test_evaluation_count(static_cast<int32_t>(record.test_evaluation_count()));
  *job.mutable_run_time() = ToProto(record.run_time);
  job.mutable_damaged()->Assign(view.damaged.begin(), view.damaged.end());
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
