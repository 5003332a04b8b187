#include "server/storage/sqlite/epoch_rows.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/metrics_columns.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

// `Record` is EpochRecord, const or not.
template <typename Row, typename Job, typename Record>
void VisitColumns(Row& row, Job& job, Record& epoch) {
  row.Column("job", job);
  row.Column("epoch", epoch.epoch);
  VisitMetricsColumns(row, epoch.metrics);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const int64_t job = 0;
    const EpochRecord epoch;
    VisitColumns(*names, job, epoch);
    return names;
  }();
  return *columns;
}

// How many epochs there must be of a job; 0 while it has not ended. To be asked before they are
// read, as more of them may come until then.
absl::StatusOr<int64_t> RequiredEpochs(Connection& connection, absl::string_view job_id) {
  return connection.QueryInteger("SELECT max(epoch_count) FROM jobs WHERE id = ?1", {job_id});
}

std::string NameOf(absl::string_view job_id, int64_t epoch) {
  return absl::StrCat("jobs/", job_id, ": epoch ", epoch);
}

// DataLoss for an epoch that was not found, unless the job has been deleted meanwhile.
absl::Status CheckMissing(Connection& connection, absl::string_view job_id, int64_t epoch) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t required, RequiredEpochs(connection, job_id));
  return epoch < required ? MissingRecord(NameOf(job_id, epoch)) : absl::OkStatus();
}

}  // namespace

std::string EpochCountSql(absl::string_view job) {
  return absl::StrCat("(SELECT epoch + 1 FROM epochs WHERE job = ", job,
                      " ORDER BY epoch DESC LIMIT 1)");
}

absl::StatusOr<int64_t> CountEpochs(Connection& connection, int64_t job) {
  static const std::string* const sql =
      new std::string(absl::StrCat("SELECT ", EpochCountSql("?1")));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job);
  PERCEPT_RETURN_IF_ERROR(statement.Step().status());
  return statement.Integer(0);  // 0 for NULL.
}

absl::Status InsertEpochOnce(Connection& connection, int64_t job, const EpochRecord& epoch) {
  static const std::string* const sql = new std::string(
      absl::StrCat(Columns().InsertSql("epochs"), " ON CONFLICT (job, epoch) DO NOTHING"));
  PERCEPT_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(*sql));
  RowWriter row(insert);
  VisitColumns(row, job, epoch);
  row.Finish();
  return insert.Run();
}

absl::StatusOr<std::vector<EpochRecord>> SelectEpochs(Connection& connection,
                                                      absl::string_view job_id, int32_t first_epoch,
                                                      int limit) {
  static const std::string* const sql = new std::string(
      absl::StrCat("SELECT ", Columns().List(),
                   " FROM epochs WHERE job = (SELECT sequence FROM jobs WHERE id = ?1) "
                   "AND epoch >= ?2 ORDER BY epoch LIMIT ?3"));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t required, RequiredEpochs(connection, job_id));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job_id);
  statement.Bind(2, int64_t{first_epoch});
  statement.Bind(3, int64_t{limit});
  std::vector<EpochRecord> epochs;
  int64_t next = first_epoch;
  const int64_t required_end = std::min(required, int64_t{first_epoch} + limit);
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    int64_t job = 0;
    EpochRecord epoch;
    RowReader row(statement);
    VisitColumns(row, job, epoch);
    if (!row.Finish()) return CorruptRecord(NameOf(job_id, epoch.epoch));
    if (epoch.epoch > next && next < required_end) return MissingRecord(NameOf(job_id, next));
    epochs.push_back(epoch);
    next = int64_t{epoch.epoch} + 1;
  }
  if (next < required_end) PERCEPT_RETURN_IF_ERROR(CheckMissing(connection, job_id, next));
  return epochs;
}

}  // namespace percept::storage
