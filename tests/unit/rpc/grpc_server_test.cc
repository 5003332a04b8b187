#include "server/rpc/grpc_server.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::HasSubstr;

TEST(ListeningAddress, IsAHostAndAPort) {
  for (const char* address : {"127.0.0.1:0", "localhost:7878", "[::1]:65535", "0.0.0.0:1"}) {
    EXPECT_OK(CheckAddress("--grpc-address", address));
  }
  for (const char* address :
       {"", "127.0.0.1", ":7878", "host:", "host:x", "host:-1", "host:65536"}) {
    EXPECT_THAT(CheckAddress("--grpc-address", address),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("--grpc-address: must be HOST:PORT with a port in [0, 65535]")))
        << address;
  }
}

TEST(ListeningAddress, IsLoopbackOnlyIfNobodyElseCanReachIt) {
  for (const char* address : {"127.0.0.1:0", "127.9.9.9:1", "localhost:7878", "[::1]:1"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "example.com:1",
                              "127.example.com:1", "localhost.example.com:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace percept::rpc
