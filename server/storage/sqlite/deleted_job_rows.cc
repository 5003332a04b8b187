#include "server/storage/sqlite/deleted_job_rows.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

// Removed at once: takes a few milliseconds, for which other writes wait.
constexpr int64_t kPurgeBytes = int64_t{4} << 20;

// A table whose rows belong to jobs.
struct OwnedTable {
  const char* name;
  const char* key;        // Orders the rows of one job.
  const char* row_bytes;  // About.
};

// Blocks of parameters go before the blocks of snapshots that they complete.
constexpr OwnedTable kOwnedTables[] = {
    {"parameter_blocks", "first_index", "length(parameters) + length(batch_indices)"},
    {"snapshot_blocks", "first_index", "length(heads)"},
    {"epochs", "epoch", "100"},
    {"test_evaluations", "number", "100"},
    {"checkpoint_pieces", "number", "length(state)"},
    {"checkpoints", "job", "100"},
};

template <typename Row, typename Sequence>
void VisitColumns(Row& row, Sequence& sequence) {
  row.Column("sequence", sequence);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const int64_t sequence = 0;
    VisitColumns(*names, sequence);
    return names;
  }();
  return *columns;
}

// The sequence of a deleted job; unset when there is none. A note that is damaged could name a job
// that lives on: it is passed over.
absl::StatusOr<std::optional<int64_t>> FindDeleted(Connection& connection) {
  static const std::string* const sql = new std::string(
      absl::StrCat("SELECT ", Columns().List(),
                   ", EXISTS (SELECT 1 FROM jobs WHERE jobs.sequence = deleted_jobs.sequence) "
                   "FROM deleted_jobs ORDER BY sequence"));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  std::optional<int64_t> damaged;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    int64_t sequence = 0;
    RowReader row(statement);
    VisitColumns(row, sequence);
    const bool is_whole = row.Finish();
    if (is_whole && statement.Integer(row.next_column()) == 0) return sequence;
    damaged = sequence;
  }
  if (damaged.has_value()) return CorruptRecord(absl::StrCat("deleted job ", *damaged));
  return std::nullopt;
}

// Where the first rows of a job end that make up kPurgeBytes.
struct Piece {
  std::optional<int64_t> last_key;  // Unset: there are no rows.
  int64_t bytes = 0;
};

absl::StatusOr<Piece> FirstPiece(Connection& connection, const OwnedTable& table, int64_t job) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(absl::StrCat("SELECT ", table.key, ", ", table.row_bytes, " FROM ",
                                      table.name, " WHERE job = ?1 ORDER BY ", table.key)));
  statement.Bind(1, job);
  Piece piece;
  while (piece.bytes < kPurgeBytes) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    piece.last_key = statement.Integer(0);
    piece.bytes += statement.Integer(1);
  }
  return piece;
}

absl::Status DeleteRows(Connection& connection, const OwnedTable& table, int64_t job,
                        int64_t last_key) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(absl::StrCat(
                                                    "DELETE FROM ", table.name,
                                                    " WHERE job = ?1 AND ", table.key, " <= ?2")));
  statement.Bind(1, job);
  statement.Bind(2, last_key);
  return statement.Run();
}

// True when something may be left.
absl::StatusOr<bool> PurgeTables(Connection& connection, int64_t job) {
  int64_t bytes = 0;
  for (const OwnedTable& table : kOwnedTables) {
    PERCEPT_ASSIGN_OR_RETURN(const Piece piece, FirstPiece(connection, table, job));
    if (!piece.last_key.has_value()) continue;
    PERCEPT_RETURN_IF_ERROR(DeleteRows(connection, table, job, *piece.last_key));
    bytes += piece.bytes;
    if (bytes >= kPurgeBytes) return true;
  }
  return false;
}

absl::Status DeleteBySequence(Connection& connection, absl::string_view table, int64_t sequence) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(absl::StrCat("DELETE FROM ", table, " WHERE sequence = ?1")));
  statement.Bind(1, sequence);
  return statement.Run();
}

}  // namespace

absl::Status DeleteJobRow(Connection& connection, int64_t sequence) {
  PERCEPT_ASSIGN_OR_RETURN(Statement insert,
                           connection.Prepare(Columns().InsertSql("deleted_jobs")));
  RowWriter row(insert);
  VisitColumns(row, sequence);
  row.Finish();
  PERCEPT_RETURN_IF_ERROR(insert.Run());
  return DeleteBySequence(connection, "jobs", sequence);
}

absl::StatusOr<int64_t> NextJobSequence(Connection& connection) {
  return connection.QueryInteger(
      "SELECT 1 + max(coalesce((SELECT max(sequence) FROM jobs), 0), "
      "coalesce((SELECT max(sequence) FROM deleted_jobs), 0))");
}

absl::StatusOr<bool> PurgeSome(Connection& connection) {
  PERCEPT_ASSIGN_OR_RETURN(const std::optional<int64_t> job, FindDeleted(connection));
  if (!job.has_value()) return false;
  PERCEPT_ASSIGN_OR_RETURN(const bool is_left, PurgeTables(connection, *job));
  if (!is_left) PERCEPT_RETURN_IF_ERROR(DeleteBySequence(connection, "deleted_jobs", *job));
  return true;
}

}  // namespace percept::storage
