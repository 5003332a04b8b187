#ifndef PERCEPT_SERVER_STORAGE_SQLITE_LOG_SCAN_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_LOG_SCAN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace percept::storage {

// What SQLite would recover of a write-ahead log.
struct LogScan {
  std::optional<uint64_t> salts;  // As in LogProgress; unset where the header is not whole.
  int64_t committed = 0;          // Frames up to the last commit before the first that is damaged.
  int64_t end_bytes = 0;          // Where those end in the file.
};

// Reads a log, and changes nothing, until it has found `enough` committed frames or what ends them,
// by the checksums that SQLite writes (sqlite.org/fileformat.html#walformat). A missing file is an
// empty log.
absl::StatusOr<LogScan> ScanLog(const std::string& log_path, int64_t enough);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_LOG_SCAN_H_
