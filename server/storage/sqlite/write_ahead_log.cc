#include "server/storage/sqlite/write_ahead_log.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/log_note.h"
#include "server/storage/sqlite/log_scan.h"
#include "server/storage/sqlite/schema.h"

namespace percept::storage {
namespace {

int64_t FileSize(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 ? int64_t{found.st_size} : -1;
}

std::string LogPathOf(const std::string& path) { return absl::StrCat(path, "-wal"); }

// The command that makes a database one that was closed cleanly.
std::string CommandToGoOn(const std::string& path) {
  return absl::StrCat("run: sqlite3 ", path, " 'UPDATE store SET is_open = 0'");
}

absl::Status CheckLogIsThere(const std::string& path) {
  const std::string log_path = LogPathOf(path);
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

// Whether the log has begun again since `noted`, by the count in its salts, which wraps around.
bool IsNewer(const LogScan& found, const LogProgress& noted) {
  if (!found.salts.has_value()) return false;
  const auto times = static_cast<int32_t>(static_cast<uint32_t>(*found.salts >> 32) -
                                          static_cast<uint32_t>(noted.salts >> 32));
  return times > 0;
}

// How many of the noted frames are there.
int64_t FramesLeft(const LogScan& found, const LogProgress& noted) {
  if (IsNewer(found, noted)) return noted.committed;  // They are in the main file.
  return found.salts == noted.salts ? found.committed : 0;
}

absl::Status LogDamaged(const std::string& path, const LogScan& found, const LogProgress& noted) {
  const std::string log_path = LogPathOf(path);
  const int64_t left = FramesLeft(found, noted);
  // Pages of before would replace those that the main file has from behind the damage.
  const bool is_behind = left < noted.in_main_file;
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          path, ": was not closed cleanly, and its write-ahead log ", log_path,
          " is damaged or cut off at byte ", left == 0 ? 0 : found.end_bytes, ": ", left, " of ",
          noted.committed, " pages can be read, and what was stored last is missing; ",
          "put the log back, or restore a backup, or, to go on without what is missing, ",
          is_behind ? absl::StrCat("delete ", log_path, " and ") : "", CommandToGoOn(path))),
      "WRITE_AHEAD_LOG_DAMAGED");
}

// Whether somebody is writing, which a scan cannot follow.
bool HasMoved(const LogNote& note, const LogProgress& noted, const std::string& log_path,
              const LogScan& found) {
  const absl::StatusOr<LogScan> header = ScanLog(log_path, /*enough=*/0);
  return note.Read() != noted || !header.ok() || header->salts != found.salts;
}

absl::Status CheckLogIsWhole(const std::string& path) {
  LogNote note(path);
  const std::optional<LogProgress> noted = note.Read();
  if (!noted.has_value()) return absl::OkStatus();
  const std::string log_path = LogPathOf(path);
  if (FileSize(log_path) < 0) {
    note.Remove();  // Of a log that is in the main file, or that somebody gave up.
    return absl::OkStatus();
  }
  PERCEPT_ASSIGN_OR_RETURN(const LogScan found, ScanLog(log_path, noted->committed));
  const int64_t left = FramesLeft(found, *noted);
  if (left >= noted->committed || HasMoved(note, *noted, log_path, found)) return absl::OkStatus();
  if (left < std::max(noted->durable, noted->in_main_file)) return LogDamaged(path, found, *noted);
  log::Warning("a power failure took back what was stored last; jobs compute it again",
               {{"file", log_path}, {"pages", noted->committed - left}});
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckLog(const std::string& path) {
  PERCEPT_RETURN_IF_ERROR(CheckLogIsThere(path));
  return CheckLogIsWhole(path);
}

}  // namespace percept::storage
