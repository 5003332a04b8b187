#include "server/storage/sqlite/checkpoint_rows.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

constexpr int64_t kPieceBytes = int64_t{4} << 20;

// A row of `checkpoint_pieces`, whose bytes are borrowed.
struct PieceRow {
  int64_t job = 0;
  int64_t number = 0;
  BlobView state;
};

// `Record` is CheckpointRecord, const or not; its state lies in the pieces.
template <typename Row, typename Job, typename Record, typename Size>
void VisitColumns(Row& row, Job& job, Record& checkpoint, Size& state_bytes) {
  row.Column("job", job);
  row.Column("attempt", checkpoint.attempt);
  row.Column("run_time_us", checkpoint.run_time);
  row.Column("instruction_set", checkpoint.instruction_set);
  row.Column("engine_revision", checkpoint.engine_revision);
  row.Column("step", checkpoint.step);
  row.Column("snapshot_count", checkpoint.snapshot_count);
  row.Column("state_bytes", state_bytes);
}

// `Stored` is PieceRow, const or not.
template <typename Row, typename Stored>
void VisitPieceColumns(Row& row, Stored& stored) {
  row.Column("job", stored.job);
  row.Column("number", stored.number);
  row.Column("state", stored.state);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const int64_t number = 0;
    const CheckpointRecord none;
    VisitColumns(*names, number, none, number);
    return names;
  }();
  return *columns;
}

const ColumnNames& PieceColumns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const PieceRow none;
    VisitPieceColumns(*names, none);
    return names;
  }();
  return *columns;
}

absl::Status RunFor(Connection& connection, absl::string_view sql, int64_t job) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(sql));
  statement.Bind(1, job);
  return statement.Run();
}

absl::Status InsertPieces(Connection& connection, int64_t job, absl::string_view state) {
  static const std::string* const sql =
      new std::string(PieceColumns().InsertSql("checkpoint_pieces"));
  PieceRow piece{job, 0, {}};
  for (; !state.empty(); ++piece.number) {
    piece.state.bytes = state.substr(0, kPieceBytes);
    state.remove_prefix(piece.state.bytes.size());
    PERCEPT_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(*sql));
    RowWriter row(insert);
    VisitPieceColumns(row, std::as_const(piece));
    row.Finish();
    PERCEPT_RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

absl::Status CorruptCheckpoint(absl::string_view job_id) {
  return CorruptRecord(absl::StrCat("jobs/", job_id, ": checkpoint"));
}

absl::StatusOr<std::string> JoinPieces(Connection& connection, absl::string_view job_id,
                                       int64_t job, int64_t state_bytes) {
  static const std::string* const sql = new std::string(absl::StrCat(
      "SELECT ", PieceColumns().List(), " FROM checkpoint_pieces WHERE job = ?1 ORDER BY number"));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job);
  std::string state;
  state.reserve(static_cast<size_t>(state_bytes));
  for (int64_t number = 0;; ++number) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    PieceRow piece;
    RowReader row(statement);
    VisitPieceColumns(row, piece);
    if (!row.Finish() || piece.number != number) return CorruptCheckpoint(job_id);
    absl::StrAppend(&state, piece.state.bytes);
  }
  if (static_cast<int64_t>(state.size()) != state_bytes) return CorruptCheckpoint(job_id);
  return state;
}

}  // namespace

absl::Status ReplaceCheckpoint(Connection& connection, int64_t job,
                               const CheckpointRecord& checkpoint) {
  PERCEPT_RETURN_IF_ERROR(DeleteCheckpoint(connection, job));
  PERCEPT_RETURN_IF_ERROR(InsertPieces(connection, job, checkpoint.state));
  const auto state_bytes = static_cast<int64_t>(checkpoint.state.size());
  PERCEPT_ASSIGN_OR_RETURN(Statement insert,
                           connection.Prepare(Columns().InsertSql("checkpoints")));
  RowWriter row(insert);
  VisitColumns(row, std::as_const(job), checkpoint, state_bytes);
  row.Finish();
  return insert.Run();
}

absl::StatusOr<std::optional<CheckpointRecord>> SelectCheckpoint(Connection& connection,
                                                                 absl::string_view job_id) {
  static const std::string* const sql = new std::string(
      absl::StrCat("SELECT ", Columns().List(),
                   " FROM checkpoints WHERE job = (SELECT sequence FROM jobs WHERE id = ?1)"));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job_id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return std::nullopt;
  int64_t job = 0;
  CheckpointRecord checkpoint;
  int64_t state_bytes = 0;
  RowReader row(statement);
  VisitColumns(row, job, checkpoint, state_bytes);
  if (!row.Finish()) return CorruptCheckpoint(job_id);
  PERCEPT_ASSIGN_OR_RETURN(checkpoint.state, JoinPieces(connection, job_id, job, state_bytes));
  return checkpoint;
}

absl::Status DeleteCheckpoint(Connection& connection, int64_t job) {
  PERCEPT_RETURN_IF_ERROR(RunFor(connection, "DELETE FROM checkpoint_pieces WHERE job = ?1", job));
  return RunFor(connection, "DELETE FROM checkpoints WHERE job = ?1", job);
}

}  // namespace percept::storage
