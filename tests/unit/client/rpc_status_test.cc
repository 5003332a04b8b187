#include "client/lib/rpc_status.h"

#include <gtest/gtest.h>

namespace percept::client {
namespace {

constexpr char kServer[] = "127.0.0.1:7878";

TEST(ToStatus, KeepsTheServersCodeAndMessage) {
  const absl::Status status =
      ToStatus(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                            "mlp.hidden_units[1]: must be in [1, 4096], got 0"),
               kServer);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(status.message(), "mlp.hidden_units[1]: must be in [1, 4096], got 0");
}

TEST(ToStatus, KeepsWhatAStoppingServerSays) {
  const absl::Status status = ToStatus(
      grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping", "details"), kServer);
  EXPECT_EQ(status.message(), "the server is stopping");
  EXPECT_TRUE(IsTransient(status));
}

TEST(ToStatus, SaysWhereTheServerWasLookedForAndWhy) {
  const absl::Status status = ToStatus(
      grpc::Status(grpc::StatusCode::UNAVAILABLE,
                   "failed to connect to all addresses; last error: UNKNOWN: "
                   "ipv4:127.0.0.1:7878: Failed to connect to remote host: Connection refused"),
      kServer);
  EXPECT_EQ(status.message(),
            "cannot reach a server at 127.0.0.1:7878: connection refused; start one with perceptd "
            "or script/demo, or name another with --server");
}

TEST(ToStatus, SaysThatTheServerWasTooLate) {
  const absl::Status status =
      ToStatus(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"), kServer);
  EXPECT_EQ(status.message(), "the server at 127.0.0.1:7878 did not answer in time");
  EXPECT_FALSE(IsTransient(status));
}

TEST(ToStatus, IsOneLine) {
  EXPECT_EQ(ToStatus(grpc::Status(grpc::StatusCode::NOT_FOUND, "one\r\ntwo"), kServer).message(),
            "one; two");
}

}  // namespace
}  // namespace percept::client
