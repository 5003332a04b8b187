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

TEST(ToStatus, SaysWhatIsWrongWithTls) {
  const std::string before =
      "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:7878: ";
  const struct {
    const char* message;
    const char* server;
    const char* expected;
  } cases[] = {
      {"Ssl handshake failed: SSL_ERROR_SSL: error:0A000086:SSL routines::certificate verify "
       "failed",
       "https://lab:1",
       "cannot talk to the server at https://lab:1: its certificate is not trusted; name who has "
       "signed it with --tls-ca"},
      {"Hostname Verification Check failed.", "https://lab:1",
       "cannot talk to the server at https://lab:1: its certificate is for another name; call the "
       "server as its certificate does"},
      {"Ssl handshake failed: SSL_ERROR_SSL: error:0A00010B:SSL routines::wrong version number",
       "https://lab:1",
       "cannot talk to the server at https://lab:1: it does not speak TLS; name it as "
       "http://lab:1"},
      {"Ssl handshake failed: SSL_ERROR_SSL: something odd", "https://lab:1",
       "cannot talk to the server at https://lab:1: TLS failed with SSL_ERROR_SSL: something odd"},
      {"Socket closed", "https://lab:1",
       "cannot talk to the server at https://lab:1: it hung up; if it asks for a certificate, name "
       "yours with --tls-cert and --tls-key"},
      {"Socket closed", "lab:1",
       "cannot talk to the server at lab:1: it hung up; if it speaks TLS, name it as "
       "https://lab:1"}};
  for (const auto& each : cases) {
    const grpc::Status status(grpc::StatusCode::UNAVAILABLE, before + each.message);
    EXPECT_EQ(ToStatus(status, each.server).message(), each.expected);
  }
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
