#ifndef PERCEPT_SERVER_STORAGE_SQLITE_TEST_EVALUATION_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_TEST_EVALUATION_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/records.h"
#include "server/storage/sqlite/connection.h"

// The rows of the table `test_evaluations`. `job` is the job's sequence.
namespace percept::storage {

// Returns how many there must be from now on, where there had to be `required` before.
absl::StatusOr<int64_t> AppendTestEvaluation(Connection& connection, int64_t job, int64_t required,
                                             const TestEvaluation& evaluation);

struct TestEvaluations {
  std::vector<TestEvaluation> readable;  // Oldest first.
  int64_t damaged = 0;                   // Rows that are damaged or missing.
};
// Those of a job, of which there must be `required`.
absl::StatusOr<TestEvaluations> ReadTestEvaluations(Connection& connection, int64_t job,
                                                    int64_t required);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_TEST_EVALUATION_ROWS_H_
