#include "server/storage/sqlite/log_mover.h"

#include <utility>

#include "server/base/status.h"

namespace percept::storage {

absl::StatusOr<std::unique_ptr<LogMover>> LogMover::Open(const std::string& path) {
  PERCEPT_ASSIGN_OR_RETURN(std::unique_ptr<Connection> fence,
                           Connection::Open(path, Connection::Mode::kRead));
  PERCEPT_ASSIGN_OR_RETURN(std::unique_ptr<Connection> mover,
                           Connection::Open(path, Connection::Mode::kCreate));
  PERCEPT_RETURN_IF_ERROR(mover->Execute("PRAGMA synchronous = FULL"));
  return std::unique_ptr<LogMover>(new LogMover(std::move(fence), std::move(mover)));
}

absl::Status LogMover::Fence() {
  PERCEPT_RETURN_IF_ERROR(fence_->RunOnce("BEGIN"));
  // A read transaction begins with the first read.
  return fence_->QueryInteger("SELECT count(*) FROM store").status();
}

absl::Status LogMover::Move() {
  PERCEPT_ASSIGN_OR_RETURN(Statement move, mover_->Prepare("PRAGMA wal_checkpoint(PASSIVE)"));
  return move.Step().status();
}

void LogMover::Release() { fence_->RunOnce("COMMIT").IgnoreError(); }

}  // namespace percept::storage
