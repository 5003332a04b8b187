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

absl::Status Writer::Checkpoint() {
  PERCEPT_RETURN_IF_ERROR(SetDurability(Durability::kPowerFailure));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t is_busy,
                           connection_->QueryInteger("PRAGMA wal_checkpoint(TRUNCATE)"));
  return is_busy == 0 ? absl::OkStatus()
                      : absl::UnavailableError("another program is using the database");
}

absl::Status Writer::Mark(bool is_open) {
  {
    // Before the mark goes away, everything it stands for is where it belongs.
    absl::MutexLock lock(&mutex_);
    PERCEPT_RETURN_IF_ERROR(Checkpoint());
  }
  PERCEPT_RETURN_IF_ERROR(Write(Durability::kPowerFailure, [is_open](Connection& connection) {
    return connection.RunOnce(absl::StrCat("UPDATE store SET is_open = ", is_open ? 1 : 0));
  }));
  absl::MutexLock lock(&mutex_);
  return Checkpoint();
}

}  // namespace percept::storage
