#ifndef PERCEPT_CLIENT_LIB_CANCELLATION_H_
#define PERCEPT_CLIENT_LIB_CANCELLATION_H_

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"

namespace grpc {
class ClientContext;
}

namespace percept::client {

// Ends the calls of a client, and its waiting between them, from another thread, once and for good.
// Thread-safe, but not to be called from a signal handler: let a handler write to a pipe and
// another thread, reading it, call `Cancel`.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Cancels all calls under way and those to come.
  void Cancel();

  bool cancelled() const;

 private:
  friend class CallScope;

  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<grpc::ClientContext*> calls_ ABSL_GUARDED_BY(mutex_);
};

// Puts a call under a cancellation for as long as this object lives.
class CallScope {
 public:
  // `cancellation` may be null; it and `context` must outlive this object.
  CallScope(Cancellation* cancellation, grpc::ClientContext* context);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  Cancellation* const cancellation_;
  grpc::ClientContext* const context_;
};

// False for a cancellation that is null: nothing is ever cancelled then.
bool IsCancelled(const Cancellation* cancellation);

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_CANCELLATION_H_
