#include "server/storage/sqlite/test_reads_rows.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::storage {
namespace {

struct StoredTestReads {
  std::string dataset;
  int64_t count = 0;
  absl::Time last_time;
};

// `Stored` is StoredTestReads, const or not.
template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  row.Column("dataset", stored.dataset);
  row.Column("reads", stored.count);
  row.Column("last_time_us", stored.last_time);
}

}  // namespace

const ColumnNames& TestReadsColumns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const StoredTestReads none;
    VisitColumns(*names, none);
    return names;
  }();
  return *columns;
}

absl::StatusOr<data::TestReads> ReadTestReads(Statement& statement, int first_column,
                                              absl::string_view dataset) {
  StoredTestReads stored;
  RowReader row(statement, first_column);
  VisitColumns(row, stored);
  if (!row.Finish()) {
    return CorruptRecord(absl::StrCat("datasets/", dataset, ": uses of its test split"));
  }
  return data::TestReads{stored.count, stored.last_time};
}

absl::StatusOr<data::TestReads> FindTestReads(Connection& connection, absl::string_view dataset) {
  static const std::string* const sql = new std::string(
      absl::StrCat("SELECT ", TestReadsColumns().List(), " FROM test_reads WHERE dataset = ?1"));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, dataset);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return data::TestReads{};
  return ReadTestReads(statement, 0, dataset);
}

absl::Status AddTestRead(Connection& connection, absl::string_view dataset, absl::Time time) {
  PERCEPT_ASSIGN_OR_RETURN(const data::TestReads before, FindTestReads(connection, dataset));
  const StoredTestReads stored{std::string(dataset), before.count + 1, time};
  PERCEPT_ASSIGN_OR_RETURN(
      Statement write,
      connection.Prepare(before.count == 0
                             ? TestReadsColumns().InsertSql("test_reads")
                             : TestReadsColumns().UpdateSql("test_reads", "dataset = ?1")));
  RowWriter row(write);
  VisitColumns(row, stored);
  row.Finish();
  return write.Run();
}

absl::Status DeleteTestReads(Connection& connection, absl::string_view dataset) {
  return connection.RunOnce("DELETE FROM test_reads WHERE dataset = ?1", {dataset});
}

}  // namespace percept::storage
