#ifndef PERCEPT_SERVER_STORAGE_SQLITE_WRITE_AHEAD_LOG_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_WRITE_AHEAD_LOG_H_

#include <string>

#include "absl/status/status.h"

namespace percept::storage {

// A store that was not closed cleanly has a write-ahead log, and without it lacks what was
// acknowledged last. SQLite itself opens such a database as if nothing had happened, so ask this
// before. FailedPrecondition, saying what to do, when the log of the database at `path` is missing;
// Ok also where there is no database, or another program's.
absl::Status CheckLogIsThere(const std::string& path);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_WRITE_AHEAD_LOG_H_
