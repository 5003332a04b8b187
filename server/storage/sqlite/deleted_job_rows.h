#ifndef PERCEPT_SERVER_STORAGE_SQLITE_DELETED_JOB_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_DELETED_JOB_ROWS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/storage/sqlite/connection.h"

// The rows of the table `deleted_jobs`. Every reader begins at a job's row in `jobs`: once that has
// gone, nobody finds what other tables hold of the job, and it can be removed at leisure.
namespace percept::storage {

// Removes the row of a job, by its sequence, and notes that the rest is to go.
absl::Status DeleteJobRow(Connection& connection, int64_t sequence);

// Above that of any job, and of any deleted one of which something is left.
absl::StatusOr<int64_t> NextJobSequence(Connection& connection);

// Removes some megabytes of what is left of deleted jobs; a single snapshot that is larger goes as
// a whole. False when nothing was left. DataLoss, with nothing changed, when all that is left is a
// note that is damaged.
absl::StatusOr<bool> PurgeSome(Connection& connection);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_DELETED_JOB_ROWS_H_
