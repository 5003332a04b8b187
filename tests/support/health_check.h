#ifndef PERCEPT_TESTS_SUPPORT_HEALTH_CHECK_H_
#define PERCEPT_TESTS_SUPPORT_HEALTH_CHECK_H_

#include <string>

#include "grpc/health/v1/health.pb.h"
#include "grpcpp/impl/codegen/client_unary_call.h"

#include "tests/support/rpc_client.h"

namespace percept::testing {

// What the standard health service says of a service; of the server where `service` is empty. The
// messages of the service are generated, its stub is not.
inline grpc::Status CheckHealth(RpcClient& client, const std::string& service,
                                grpc::health::v1::HealthCheckResponse* response) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::ClientContext context;
  client.Prepare(context);
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                         grpc::internal::RpcMethod::NORMAL_RPC);
  return grpc::internal::BlockingUnaryCall(client.channel().get(), method, &context, request,
                                           response);
}

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_HEALTH_CHECK_H_
