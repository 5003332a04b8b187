#ifndef PERCEPT_SERVER_STORAGE_SQLITE_JOB_ROW_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_JOB_ROW_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/records.h"
#include "server/storage/sqlite/connection.h"

// The rows of the table `jobs`.
namespace percept::storage {

// How much other tables must hold of a job, as far as that is known: damage to a tree of the
// database can take a row out of its place without a trace.
struct RequiredCounts {
  std::optional<int64_t> snapshots;         // Known once the job has ended,
  std::optional<int64_t> epochs;            // like this.
  std::optional<int64_t> test_evaluations;  // Unknown only to rows of older versions.
};

// A job and its place in the order of creation, by which other tables refer to it.
struct StoredJob {
  int64_t sequence = 0;
  JobRecord job;
  RequiredCounts required = {};
};

// A SELECT of jobs that ends in `rest`, such as "WHERE id = ?1".
std::string SelectJobsSql(absl::string_view rest);

// What names a job, even where its row is damaged.
struct JobKey {
  int64_t sequence = 0;
  std::string id;  // Escaped as in C, should it be damaged.
};

// Reads the key of the row that a statement stands on whose first columns are `sequence` and `id`.
JobKey ReadJobKey(const Statement& statement);

// Reads the row that a statement of SelectJobsSql stands on, with what other tables hold of the
// job. DataLoss where the row is damaged.
absl::StatusOr<StoredJob> ReadJob(Connection& connection, Statement& statement);

// The job at a place in the order of creation. NotFound, DataLoss.
absl::StatusOr<StoredJob> FindJob(Connection& connection, int64_t sequence);

// Writes all columns.
absl::Status InsertJob(Connection& connection, const StoredJob& stored);
absl::Status OverwriteJob(Connection& connection, const StoredJob& stored);

// Counts `count` more snapshots whose parameters are no longer kept. `job` is the job's sequence.
absl::Status AddThinned(Connection& connection, int64_t job, int64_t count);

// NotFound, naming `what`, such as "jobs/k3v9".
absl::Status JobNotFound(absl::string_view what);

// The place of a job in the order of creation. NotFound.
absl::StatusOr<int64_t> FindJobSequence(Connection& connection, absl::string_view id);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_JOB_ROW_H_
