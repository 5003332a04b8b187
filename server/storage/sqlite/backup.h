#ifndef PERCEPT_SERVER_STORAGE_SQLITE_BACKUP_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_BACKUP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace percept::storage {

// What a copy of a database holds.
struct DatabaseCopy {
  int64_t jobs = 0;
  int64_t snapshots = 0;
  int64_t datasets = 0;
  std::vector<std::string> contents;  // Digests of the data sets that cannot be drawn again.
};

// Writes the database at `from` as it is at one moment, between two commits, into the new file
// `to`: of the same schema version, without uploads under way, cleanly closed, its structure
// checked, durable. A server may be writing to `from` meanwhile: none of its writes waits, but its
// write-ahead log grows until the copy is made. What fails leaves a file at `to` that is of no use.
// NotFound: there is no database. FailedPrecondition: as OpenSqliteStore says of it. DataLoss:
// corrupt. ResourceExhausted: the disk is full. PermissionDenied, Unavailable: the system's reason.
absl::StatusOr<DatabaseCopy> CopyDatabase(const std::string& from, const std::string& to);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_BACKUP_H_
