#include "server/storage/sqlite/test_evaluation_rows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

struct StoredTestEvaluation {
  int64_t job = 0;
  int64_t number = 0;
  TestEvaluation evaluation;
};

// `Stored` is StoredTestEvaluation, const or not.
template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  row.Column("job", stored.job);
  row.Column("number", stored.number);
  row.Column("time_us", stored.evaluation.time);
  row.Column("snapshot_index", stored.evaluation.snapshot_index);
  row.Column("accuracy", stored.evaluation.accuracy);
  row.Column("loss", stored.evaluation.loss);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const StoredTestEvaluation none;
    VisitColumns(*names, none);
    return names;
  }();
  return *columns;
}

absl::StatusOr<int64_t> NextNumber(Connection& connection, int64_t job) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare("SELECT max(number) + 1 FROM test_evaluations WHERE job = ?1"));
  statement.Bind(1, job);
  PERCEPT_RETURN_IF_ERROR(statement.Step().status());
  return statement.Integer(0);  // 0 for NULL.
}

}  // namespace

absl::StatusOr<int64_t> AppendTestEvaluation(Connection& connection, int64_t job, int64_t required,
                                             const TestEvaluation& evaluation) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t next_number, NextNumber(connection, job));
  const StoredTestEvaluation stored{job, std::max(next_number, required), evaluation};
  PERCEPT_ASSIGN_OR_RETURN(Statement insert,
                           connection.Prepare(Columns().InsertSql("test_evaluations")));
  RowWriter row(insert);
  VisitColumns(row, stored);
  row.Finish();
  PERCEPT_RETURN_IF_ERROR(insert.Run());
  return stored.number + 1;
}

absl::StatusOr<TestEvaluations> ReadTestEvaluations(Connection& connection, int64_t job,
                                                    int64_t required) {
  static const std::string* const sql = new std::string(absl::StrCat(
      "SELECT ", Columns().List(), " FROM test_evaluations WHERE job = ?1 ORDER BY number"));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job);
  TestEvaluations evaluations;
  int64_t unreadable = 0;
  int64_t missing = 0;  // Of numbers below `next_number`.
  int64_t next_number = 0;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    StoredTestEvaluation stored;
    RowReader row(statement);
    VisitColumns(row, stored);
    if (!row.Finish()) {
      ++unreadable;
      continue;
    }
    missing += stored.number - next_number;
    next_number = stored.number + 1;
    evaluations.readable.push_back(stored.evaluation);
  }
  missing += std::max<int64_t>(0, required - next_number);
  // What cannot be read leaves its number missing, unless it is the last of those not required.
  evaluations.damaged = std::max(unreadable, missing);
  return evaluations;
}

}  // namespace percept::storage
