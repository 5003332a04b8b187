#include "server/storage/sqlite/block_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

// A row of `snapshot_blocks`, whose bytes are borrowed.
struct HeadsRow {
  int64_t job = 0;  // Sequence.
  int64_t first_index = 0;
  int64_t snapshots = 0;
  BestCandidate best;
  BlobView heads;
};

// A row of `parameter_blocks`, likewise.
struct ParametersRow {
  int64_t job = 0;
  int64_t first_index = 0;
  int64_t snapshots = 0;
  BlobView parameters;
  BlobView batch_indices;
  BlobView ends;
};

// `Stored` is HeadsRow, const or not.
template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  row.Column("job", stored.job);
  row.Column("first_index", stored.first_index);
  row.Column("snapshots", stored.snapshots);
  row.Column("best_index", stored.best.index);
  row.Column("best_accuracy", stored.best.accuracy);
  row.Column("best_loss", stored.best.loss);
  row.Column("heads", stored.heads);
}

// `Stored` is ParametersRow, const or not.
template <typename Row, typename Stored>
void VisitParameterColumns(Row& row, Stored& stored) {
  row.Column("job", stored.job);
  row.Column("first_index", stored.first_index);
  row.Column("snapshots", stored.snapshots);
  row.Column("parameters", stored.parameters);
  row.Column("batch_indices", stored.batch_indices);
  row.Column("ends", stored.ends);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const HeadsRow none;
    VisitColumns(*names, none);
    return names;
  }();
  return *columns;
}

const ColumnNames& ParameterColumns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const ParametersRow none;
    VisitParameterColumns(*names, none);
    return names;
  }();
  return *columns;
}

// "jobs/k3v9/snapshots/7", or "jobs/k3v9/snapshots/7-12".
std::string NameOf(absl::string_view job_id, int64_t first_index, int64_t count) {
  std::string name = absl::StrCat("jobs/", job_id, "/snapshots/", first_index);
  if (count > 1) absl::StrAppend(&name, "-", first_index + count - 1);
  return name;
}

BestCandidate BestOf(const SnapshotBlockView& block) {
  BestCandidate best;
  for (int64_t index = block.first_index; index < block.end_index(); ++index) {
    const Metrics metrics = block.Head(index).metrics;
    const BestCandidate candidate{index, metrics.validation_accuracy, metrics.validation_loss};
    if (index == block.first_index || IsBetter(candidate, best)) best = candidate;
  }
  return best;
}

// The rest of a SELECT: the block that holds ?2, or what is before a gap where it should be, and
// those after it.
constexpr absl::string_view kFromStart =
    " WHERE jobs.id = ?1 AND blocks.first_index >= coalesce((SELECT max(first_index) FROM "
    "snapshot_blocks WHERE job = jobs.sequence AND first_index <= ?2), 0) "
    "ORDER BY blocks.first_index";
constexpr absl::string_view kFrom =
    " FROM jobs JOIN snapshot_blocks AS blocks ON blocks.job = jobs.sequence";

std::string SelectSql(SnapshotRepository::View view) {
  if (view == SnapshotRepository::View::kMetrics) {
    return absl::StrCat("SELECT ", Columns().List("blocks."), kFrom, kFromStart);
  }
  return absl::StrCat("SELECT ", Columns().List("blocks."), ", ",
                      ParameterColumns().List("parameters."), kFrom,
                      " LEFT JOIN parameter_blocks AS parameters ON parameters.job = blocks.job "
                      "AND parameters.first_index = blocks.first_index",
                      kFromStart);
}

absl::StatusOr<Statement> PrepareSelect(Connection& connection, SnapshotRepository::View view) {
  using View = SnapshotRepository::View;
  static const std::string* const metrics_sql = new std::string(SelectSql(View::kMetrics));
  static const std::string* const full_sql = new std::string(SelectSql(View::kFull));
  return connection.Prepare(view == View::kFull ? *full_sql : *metrics_sql);
}

absl::Status Write(Statement statement, const ParametersRow& parameters) {
  RowWriter row(statement);
  VisitParameterColumns(row, parameters);
  row.Finish();
  return statement.Run();
}

// Reads the columns of a block's parameters; false where they are damaged or another block's.
// `batch_indices` is to hold what SQLite does not align.
bool ReadParameters(Statement& statement, int first_column, std::string& batch_indices,
                    SnapshotBlockView& block) {
  ParametersRow stored;
  RowReader row(statement, first_column);
  VisitParameterColumns(row, stored);
  if (!row.Finish() || stored.first_index != block.first_index || stored.snapshots != block.count) {
    return false;
  }
  batch_indices = std::string(stored.batch_indices.bytes);
  block.parameters = stored.parameters.bytes;
  block.batch_indices = batch_indices;
  block.ends = stored.ends.bytes;
  return block.HasWholeParameters();
}

// How many snapshots there must be of a job; 0 while it has not ended. To be asked before they are
// read, as more of them may come until then.
absl::StatusOr<int64_t> RequiredSnapshots(Connection& connection, absl::string_view job_id) {
  // An aggregate, so that an unknown job has a row too: NULL, like one that has not ended.
  return connection.QueryInteger("SELECT max(snapshot_count) FROM jobs WHERE id = ?1", {job_id});
}

// DataLoss, naming the first that is missing, where `end_index` snapshots were found and there had
// to be `required`.
absl::Status CheckNoneIsMissing(Connection& connection, absl::string_view job_id, int64_t end_index,
                                int64_t required) {
  if (end_index >= required) return absl::OkStatus();
  PERCEPT_ASSIGN_OR_RETURN(const int64_t required_now, RequiredSnapshots(connection, job_id));
  if (end_index >= required_now) return absl::OkStatus();  // It has been deleted.
  return MissingRecord(NameOf(job_id, end_index, 1));
}

}  // namespace

std::string SnapshotCountSql(absl::string_view job) {
  return absl::StrCat("(SELECT first_index + snapshots FROM snapshot_blocks WHERE job = ", job,
                      " ORDER BY first_index DESC LIMIT 1)");
}

absl::Status InsertBlock(Connection& connection, int64_t job, const SnapshotBlockView& block) {
  static const std::string* const sql = new std::string(Columns().InsertSql("snapshot_blocks"));
  static const std::string* const parameters_sql =
      new std::string(ParameterColumns().InsertSql("parameter_blocks"));
  PERCEPT_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(*sql));
  RowWriter row(insert);
  const HeadsRow heads{job, block.first_index, block.count, BestOf(block), {block.heads}};
  VisitColumns(row, heads);
  row.Finish();
  PERCEPT_RETURN_IF_ERROR(insert.Run());

  PERCEPT_ASSIGN_OR_RETURN(Statement insert_parameters, connection.Prepare(*parameters_sql));
  return Write(std::move(insert_parameters), {job,
                                              block.first_index,
                                              block.count,
                                              {block.parameters},
                                              {block.batch_indices},
                                              {block.ends}});
}

absl::Status OverwriteParameters(Connection& connection, int64_t job, const ThinnedBlock& block) {
  static const std::string* const sql = new std::string(
      ParameterColumns().UpdateSql("parameter_blocks", "job = ?1 AND first_index = ?2"));
  PERCEPT_ASSIGN_OR_RETURN(Statement update, connection.Prepare(*sql));
  return Write(std::move(update), {job,
                                   block.first_index,
                                   block.count,
                                   {block.parameters},
                                   {block.batch_indices},
                                   {block.ends}});
}

absl::StatusOr<BlockCursor> BlockCursor::Open(Connection& connection, absl::string_view job_id,
                                              int64_t start_index, SnapshotRepository::View view) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t required, RequiredSnapshots(connection, job_id));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, PrepareSelect(connection, view));
  statement.Bind(1, job_id);
  statement.Bind(2, start_index);
  return BlockCursor(&connection, std::move(statement), job_id, start_index, required, view);
}

absl::StatusOr<bool> BlockCursor::Next() {
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement_.Step());
    if (!found) {
      PERCEPT_RETURN_IF_ERROR(CheckNoneIsMissing(*connection_, job_id_, next_, required_));
      return false;
    }
    PERCEPT_RETURN_IF_ERROR(ReadRow());
    if (next_ < block_.end_index()) break;
  }
  begin_ = std::exchange(next_, block_.end_index());
  return true;
}

absl::Status BlockCursor::ReadRow() {
  HeadsRow stored;
  RowReader row(statement_);
  VisitColumns(row, stored);
  const bool is_whole = row.Finish();
  block_ = {stored.first_index, stored.snapshots, stored.heads.bytes, {}, {}, {}};
  best_ = stored.best;
  if (!is_whole || !block_.HasWholeHeads()) return Corrupt();
  if (block_.first_index > next_) return MissingRecord(NameOf(job_id_, next_, 1));
  const bool is_before = block_.end_index() <= next_;  // Past the newest, or before a gap.
  if (view_ == SnapshotRepository::View::kFull && !is_before &&
      !ReadParameters(statement_, row.next_column(), batch_indices_, block_)) {
    return Corrupt();
  }
  return absl::OkStatus();
}

absl::Status BlockCursor::Corrupt() const {
  // What the row says of itself may be wrong; where it was looked for is not.
  const bool is_plausible =
      block_.first_index <= next_ && block_.count > 0 && next_ - block_.first_index < block_.count;
  return CorruptRecord(is_plausible ? NameOf(job_id_, block_.first_index, block_.count)
                                    : NameOf(job_id_, next_, 1));
}

}  // namespace percept::storage
