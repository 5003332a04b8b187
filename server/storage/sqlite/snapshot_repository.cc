#include "server/storage/sqlite/snapshot_repository.h"

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/epoch_rows.h"
#include "server/storage/sqlite/job_row.h"
#include "server/storage/sqlite/metrics_columns.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

// `Record` is SnapshotRecord, const or not; `job` the sequence of its job.
template <typename Row, typename Job, typename Record>
void VisitColumns(Row& row, Job& job, Record& snapshot) {
  row.Column("job", job);
  row.Column("snapshot_index", snapshot.index);
  row.Column("step", snapshot.step);
  row.Column("instances", snapshot.instances);
  row.Column("epoch", snapshot.epoch);
  VisitMetricsColumns(row, snapshot.metrics);
  row.Column("create_time_us", snapshot.create_time);
  row.Column("parameters_crc32c", snapshot.parameters_crc32c);
}

// A row of `snapshot_parameters`, whose bytes are borrowed.
struct StoredParameters {
  int64_t job = 0;
  int64_t index = 0;
  BlobView parameters;
  BlobView batch_indices;
};

template <typename Row, typename Stored>
void VisitParameterColumns(Row& row, Stored& stored) {
  row.Column("job", stored.job);
  row.Column("snapshot_index", stored.index);
  row.Column("parameters", stored.parameters);
  row.Column("batch_indices", stored.batch_indices);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const int64_t job = 0;
    const SnapshotRecord snapshot;
    VisitColumns(*names, job, snapshot);
    return names;
  }();
  return *columns;
}

const ColumnNames& ParameterColumns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const StoredParameters none;
    VisitParameterColumns(*names, none);
    return names;
  }();
  return *columns;
}

std::string NameOf(absl::string_view job_id, int64_t index) {
  return absl::StrCat("jobs/", job_id, "/snapshots/", index);
}

absl::string_view BytesOf(const std::vector<uint32_t>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t)};
}

std::shared_ptr<const std::vector<uint32_t>> NumbersOf(absl::string_view bytes) {
  auto numbers = std::make_shared<std::vector<uint32_t>>(bytes.size() / sizeof(uint32_t));
  if (!numbers->empty())
    std::memcpy(numbers->data(), bytes.data(), numbers->size() * sizeof(uint32_t));
  return numbers;
}

// Where the next snapshot of a job goes.
struct End {
  int64_t job = 0;  // Sequence.
  int64_t next_index = 0;
};

absl::StatusOr<End> FindEnd(Connection& connection, absl::string_view job_id) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(
          "SELECT sequence, (SELECT max(snapshot_index) + 1 FROM snapshots WHERE job = sequence) "
          "FROM jobs WHERE id = ?1"));
  statement.Bind(1, job_id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return JobNotFound(absl::StrCat("jobs/", job_id));
  return End{statement.Integer(0), statement.Integer(1)};  // 0 for NULL.
}

absl::Status CheckPending(const PendingSnapshot& pending, int64_t next_index) {
  const SnapshotRecord& snapshot = pending.snapshot;
  if (snapshot.index != next_index) {
    return absl::FailedPreconditionError(absl::StrCat(NameOf(pending.job_id, snapshot.index),
                                                      ": the job's next index must be ", next_index,
                                                      ", got ", snapshot.index));
  }
  if (snapshot.parameters == nullptr || snapshot.batch_indices == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(NameOf(pending.job_id, snapshot.index),
                                                   ": parameters and batch_indices must be set"));
  }
  return absl::OkStatus();
}

absl::Status InsertOne(Connection& connection, int64_t job, const SnapshotRecord& snapshot) {
  PERCEPT_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(Columns().InsertSql("snapshots")));
  RowWriter row(insert);
  VisitColumns(row, job, snapshot);
  row.Finish();
  PERCEPT_RETURN_IF_ERROR(insert.Run());

  const StoredParameters parameters{
      job, snapshot.index, {*snapshot.parameters}, {BytesOf(*snapshot.batch_indices)}};
  PERCEPT_ASSIGN_OR_RETURN(Statement insert_parameters,
                           connection.Prepare(ParameterColumns().InsertSql("snapshot_parameters")));
  RowWriter parameters_row(insert_parameters);
  VisitParameterColumns(parameters_row, parameters);
  parameters_row.Finish();
  return insert_parameters.Run();
}

// Reads one snapshot from the columns of both tables. `name` is for errors.
absl::Status ReadParameters(Statement& statement, int first_column, absl::string_view name,
                            SnapshotRecord& snapshot) {
  StoredParameters stored;
  RowReader row(statement, first_column);
  VisitParameterColumns(row, stored);
  if (!row.Finish() || stored.index != snapshot.index) return CorruptRecord(name);
  snapshot.parameters = std::make_shared<const std::string>(stored.parameters.bytes);
  snapshot.batch_indices = NumbersOf(stored.batch_indices.bytes);
  return absl::OkStatus();
}

absl::StatusOr<SnapshotRecord> ReadOne(Statement& statement, absl::string_view job_id,
                                       int64_t expected_index, SnapshotRepository::View view) {
  const std::string name = NameOf(job_id, expected_index);
  int64_t job = 0;
  SnapshotRecord snapshot;
  RowReader row(statement);
  VisitColumns(row, job, snapshot);
  // A missing row or one with another's index is as bad as one with wrong values.
  if (!row.Finish() || snapshot.index != expected_index) return CorruptRecord(name);
  if (view == SnapshotRepository::View::kFull) {
    PERCEPT_RETURN_IF_ERROR(ReadParameters(statement, row.next_column(), name, snapshot));
  }
  return snapshot;
}

std::string SelectSql(SnapshotRepository::View view) {
  constexpr absl::string_view kRest =
      " WHERE jobs.id = ?1 AND snapshots.snapshot_index >= ?2 ORDER BY snapshots.snapshot_index "
      "LIMIT ?3";
  constexpr absl::string_view kFrom = " FROM jobs JOIN snapshots ON snapshots.job = jobs.sequence";
  if (view == SnapshotRepository::View::kMetrics) {
    return absl::StrCat("SELECT ", Columns().List("snapshots."), kFrom, kRest);
  }
  return absl::StrCat(
      "SELECT ", Columns().List("snapshots."), ", ", ParameterColumns().List("parameters."), kFrom,
      " LEFT JOIN snapshot_parameters AS parameters ON parameters.job = snapshots.job AND "
      "parameters.snapshot_index = snapshots.snapshot_index",
      kRest);
}

}  // namespace

absl::Status SqliteSnapshotRepository::Append(absl::Span<const PendingSnapshot> snapshots) {
  if (snapshots.empty()) return absl::OkStatus();
  return writer_.Write(Writer::Durability::kCrash, [&](Connection& connection) -> absl::Status {
    std::map<absl::string_view, End> ends;
    for (const PendingSnapshot& pending : snapshots) {
      const auto [end, is_new] = ends.try_emplace(pending.job_id);
      if (is_new) {
        PERCEPT_ASSIGN_OR_RETURN(end->second, FindEnd(connection, pending.job_id));
      }
      PERCEPT_RETURN_IF_ERROR(CheckPending(pending, end->second.next_index++));
      PERCEPT_RETURN_IF_ERROR(InsertOne(connection, end->second.job, pending.snapshot));
    }
    return absl::OkStatus();
  });
}

absl::Status SqliteSnapshotRepository::AppendEpochs(absl::Span<const PendingEpoch> epochs) {
  if (epochs.empty()) return absl::OkStatus();
  return writer_.Write(Writer::Durability::kCrash, [&](Connection& connection) -> absl::Status {
    for (const PendingEpoch& pending : epochs) {
      PERCEPT_ASSIGN_OR_RETURN(const int64_t job, FindJobSequence(connection, pending.job_id));
      PERCEPT_RETURN_IF_ERROR(InsertEpochOnce(connection, job, pending.epoch));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<EpochRecord>> SqliteSnapshotRepository::ReadEpochs(
    absl::string_view job_id, int32_t first_epoch, int limit) const {
  if (first_epoch < 0) return InvalidField("first_epoch", "must be at least 0", first_epoch);
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return SelectEpochs(*connection, job_id, first_epoch, limit);
}

absl::StatusOr<std::vector<SnapshotRecord>> SqliteSnapshotRepository::Read(
    absl::string_view job_id, int64_t start_index, int limit, View view, int64_t max_bytes) const {
  static const std::string* const metrics_sql = new std::string(SelectSql(View::kMetrics));
  static const std::string* const full_sql = new std::string(SelectSql(View::kFull));
  if (start_index < 0) return InvalidField("start_index", "must be at least 0", start_index);
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           connection->Prepare(view == View::kFull ? *full_sql : *metrics_sql));
  statement.Bind(1, job_id);
  statement.Bind(2, start_index);
  statement.Bind(3, int64_t{limit});

  std::vector<SnapshotRecord> snapshots;
  int64_t bytes = 0;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return snapshots;
    const int64_t expected_index = start_index + static_cast<int64_t>(snapshots.size());
    PERCEPT_ASSIGN_OR_RETURN(SnapshotRecord snapshot,
                             ReadOne(statement, job_id, expected_index, view));
    if (view == View::kFull) bytes += static_cast<int64_t>(snapshot.parameters->size());
    snapshots.push_back(std::move(snapshot));
    if (view == View::kFull && bytes >= max_bytes) return snapshots;
  }
}

absl::StatusOr<int64_t> SqliteSnapshotRepository::BestIndex(absl::string_view job_id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  // Unset accuracies sort below all others, and a NaN, which is kept as a text, is none; the newest
  // goes first where there is no accuracy at all.
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection->Prepare(
          "SELECT snapshot_index FROM snapshots "
          "WHERE job = (SELECT sequence FROM jobs WHERE id = ?1) "
          "ORDER BY CASE typeof(validation_accuracy) WHEN 'real' THEN validation_accuracy END "
          "DESC, "
          "CASE WHEN typeof(validation_accuracy) <> 'real' THEN -snapshot_index END, "
          "validation_loss IS NULL, validation_loss, snapshot_index LIMIT 1"));
  statement.Bind(1, job_id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (found) return statement.Integer(0);
  return WithReason(absl::NotFoundError(absl::StrCat("jobs/", job_id, ": has no snapshots")),
                    "SNAPSHOT_NOT_FOUND");
}

}  // namespace percept::storage
