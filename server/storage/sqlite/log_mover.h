#ifndef PERCEPT_SERVER_STORAGE_SQLITE_LOG_MOVER_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_LOG_MOVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/storage/sqlite/connection.h"

namespace percept::storage {

// Brings what a write-ahead log holds at one moment into the main file, while somebody writes on.
// Used by one thread at a time.
class LogMover {
 public:
  // `path` is the database's.
  static absl::StatusOr<std::unique_ptr<LogMover>> Open(const std::string& path);

  // Sets the moment: what is committed later stays in the log. To be called where nobody writes.
  absl::Status Fence();

  // Moves what was committed before the fence, as far as no program reads something older, and
  // makes it durable.
  absl::Status Move();

  // Takes the fence away: once the whole log is moved, it is written from its beginning again.
  void Release();

 private:
  LogMover(std::unique_ptr<Connection> fence, std::unique_ptr<Connection> mover)
      : fence_(std::move(fence)), mover_(std::move(mover)) {}

  const std::unique_ptr<Connection> fence_;  // Reads: nothing newer than that is moved.
  const std::unique_ptr<Connection> mover_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_LOG_MOVER_H_
