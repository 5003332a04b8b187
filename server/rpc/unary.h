#ifndef PERCEPT_SERVER_RPC_UNARY_H_
#define PERCEPT_SERVER_RPC_UNARY_H_

#include <functional>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include <grpcpp/grpcpp.h>

#include "server/base/logging.h"
#include "server/base/thread_pool.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/status_mapping.h"

namespace percept::rpc {

// Lets a unary call in and answers it with what `work` fills into the response, on a thread where
// it may block. gRPC keeps request and response until the answer is given.
inline grpc::ServerUnaryReactor* AnswerOn(ThreadPool* pool, grpc::CallbackServerContext* context,
                                          std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  CallContext* const call = &CallOf(context);
  if (const absl::Status entered = call->Enter(); !entered.ok()) {
    reactor->Finish(ToGrpcStatus(entered));
    return reactor;
  }
  const bool taken = pool->TrySubmit([reactor, call, work = std::move(work)] {
    absl::Status status;
    {
      const log::CallScope scope(call->request_id());
      status = call->CheckTargets();
      if (status.ok()) status = work();
    }
    reactor->Finish(ToGrpcStatus(status));  // After which the call may be gone.
  });
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
