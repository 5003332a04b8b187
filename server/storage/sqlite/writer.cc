#include "server/storage/sqlite/writer.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::storage {

absl::Status Writer::SetDurability(Durability durability) {
  if (durability == durability_) return absl::OkStatus();
  // Outside of transactions, where alone it takes effect.
  PERCEPT_RETURN_IF_ERROR(connection_->Execute(durability == Durability::kPowerFailure
                                                   ? "PRAGMA synchronous = FULL"
                                                   : "PRAGMA synchronous = NORMAL"));
  durability_ = durability;
  return absl::OkStatus();
}

absl::Status Writer::Write(Durability durability,
                           absl::FunctionRef<absl::Status(Connection&)> body) {
  absl::MutexLock lock(&mutex_);
  PERCEPT_RETURN_IF_ERROR(SetDurability(durability));
  Connection& connection = *connection_;
  PERCEPT_RETURN_IF_ERROR(connection.InTransaction([&] { return body(connection); }));
  // A commit that reaches the disk takes all before it there.
  has_unflushed_ = durability == Durability::kCrash;
  return absl::OkStatus();
}

absl::Status Writer::Flush() {
  {
    absl::MutexLock lock(&mutex_);
    if (!has_unflushed_) return absl::OkStatus();
  }
  return Write(Durability::kPowerFailure, [](Connection& connection) {
    return connection.RunOnce("UPDATE store SET flushes = flushes + 1");
  });
}

absl::Status Writer::Checkpoint(absl::string_view mode) {
  absl::MutexLock lock(&mutex_);
  PERCEPT_RETURN_IF_ERROR(SetDurability(Durability::kPowerFailure));
  PERCEPT_ASSIGN_OR_RETURN(Statement checkpoint,
                           connection_->Prepare(absl::StrCat("PRAGMA wal_checkpoint(", mode, ")")));
  PERCEPT_ASSIGN_OR_RETURN(const bool found, checkpoint.Step());
  const bool is_busy = !found || checkpoint.Integer(0) != 0;
  const bool is_complete = !is_busy && checkpoint.Integer(1) == checkpoint.Integer(2);  // Pages.
  return is_complete ? absl::OkStatus()
                     : absl::UnavailableError("another program is using the database");
}

absl::Status Writer::SetMark(int is_open) {
  return Write(Durability::kPowerFailure, [is_open](Connection& connection) {
    return connection.RunOnce(absl::StrCat("UPDATE store SET is_open = ", is_open));
  });
}

absl::Status Writer::MarkOpen() {
  PERCEPT_RETURN_IF_ERROR(SetMark(1));
  return Checkpoint("PASSIVE");  // Waits for nobody.
}

absl::Status Writer::MarkClosed() {
  PERCEPT_RETURN_IF_ERROR(Checkpoint("TRUNCATE"));  // What the mark stands for goes before it.
  PERCEPT_RETURN_IF_ERROR(SetMark(0));
  return Checkpoint("TRUNCATE");
}

}  // namespace percept::storage
