// Crowds of connections, and those that say little or nothing.
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "percept/v1/dataset_service.pb.h"
#include "tests/robustness/attack_fixture.h"
#include "tests/support/http2_bytes.h"
#include "tests/support/test_authority.h"

namespace percept::testing {
namespace {

using Connections = std::vector<std::unique_ptr<HttpConnection>>;

// Lets this process open as many descriptors as the system allows at most, and returns how many.
int64_t AllowManyDescriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int64_t>(limit.rlim_cur);
}

void Open(const std::string& address, int64_t count, absl::string_view bytes,
          Connections& connections) {
  for (int64_t i = 0; i < count; ++i) {
    connections.push_back(std::make_unique<HttpConnection>(address));
    connections.back()->Send(bytes);
  }
}

using ConnectionAttackTest = AttackTest;

// Fewer where the system allows fewer descriptors.
TEST_F(ConnectionAttackTest, TenThousandConnectionsCostBoundedMemory) {
  constexpr int64_t kOfHttp = 4000;  // The listener takes 4,096.
  constexpr int64_t kMostBytesOfEach = 48 << 10;
  const int64_t count = std::min<int64_t>(10'000, AllowManyDescriptors() - 500);
  RecordProperty("connections", std::to_string(count));
  ASSERT_GT(count, 2 * kOfHttp / 10);
  const int64_t of_http = std::min(kOfHttp, count / 2);
  const int64_t before = ResidentBytes();
  {
    Connections connections;
    Open(http(), of_http, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", connections);
    Open(grpc(), count - of_http, http2::Opening(), connections);
    EXPECT_EQ(connections.front()->Read().code, 200);
    EXPECT_TRUE(GrpcAnswers());
    EXPECT_TRUE(HttpAnswers());
    EXPECT_LT(ResidentBytes() - before, count * kMostBytesOfEach);
    RecordProperty("bytes_of_each", std::to_string((ResidentBytes() - before) / count));
  }
  EXPECT_TRUE(GrpcAnswers());
}

// Whoever is in goes on, what is stored can be written, and both ports take new clients as soon as
// there is room: gRPC's own listener would never again.
TEST_F(ConnectionAttackTest, MoreConnectionsThanDescriptorsCloseNoPortForGood) {
  constexpr rlim_t kDescriptors = 300;
  const rlimit limit = {kDescriptors, kDescriptors};
  ASSERT_EQ(prlimit(server(), RLIMIT_NOFILE, &limit, nullptr), 0);
  AllowManyDescriptors();
  HttpConnection inside(http());
  const std::string health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(inside.Send(health));
  ASSERT_EQ(inside.Read().code, 200);
  {
    Connections connections;
    Open(grpc(), 2 * kDescriptors, http2::Opening(), connections);
    Open(http(), 2 * kDescriptors, health, connections);
    EXPECT_FALSE(GrpcAnswers());
    v1::CreateDatasetRequest request;
    request.set_dataset_id("written");
    request.mutable_dataset()->mutable_generator()->set_generator(v1::GENERATOR_XOR);
    ASSERT_TRUE(inside.Send(
        GrpcWebRequest("/percept.v1.DatasetService/CreateDataset", request.SerializeAsString())));
    const GrpcWebAnswer answer = GrpcWebAnswerOf(inside.Read());
    EXPECT_EQ(answer.code, 0) << answer.error;
  }
  while (!GrpcAnswers() || !HttpAnswers()) absl::SleepFor(absl::Milliseconds(20));
}

// A server of TLS besides that of the fixture.
class SlowClientTest : public AttackTest {
 protected:
  SlowClientTest() {
    const IssuedCertificate issued = TestAuthority().Issue("server");
    std::ofstream(folder().File("tls.pem")) << issued.certificate;
    std::ofstream(folder().File("tls.key")) << issued.key;
    tls_ = std::make_unique<PerceptdProcess>(std::vector<std::string>{
        "--data-dir", folder().File("tls"), "--grpc-address", "127.0.0.1:0", "--tls-cert",
        folder().File("tls.pem"), "--tls-key", folder().File("tls.key")});
    tls_grpc_ = tls_->WaitForAddress();
    std::ifstream(folder().File("tls/http-address")) >> tls_http_;
  }

  std::unique_ptr<PerceptdProcess> tls_;
  std::string tls_grpc_;
  std::string tls_http_;
};

// All at once: each is given ten seconds.
TEST_F(SlowClientTest, WhoDoesNotComeToTheEndIsSentAway) {
  const std::string hello("\x16\x03\x01\x02\0\x01\0\x01", 8);
  const std::string headers = "POST /percept.v1.ServerService/GetServerInfo HTTP/1.1\r\nHost: loc";
  Connections connections;
  for (const std::string& sent :
       {std::string(), std::string(http2::kPreface).substr(0, 10), std::string(http2::kPreface)}) {
    Open(grpc(), 20, sent, connections);
  }
  Open(http(), 20, headers, connections);
  for (const std::string& address : {tls_grpc_, tls_http_}) {
    for (const std::string& sent : {std::string(), hello.substr(0, 1), hello}) {
      Open(address, 20, sent, connections);
    }
  }
  EXPECT_TRUE(GrpcAnswers());
  EXPECT_TRUE(HttpAnswers());
  for (const auto& connection : connections) EXPECT_TRUE(connection->IsClosedByServer());
}

}  // namespace
}  // namespace percept::testing
