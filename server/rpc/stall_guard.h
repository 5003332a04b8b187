#ifndef PERCEPT_SERVER_RPC_STALL_GUARD_H_
#define PERCEPT_SERVER_RPC_STALL_GUARD_H_

#include <chrono>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

namespace percept::rpc {

// Sends a client away that leaves a message of a stream unread for too long, so that it does not
// keep what the stream holds. A member of the stream's reactor, used by one thread at a time.
class StallGuard {
 public:
  static constexpr absl::Duration kLimit = absl::Minutes(1);

  // `context` is the call's.
  StallGuard(grpc::CallbackServerContext* context, absl::Duration limit)
      : call_(std::make_shared<Call>(context)), limit_(limit) {}
  ~StallGuard() { call_->Forget(); }
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

  // Before a message is written: cancels the call unless `Disarm` comes in time.
  void Arm() {
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(limit_),
                [call = call_](bool rang) {
                  if (rang) call->Cancel();
                });
  }

  // Once it is written.
  void Disarm() { alarm_.reset(); }

 private:
  // The call, for an alarm that may ring when there is none any more.
  class Call {
   public:
    explicit Call(grpc::CallbackServerContext* context) : context_(context) {}
    void Cancel() ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      if (context_ != nullptr) context_->TryCancel();
    }
    void Forget() ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      context_ = nullptr;
    }

   private:
    absl::Mutex mutex_;
    grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(mutex_);
  };

  const std::shared_ptr<Call> call_;
  const absl::Duration limit_;
  std::unique_ptr<grpc::Alarm> alarm_;  // A new one each time: one is set only once.
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_STALL_GUARD_H_
