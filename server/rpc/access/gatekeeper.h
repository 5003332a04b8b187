#ifndef PERCEPT_SERVER_RPC_ACCESS_GATEKEEPER_H_
#define PERCEPT_SERVER_RPC_ACCESS_GATEKEEPER_H_

#include <memory>

#include <grpcpp/grpcpp.h>

#include "server/rpc/access/call_context.h"

namespace percept::rpc {

// Makes gRPC's contexts CallContexts.
std::unique_ptr<grpc::ContextAllocator> NewCallContextAllocator();

// The one interceptor: prepares calls to our services, which then let themselves be checked, and
// turns away calls to services of gRPC's own, health apart, that have no valid token.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> NewGatekeeper(
    const Gate& gate);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_GATEKEEPER_H_
