#include "server/storage/sqlite/write_ahead_log.h"

#include <sys/stat.h>

#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/schema.h"

namespace percept::storage {
namespace {

int64_t FileSize(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 ? int64_t{found.st_size} : -1;
}

}  // namespace

absl::Status CheckLogIsThere(const std::string& path) {
  const std::string log_path = absl::StrCat(path, "-wal");
  if (FileSize(path) <= 0 || FileSize(log_path) >= 0) return absl::OkStatus();
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           Connection::Open(path, Connection::Mode::kReadAlone));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t application_id,
                           connection->QueryInteger("PRAGMA application_id"));
  if (application_id != kApplicationId) return absl::OkStatus();  // Refused when it is opened.
  PERCEPT_ASSIGN_OR_RETURN(const int64_t is_open,
                           connection->QueryInteger("SELECT is_open FROM store"));
  if (is_open == 0) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        path, ": was not closed cleanly, and its write-ahead log ", log_path,
                        " is missing, with what was stored last; "
                        "put the log back, or, to go on without what it held, run: sqlite3 ",
                        path, " 'UPDATE store SET is_open = 0'")),
                    "WRITE_AHEAD_LOG_MISSING");
}

}  // namespace percept::storage
