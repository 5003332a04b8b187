#include "client/lib/cancellation.h"

#include "absl/time/clock.h"
#include <grpcpp/client_context.h>

namespace percept::client {

void Cancellation::Cancel() {
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  for (grpc::ClientContext* call : calls_) call->TryCancel();
}

bool Cancellation::cancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_;
}

bool Cancellation::WaitFor(absl::Duration time) const {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), time);
}

CallScope::CallScope(Cancellation* cancellation, grpc::ClientContext* context)
    : cancellation_(cancellation), context_(context) {
  if (cancellation_ == nullptr) return;
  absl::MutexLock lock(&cancellation_->mutex_);
  cancellation_->calls_.insert(context_);
  if (cancellation_->cancelled_) context_->TryCancel();
}

CallScope::~CallScope() {
  if (cancellation_ == nullptr) return;
  absl::MutexLock lock(&cancellation_->mutex_);
  cancellation_->calls_.erase(context_);
}

bool IsCancelled(const Cancellation* cancellation) {
  return cancellation != nullptr && cancellation->cancelled();
}

bool WaitUnlessCancelled(const Cancellation* cancellation, absl::Duration time) {
  if (cancellation != nullptr) return cancellation->WaitFor(time);
  absl::SleepFor(time);
  return false;
}

}  // namespace percept::client
