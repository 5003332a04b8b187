#ifndef PERCEPT_SERVER_STORAGE_SQLITE_WRITE_AHEAD_LOG_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_WRITE_AHEAD_LOG_H_

#include <string>

#include "absl/status/status.h"

namespace percept::storage {

// A store that was not closed cleanly has a write-ahead log, and without all of it lacks what was
// acknowledged last. SQLite itself opens such a database as if nothing had happened, so ask this
// before; nothing but a stale note is changed. FailedPrecondition, saying what is missing and how
// to go on without it, when the log of the database at `path` is missing, or when less of it can be
// read than no power failure takes back, by the note beside it (see log_note.h). What a power
// failure took back is a warning in the server's log. Ok also where there is no database, or
// another program's, and while a server writes to it.
absl::Status CheckLog(const std::string& path);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_WRITE_AHEAD_LOG_H_
