#ifndef PERCEPT_SERVER_RPC_UNARY_H_
#define PERCEPT_SERVER_RPC_UNARY_H_

#include <functional>
#include <utility>

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

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_UNARY_H_
