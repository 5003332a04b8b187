#ifndef PERCEPT_SERVER_RPC_VIEWING_HANDLER_H_
#define PERCEPT_SERVER_RPC_VIEWING_HANDLER_H_

#include <string>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>

#include "server/rpc/access/call_context.h"

namespace percept::rpc {

// Begins the calls of a method that streams serialised messages to viewers, as the handler that is
// generated for it would, and tells each call where gRPC reports what is over for it. For a
// service's MarkMethodRawCallback.
class ViewingHandler final : public grpc::internal::MethodHandler {
 public:
  template <typename Begin>
  explicit ViewingHandler(Begin begin) : handler_(std::move(begin)) {}

  // Of a method, by its full name, in its service.
  static int IndexOf(const std::string& method) {
    return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(method)->index();
  }

  void RunHandler(const HandlerParameter& call) override {
    static_cast<CallContext*>(call.server_context)->set_completions(call.call->cq()->cq());
    handler_.RunHandler(call);
  }

  void* Deserialize(grpc_call* call, grpc_byte_buffer* request, grpc::Status* status,
                    void** data) override {
    return handler_.Deserialize(call, request, status, data);
  }

 private:
  grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer> handler_;
};

// While it is there, the first operation that comes to its end on this thread is not reported to
// one of gRPC's, which would have to be woken for it, but here, when this goes. A message that fits
// into the socket's buffer has left by the time its write has begun, so that it need not wait for
// anybody. To be left with no lock held: what is reported may be another call's.
class CompletionsHere {
 public:
  // Nothing, where `queue` is null.
  explicit CompletionsHere(grpc_completion_queue* queue) : queue_(queue) {
    if (queue_ != nullptr) grpc_completion_queue_thread_local_cache_init(queue_);
  }

  ~CompletionsHere() {
    void* tag = nullptr;
    int ok = 0;
    if (queue_ == nullptr ||
        grpc_completion_queue_thread_local_cache_flush(queue_, &tag, &ok) == 0) {
      return;
    }
    // As gRPC's threads do with what they take from the queue of callbacks.
    auto* const functor = static_cast<grpc_completion_queue_functor*>(tag);
    functor->functor_run(functor, ok);
  }

  CompletionsHere(const CompletionsHere&) = delete;
  CompletionsHere& operator=(const CompletionsHere&) = delete;

 private:
  grpc_completion_queue* const queue_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_VIEWING_HANDLER_H_
