#ifndef PERCEPT_SERVER_WEB_GRPC_CALL_H_
#define PERCEPT_SERVER_WEB_GRPC_CALL_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "server/web/grpc_web.h"

namespace percept::web {

class GrpcChannel;

// A call to the server's own gRPC that passes bytes through: one message up, any number down. It is
// pulled: the next message is asked for when the one before has been taken, so a reader that is
// slow holds up its own call and keeps one message in memory. Thread-safe.
class GrpcCall final : private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  struct Request {
    std::string method;  // `/package.Service/Method`.
    Fields metadata;
    std::optional<absl::Duration> timeout;
    std::string message;
  };

  // How a call came out; valid once it has ended.
  struct End {
    int code = 0;
    std::string message;
    Fields trailing_metadata;
  };

  // The message that has come, if one has.
  std::optional<grpc::ByteBuffer> Take() ABSL_LOCKS_EXCLUDED(mutex_);

  // Set once the call has ended and every message has been taken.
  std::optional<End> end() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends it early; what has not been taken is lost. Harmless afterwards.
  void Cancel() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class GrpcChannel;

  GrpcCall(GrpcChannel* channel, Request request, std::function<void()> wake);
  void Begin(const std::shared_ptr<GrpcCall>& self) ABSL_LOCKS_EXCLUDED(mutex_);

  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone(const grpc::Status& status) override ABSL_LOCKS_EXCLUDED(mutex_);

  GrpcChannel* const channel_;
  const std::string method_;
  const std::function<void()> wake_;
  grpc::ClientContext context_;  // Thread-safe where it is used.
  grpc::ByteBuffer request_;     // gRPC's until it is written.

  mutable absl::Mutex mutex_;
  grpc::ByteBuffer incoming_ ABSL_GUARDED_BY(mutex_);  // gRPC's while `reading_`.
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_message_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = true;  // Until the last read, gRPC must not say it is done.
  std::optional<End> end_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<GrpcCall> self_ ABSL_GUARDED_BY(mutex_);  // Until it is done.
};

// The way to the server's own gRPC. Thread-safe.
class GrpcChannel {
 public:
  // To a target such as `unix-abstract:percept-1`; connects when there is something to send.
  explicit GrpcChannel(const std::string& target);

  // Cancels the calls that are under way and waits for their ends.
  ~GrpcChannel();

  GrpcChannel(const GrpcChannel&) = delete;
  GrpcChannel& operator=(const GrpcChannel&) = delete;

  // Begins a call. `wake` is called, on a thread of gRPC's and without locks, when there may be
  // something to take or the end has come; it must not block.
  std::shared_ptr<GrpcCall> Start(GrpcCall::Request request, std::function<void()> wake)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class GrpcCall;

  void Remove(GrpcCall* call) ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsIdle() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return calls_.empty(); }

  grpc::GenericStub stub_;
  absl::Mutex mutex_;
  std::map<GrpcCall*, std::weak_ptr<GrpcCall>> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_GRPC_CALL_H_
