#include "server/storage/sqlite/job_row.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/block_rows.h"
#include "server/storage/sqlite/epoch_rows.h"
#include "server/storage/sqlite/row.h"
#include "server/storage/sqlite/test_evaluation_rows.h"

namespace percept::storage {
namespace {

// A job with its optional parts spread out.
struct JobColumns {
  StoredJob stored;
  std::optional<std::string> init_from_job;
  std::optional<int64_t> init_from_index;
  std::optional<int32_t> image_height;
  std::optional<int32_t> image_width;
  std::optional<int32_t> image_channels;
};

// What version 1 had no columns for: the NULL of its rows stands for what it did then. `Training`
// is TrainingSpec, const or not.
template <typename Row, typename Training>
void VisitTrainingColumnsOfVersion2(Row& row, Training& training) {
  row.Column("iterations", training.iterations, 1000);
  row.Column("momentum", training.momentum, 0.9);
  row.Column("beta1", training.beta1, 0.9);
  row.Column("beta2", training.beta2, 0.999);
  row.Column("epsilon", training.epsilon, 1e-8);
  row.Column("weight_decay", training.weight_decay);
  row.Column("schedule_gamma", training.schedule_gamma);
  row.Column("schedule_sigma", training.schedule_sigma);
  row.Column("schedule_rho", training.schedule_rho);
  row.Column("patience", training.patience);
}

// `Columns` is JobColumns, const or not.
template <typename Row, typename Columns>
void VisitColumns(Row& row, Columns& columns) {
  auto& job = columns.stored.job;
  auto& spec = job.spec;
  row.Column("sequence", columns.stored.sequence);
  row.Column("id", job.id);
  row.Column("owner", job.owner);
  row.Column("request_id", job.request_id);
  row.Column("dataset", spec.dataset);
  row.Column("model", spec.model.kind);
  row.Column("hidden_units", spec.model.hidden_units);
  row.Column("activation", spec.model.activation);
  row.Column("initialization", spec.model.initialization);
  row.Column("learning_rate", spec.training.learning_rate);
  row.Column("epochs", spec.training.epochs);
  row.Column("batch_size", spec.training.batch_size);
  row.Column("shuffle", spec.training.shuffle);
  row.Column("report_frequency", spec.training.report_frequency);
  row.Column("evaluate_every", spec.training.evaluate_every);
  row.Column("evaluate", spec.training.evaluate);
  row.Column("optimizer", spec.training.optimizer);
  row.Column("schedule", spec.training.schedule);
  row.Column("seed", spec.seed);
  row.Column("label", spec.label);
  row.Column("priority", spec.priority);
  row.Column("time_limit_us", spec.time_limit);
  row.Column("state", job.state);
  row.Column("create_time_us", job.create_time);
  row.Column("start_time_us", job.start_time);
  row.Column("end_time_us", job.end_time);
  row.Column("error_reason", job.error_reason);
  row.Column("error_message", job.error_message);
  row.Column("cancel_requested", job.cancel_requested);
  row.Column("attempt", job.attempt);
  row.Column("run_time_us", job.run_time);
  row.Column("instruction_set", job.instruction_set);
  row.Column("dataset_digest", job.dataset_digest);
  row.Column("inputs", job.inputs);
  row.Column("classes", job.classes);
  row.Column("train_examples", job.train_examples);
  row.Column("parameter_count", job.parameter_count);
  row.Column("memory_estimate_bytes", job.memory_estimate_bytes);
  VisitTrainingColumnsOfVersion2(row, spec.training);
  row.Column("init_from_job", columns.init_from_job);
  row.Column("init_from_index", columns.init_from_index);
  row.Column("train_on", spec.train_on, TrainOn::kTrain);
  row.Column("pause_requested", job.pause_requested);
  row.Column("engine_revision", job.engine_revision);
  row.Column("engine_changed", job.engine_changed);
  row.Column("thinned_count", job.thinned_count);
  row.Column("snapshot_count", columns.stored.required.snapshots);
  row.Column("epoch_count", columns.stored.required.epochs);
  row.Column("test_evaluation_count", columns.stored.required.test_evaluations);
  row.Column("visibility", job.visibility, Visibility::kClass);
  row.Column("image_height", columns.image_height);
  row.Column("image_width", columns.image_width);
  row.Column("image_channels", columns.image_channels);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const JobColumns none;
    VisitColumns(*names, none);
    return names;
  }();
  return *columns;
}

// Reads what other tables hold of a job, after its columns.
absl::Status ReadBelongings(Connection& connection, const Statement& statement, int first_column,
                            StoredJob& stored) {
  JobRecord& job = stored.job;
  const int64_t snapshots = statement.Integer(first_column);   // 0 for NULL.
  const int64_t epochs = statement.Integer(first_column + 1);  // Likewise.
  job.snapshot_count = std::max(snapshots, stored.required.snapshots.value_or(0));
  job.missing_epochs = std::max<int64_t>(0, stored.required.epochs.value_or(0) - epochs);
  const bool has_test_evaluations = statement.Integer(first_column + 2) != 0;
  const int64_t required_evaluations = stored.required.test_evaluations.value_or(0);
  if (!has_test_evaluations && required_evaluations == 0) return absl::OkStatus();
  PERCEPT_ASSIGN_OR_RETURN(TestEvaluations evaluations,
                           ReadTestEvaluations(connection, stored.sequence, required_evaluations));
  job.test_evaluations = std::move(evaluations.readable);
  job.damaged_test_evaluations = evaluations.damaged;
  return absl::OkStatus();
}

absl::Status Write(Statement statement, const StoredJob& stored) {
  JobColumns columns{.stored = stored};
  if (const std::optional<SnapshotRef>& init_from = stored.job.spec.init_from) {
    columns.init_from_job = init_from->job;
    columns.init_from_index = init_from->index;
  }
  if (const std::optional<data::ImageShape>& shape = stored.job.image_shape) {
    columns.image_height = shape->height;
    columns.image_width = shape->width;
    columns.image_channels = shape->channels;
  }
  RowWriter row(statement);
  VisitColumns(row, std::as_const(columns));
  row.Finish();
  return statement.Run();
}

}  // namespace

std::string SelectJobsSql(absl::string_view rest) {
  static const std::string* const beginning = new std::string(absl::StrCat(
      "SELECT ", Columns().List(), ", ", SnapshotCountSql("jobs.sequence"), ", ",
      EpochCountSql("jobs.sequence"),
      ", EXISTS (SELECT 1 FROM test_evaluations WHERE test_evaluations.job = jobs.sequence) "
      "FROM jobs "));
  return absl::StrCat(*beginning, rest);
}

JobKey ReadJobKey(const Statement& statement) {
  return {statement.Integer(0), absl::CHexEscape(statement.Text(1))};
}

absl::StatusOr<StoredJob> ReadJob(Connection& connection, Statement& statement) {
  JobColumns columns;
  RowReader row(statement);
  VisitColumns(row, columns);
  JobRecord& job = columns.stored.job;
  if (!row.Finish()) return CorruptRecord(absl::StrCat("jobs/", ReadJobKey(statement).id));
  if (columns.init_from_job.has_value()) {
    job.spec.init_from = {*std::move(columns.init_from_job), columns.init_from_index.value_or(0)};
  }
  if (columns.image_height.has_value()) {
    job.image_shape = {*columns.image_height, columns.image_width.value_or(0),
                       columns.image_channels.value_or(0)};
  }
  PERCEPT_RETURN_IF_ERROR(ReadBelongings(connection, statement, row.next_column(), columns.stored));
  return std::move(columns.stored);
}

absl::StatusOr<StoredJob> FindJob(Connection& connection, int64_t sequence) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           connection.Prepare(SelectJobsSql("WHERE sequence = ?1")));
  statement.Bind(1, sequence);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return JobNotFound(absl::StrCat("job ", sequence));
  return ReadJob(connection, statement);
}

absl::Status InsertJob(Connection& connection, const StoredJob& stored) {
  PERCEPT_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(Columns().InsertSql("jobs")));
  return Write(std::move(insert), stored);
}

absl::Status OverwriteJob(Connection& connection, const StoredJob& stored) {
  PERCEPT_ASSIGN_OR_RETURN(Statement update,
                           connection.Prepare(Columns().UpdateSql("jobs", "sequence = ?1")));
  return Write(std::move(update), stored);
}

absl::Status AddThinned(Connection& connection, int64_t job, int64_t count) {
  PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindJob(connection, job));
  stored.job.thinned_count += count;
  return OverwriteJob(connection, stored);
}

absl::Status JobNotFound(absl::string_view what) {
  return WithReason(absl::NotFoundError(absl::StrCat(what, ": no such job")), "JOB_NOT_FOUND");
}

absl::StatusOr<int64_t> FindJobSequence(Connection& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           connection.Prepare("SELECT sequence FROM jobs WHERE id = ?1"));
  statement.Bind(1, id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return JobNotFound(absl::StrCat("jobs/", id));
  return statement.Integer(0);
}

}  // namespace percept::storage
