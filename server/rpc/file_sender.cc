#include "server/rpc/file_sender.h"

#include "absl/status/status.h"

#include "server/base/status.h"

namespace percept::rpc {

absl::StatusOr<FileBudget::Reservation> FileBudget::Reserve(int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  if (used_bytes_ > 0 && used_bytes_ + bytes > limit_bytes_) {
    return WithReason(
        absl::ResourceExhaustedError("too much is on its way to clients; try again shortly"),
        "SERVER_BUSY");
  }
  used_bytes_ += bytes;
  return Reservation(this, bytes);
}

void FileBudget::Release(int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  used_bytes_ -= bytes;
}

}  // namespace percept::rpc
