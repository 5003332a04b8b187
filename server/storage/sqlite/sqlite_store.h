#ifndef PERCEPT_SERVER_STORAGE_SQLITE_SQLITE_STORE_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_SQLITE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "server/storage/repositories.h"

namespace percept::storage {

// Opens or creates the SQLite database (WAL) at `path` and brings its schema up to date.
// FailedPrecondition: written by a newer version, not one of ours, or its write-ahead log has gone
// missing after an unclean stop. DataLoss: corrupt. PermissionDenied, Unavailable: the operating
// system's reason. All messages name the file.
// At most one process may have it open; the caller holds the data folder's lock.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_SQLITE_STORE_H_
