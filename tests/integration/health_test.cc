// Standard health as its clients see it. Reflection is held to by tests/e2e.
#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/impl/codegen/client_unary_call.h"

#include "tests/support/health_check.h"
#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

// All states that Health/Watch says of a service, until it ends or `stop` is said.
class HealthWatch {
 public:
  HealthWatch(RpcClient& client, const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    client.Prepare(context_);
    const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Watch",
                                           grpc::internal::RpcMethod::SERVER_STREAMING);
    reader_.reset(grpc::internal::ClientReaderFactory<HealthCheckResponse>::Create(
        client.channel().get(), method, &context_, request));
  }
  ~HealthWatch() {
    context_.TryCancel();
    reader_->Finish();
  }

  // The next state; UNKNOWN when there is none.
  HealthCheckResponse::ServingStatus Next() {
    HealthCheckResponse response;
    return reader_->Read(&response) ? response.status() : HealthCheckResponse::UNKNOWN;
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader_;
};

TEST(Health, OfAServerIsServing) {
  TestServer server;
  RpcClient client(server.address());
  HealthCheckResponse response;
  ASSERT_TRUE(CheckHealth(client, "", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
}

TEST(Health, OfAnUnknownServiceIsNotFound) {
  TestServer server;
  RpcClient client(server.address());
  HealthCheckResponse response;
  EXPECT_EQ(CheckHealth(client, "no.such.Service", &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(HealthWatch(client, "no.such.Service").Next(), HealthCheckResponse::SERVICE_UNKNOWN);
}

TEST(Health, WatchSaysNotServingWhenTheServerDrains) {
  TestServer server;
  RpcClient client(server.address());
  HealthWatch watch(client, "");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  std::thread stopping([&] { server.server().Stop(); });
  EXPECT_EQ(watch.Next(), HealthCheckResponse::NOT_SERVING);
  stopping.join();
}

}  // namespace
}  // namespace percept::testing
