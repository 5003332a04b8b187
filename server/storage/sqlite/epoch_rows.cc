#include "server/storage/sqlite/epoch_rows.h"

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

}  // namespace

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
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job_id);
  statement.Bind(2, int64_t{first_epoch});
  statement.Bind(3, int64_t{limit});
  std::vector<EpochRecord> epochs;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return epochs;
    int64_t job = 0;
    EpochRecord epoch;
    RowReader row(statement);
    VisitColumns(row, job, epoch);
    if (!row.Finish()) return CorruptRecord(absl::StrCat("jobs/", job_id, ": epoch ", epoch.epoch));
    epochs.push_back(epoch);
  }
}

}  // namespace percept::storage
