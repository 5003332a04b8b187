#ifndef PERCEPT_SERVER_STORAGE_SQLITE_LOG_NOTE_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_LOG_NOTE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "server/data/disk.h"

namespace percept::storage {

// How far a write-ahead log has come, in frames of a page each.
struct LogProgress {
  // Of the log's header: they change whenever the log begins again, the first 32 bits by one.
  uint64_t salts = 0;
  int64_t committed = 0;
  int64_t durable = 0;       // Of those: what no power failure can take back.
  int64_t in_main_file = 0;  // Of those: what may have been brought into the main file.

  bool operator==(const LogProgress&) const = default;
};

// A small file beside a database that says how far its write-ahead log has come, so that a log
// that has lost its end is noticed. It survives a crash of the server; a power failure may leave an
// older one, or none. Not thread-safe.
class LogNote {
 public:
  // `database_path` is the database's.
  explicit LogNote(const std::string& database_path);

  // Unset where there is none, or none that is whole.
  std::optional<LogProgress> Read() const;

  // Costs about a microsecond. What cannot be written leaves the note before it, which says less.
  void Write(const LogProgress& progress);

  // Also when there is none.
  void Remove();

 private:
  const std::string path_;
  std::optional<data::OpenFile> file_;  // Once it was written.
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_LOG_NOTE_H_
