#include "server/storage/sqlite/test_evaluation_rows.h"

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

absl::Status AppendTestEvaluation(Connection& connection, int64_t job,
                                  const TestEvaluation& evaluation) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t number, NextNumber(connection, job));
  const StoredTestEvaluation stored{job, number, evaluation};
  PERCEPT_ASSIGN_OR_RETURN(Statement insert,
                           connection.Prepare(Columns().InsertSql("test_evaluations")));
  RowWriter row(insert);
  VisitColumns(row, stored);
  row.Finish();
  return insert.Run();
}

absl::StatusOr<std::vector<TestEvaluation>> ReadTestEvaluations(Connection& connection, int64_t job,
                                                                absl::string_view job_id) {
  static const std::string* const sql = new std::string(absl::StrCat(
      "SELECT ", Columns().List(), " FROM test_evaluations WHERE job = ?1 ORDER BY number"));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job);
  std::vector<TestEvaluation> evaluations;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return evaluations;
    StoredTestEvaluation stored;
    RowReader row(statement);
    VisitColumns(row, stored);
    const auto expected_number = static_cast<int64_t>(evaluations.size());
    if (!row.Finish() || stored.number != expected_number) {
      return CorruptRecord(absl::StrCat("jobs/", job_id, ": test evaluation ", expected_number));
    }
    evaluations.push_back(stored.evaluation);
  }
}

}  // namespace percept::storage
