#ifndef PERCEPT_SERVER_RPC_UNARY_H_
#define PERCEPT_SERVER_RPC_UNARY_H_

#include <functional>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include <grpcpp/grpcpp.h>

#include "server/base/thread_pool.h"
#include "server/rpc/status_mapping.h"

namespace percept::rpc {

// Answers a unary call with what `work` fills into the response, on a thread where it may block.
// gRPC keeps request and response until the answer is given.
inline grpc::ServerUnaryReactor* AnswerOn(ThreadPool* pool, grpc::CallbackServerContext* context,
                                          std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool taken =
      pool->TrySubmit([reactor, work = std::move(work)] { reactor->Finish(ToGrpcStatus(work())); });
  if (!taken) reactor->Finish(TooBusy());
  return reactor;
}

// Asked again and again by work that takes its time; false once the client is gone.
using GoesOn = absl::FunctionRef<bool()>;

// The same for work that can take long: it is not begun for a client that has gone meanwhile.
inline grpc::ServerUnaryReactor* AnswerWhileAsked(ThreadPool* pool,
                                                  grpc::CallbackServerContext* context,
                                                  std::function<absl::Status(GoesOn)> work) {
  return AnswerOn(pool, context, [context, work = std::move(work)]() -> absl::Status {
    const auto goes_on = [context] { return !context->IsCancelled(); };
    if (!goes_on()) return absl::CancelledError("the client went away");
    return work(goes_on);
  });
}

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_UNARY_H_
