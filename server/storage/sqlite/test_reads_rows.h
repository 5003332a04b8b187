#ifndef PERCEPT_SERVER_STORAGE_SQLITE_TEST_READS_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_TEST_READS_ROWS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/data/repositories.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/row.h"

// The rows of the table `test_reads`.
namespace percept::storage {

const ColumnNames& TestReadsColumns();

// Reads the columns of a row, which are there, from `first_column` on. DataLoss, naming `dataset`.
absl::StatusOr<data::TestReads> ReadTestReads(Statement& statement, int first_column,
                                              absl::string_view dataset);

// None where there is no row. DataLoss.
absl::StatusOr<data::TestReads> FindTestReads(Connection& connection, absl::string_view dataset);

// Counts one more.
absl::Status AddTestRead(Connection& connection, absl::string_view dataset, absl::Time time);

absl::Status DeleteTestReads(Connection& connection, absl::string_view dataset);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_TEST_READS_ROWS_H_
