// TLS on both ports of a whole server: who is served, who is not, and certificates that change.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include <openssl/ssl.h>

#include "client/lib/client.h"
#include "percept/v1/dataset_service.pb.h"
#include "server/base/certificate_files.h"
#include "server/web/http_server.h"
#include "tests/support/http_client.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_authority.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using client::Client;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

constexpr char kServerInfo[] = "/percept.v1.ServerService/GetServerInfo";
constexpr char kSubscribe[] = "/percept.v1.SubscriptionService/Subscribe";
constexpr char kHealthz[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that are gone.
    Write(authority_.Issue("server"));
  }

  void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  void Write(const IssuedCertificate& issued) {
    Write(options_.tls_cert, issued.certificate);
    Write(options_.tls_key, issued.key);
  }

  // Has to be called by the test, when everything is prepared.
  void Serve() { server_ = std::make_unique<TestServer>(options_); }
  void AskForCertificates() {
    options_.tls_client_ca = folder_.File("clients.pem");
    Write(options_.tls_client_ca, authority_.certificate());
  }

  std::string http() { return server_->server().http_address(); }
  HttpTls Trusting(const TestAuthority& authority) const { return {.ca = authority.certificate()}; }
  HttpTls Showing(const IssuedCertificate& own) const {
    return {.ca = authority_.certificate(), .certificate = own.certificate, .key = own.key};
  }

  Client ClientWith(const HttpTls& tls) {
    return Client({.server = "https://" + server_->address(),
                   .tls = {.ca = tls.ca, .certificate = tls.certificate, .key = tls.key},
                   .attempts = 1});
  }
  Client TrustingClient() { return ClientWith(Trusting(authority_)); }

  // Whether each port serves somebody who comes like this.
  void ExpectServed(const HttpTls& tls) {
    EXPECT_TRUE(ClientWith(tls).GetServerInfo().ok());
    HttpConnection connection(http(), tls);
    EXPECT_TRUE(connection.Send(kHealthz));
    EXPECT_EQ(connection.Read().code, 200);
  }
  void ExpectRefused(const HttpTls& tls, const std::string& why) {
    const absl::Status status = ClientWith(tls).GetServerInfo().status();
    EXPECT_TRUE(absl::IsUnavailable(status));
    EXPECT_THAT(status.message(), HasSubstr(why));
    HttpConnection connection(http(), tls);
    connection.Send(kHealthz);
    EXPECT_EQ(connection.Read().code, 0);
  }

  void WaitForNoStreams(Client& client) {
    while (client.GetServerInfo()->open_streams() > 0) absl::SleepFor(absl::Milliseconds(5));
  }

  TempDir folder_;
  TestAuthority authority_;
  app::Options options_{.http_address = "127.0.0.1:0",
                        .tls_cert = folder_.File("server.pem"),
                        .tls_key = folder_.File("server.key")};
  std::unique_ptr<TestServer> server_;
};

TEST_F(TlsTest, BothPortsServeWhoTrustsTheAuthority) {
  Serve();
  ExpectServed(Trusting(authority_));
  EXPECT_EQ(server_->server().dashboard_url(), absl::StrCat("https://", http(), "/"));
}

TEST_F(TlsTest, HealthIsAnsweredOnBothPorts) {
  Serve();
  const auto health = TrustingClient().CheckHealth();
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->status(), HealthCheckResponse::SERVING);
  HttpConnection connection(http(), Trusting(authority_));
  ASSERT_TRUE(connection.Send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(connection.Read().body, "ready\n");
}

TEST_F(TlsTest, ConnectionServesOneRequestAfterTheOther) {
  Serve();
  HttpConnection connection(http(), Trusting(authority_));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(connection.Send(kHealthz));
    EXPECT_EQ(connection.Read().body, "ok\n");
    ASSERT_TRUE(connection.Send(GrpcWebRequest(kServerInfo, "")));
    EXPECT_EQ(GrpcWebAnswerOf(connection.Read()).code, 0);
  }
}

TEST_F(TlsTest, RequestsSentAheadAreAnsweredInOrder) {
  Serve();
  HttpConnection connection(http(), Trusting(authority_));
  std::string requests;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&requests, GrpcWebRequest(kServerInfo, ""));
  ASSERT_TRUE(connection.Send(absl::StrCat(requests, kHealthz)));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(GrpcWebAnswerOf(connection.Read()).code, 0);
  EXPECT_EQ(connection.Read().body, "ok\n");
}

TEST_F(TlsTest, LargeAnswersComeWhole) {
  Serve();
  Client client = TrustingClient();
  ASSERT_TRUE(
      client.CreateDataset(GeneratedDataset("large", v1::GENERATOR_TWO_CLASS, 200'000)).ok());
  v1::ExportDatasetRequest request;
  request.set_name("datasets/large");
  std::string file;
  ASSERT_TRUE(client
                  .ExportDataset(request,
                                 [&file](absl::string_view data, int64_t) {
                                   file.append(data.data(), data.size());
                                   return absl::OkStatus();
                                 })
                  .ok());
  HttpConnection connection(http(), Trusting(authority_));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(connection.Send(
        GrpcWebRequest("/percept.v1.DatasetService/ExportDataset", request.SerializeAsString())));
    const GrpcWebAnswer answer = GrpcWebAnswerOf(connection.Read());
    EXPECT_EQ(answer.code, 0);
    EXPECT_GT(answer.message.size(), file.size());
  }
  EXPECT_GT(file.size(), 1 << 20);
}

TEST_F(TlsTest, PagesLargerThanARecordComeWhole) {
  options_.dashboard_dir = folder_.File("pages");
  std::filesystem::create_directories(options_.dashboard_dir);
  std::string page;
  while (page.size() < 300'000) absl::StrAppend(&page, page.size(), "\n");
  Write(absl::StrCat(options_.dashboard_dir, "/index.html"), page);
  Serve();
  HttpConnection connection(http(), Trusting(authority_));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(connection.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(connection.Read().body, page);
  }
}

TEST_F(TlsTest, BrowserThatLeavesEndsItsCall) {
  Serve();
  Client client = TrustingClient();
  for (const bool politely : {true, false}) {
    HttpConnection connection(http(), Trusting(authority_));
    ASSERT_TRUE(connection.Send(GrpcWebRequest(kSubscribe, "")));
    EXPECT_EQ(connection.ReadHead().code, 200);
    connection.ReadChunk();
    EXPECT_EQ(client.GetServerInfo()->open_streams(), 1);
    politely ? connection.CloseTls() : connection.Close();
    WaitForNoStreams(client);
  }
}

TEST_F(TlsTest, RefusalsAreReadBeforeTheEnd) {
  Serve();
  HttpConnection connection(http(), Trusting(authority_));
  ASSERT_TRUE(
      connection.Send(absl::StrCat("GET / HTTP/1.1\r\nX: ", std::string(20'000, 'x'), "\r\n\r\n")));
  EXPECT_EQ(connection.Read().code, 431);
  EXPECT_TRUE(connection.IsClosedByServer());
}

TEST_F(TlsTest, AnotherAuthorityIsNotTrusted) {
  Serve();
  ExpectRefused(Trusting(TestAuthority()), "its certificate is not trusted");
}

TEST_F(TlsTest, ExpiredCertificateIsNotTrusted) {
  Write(authority_.Issue("server", absl::Minutes(30)));
  Serve();
  ExpectRefused(Trusting(authority_), "its certificate is not trusted");
}

TEST_F(TlsTest, ClientsNeedACertificateWhereOneIsAskedFor) {
  AskForCertificates();
  Serve();
  ExpectServed(Showing(authority_.Issue("ann")));
  ExpectRefused(Trusting(authority_), "if it asks for a certificate, name yours with --tls-cert");
  ExpectRefused(Showing(TestAuthority().Issue("mallory")), "");
  ExpectRefused(Showing(authority_.Issue("late", absl::Minutes(30))), "");
}

TEST_F(TlsTest, VersionsBefore12AreRefused) {
  Serve();
  HttpTls tls = Trusting(authority_);
  tls.max_version = TLS1_2_VERSION;
  for (const std::string& address : {http(), server_->address()}) {
    EXPECT_TRUE(HttpConnection(address, tls).Send("x"));
  }
  tls.max_version = TLS1_1_VERSION;
  for (const std::string& address : {http(), server_->address()}) {
    EXPECT_FALSE(HttpConnection(address, tls).Send("x"));
  }
}

TEST_F(TlsTest, ChangedCertificateIsTakenOverAndOpenConnectionsGoOn) {
  Serve();
  Client before = TrustingClient();
  HttpConnection browser(http(), Trusting(authority_));
  ASSERT_TRUE(browser.Send(GrpcWebRequest(kSubscribe, "")));
  EXPECT_EQ(browser.ReadHead().code, 200);
  ASSERT_TRUE(before.GetServerInfo().ok());
  TestAuthority next;
  Write(next.Issue("server"));
  while (!HttpConnection(http(), Trusting(next)).Send("x")) absl::SleepFor(absl::Milliseconds(20));
  ExpectServed(Trusting(next));
  ExpectRefused(Trusting(authority_), "its certificate is not trusted");
  EXPECT_EQ(before.GetServerInfo()->open_streams(), 1);
  EXPECT_NE(browser.ReadChunk(), "");
}

TEST_F(TlsTest, BrokenNewCertificateIsToldAndLeavesTheOneBefore) {
  PerceptdProcess process({"--data-dir", folder_.File("data"), "--grpc-address", "127.0.0.1:0",
                           "--http-address", "none", "--tls-cert", options_.tls_cert, "--tls-key",
                           options_.tls_key});
  const std::string address = process.WaitForAddress();
  Write(options_.tls_cert, "nonsense");
  while (!absl::StrContains(process.standard_error(), "cannot use the changed certificate")) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_TRUE(HttpConnection(address, Trusting(authority_)).Send("x"));
  TestAuthority next;
  Write(next.Issue("server"));
  while (!HttpConnection(address, Trusting(next)).Send("x")) absl::SleepFor(absl::Milliseconds(20));
}

TEST_F(TlsTest, PlainClientsAreToldOfTls) {
  Serve();
  HttpConnection browser(http());
  ASSERT_TRUE(browser.Send(kHealthz));
  const HttpResponse response = browser.Read();
  EXPECT_EQ(response.code, 400);
  EXPECT_THAT(response.body, HasSubstr("https://"));
  Client client({.server = server_->address(), .attempts = 1});
  const absl::Status status = client.GetServerInfo().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(status.message(),
              HasSubstr(absl::StrCat("if it speaks TLS, name it as https://", server_->address())));
}

TEST_F(TlsTest, ClientsOfTlsAreToldOfAPlainServer) {
  options_.tls_cert = options_.tls_key = "";
  Serve();
  const absl::Status status = TrustingClient().GetServerInfo().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(status.message(), HasSubstr(absl::StrCat("it does not speak TLS; name it as http://",
                                                       server_->address())));
}

// A listener of its own, with limits that are soon reached.
TEST_F(TlsTest, HandshakeThatDoesNotEndIsDropped) {
  Serve();
  auto files = CertificateFiles::Open({options_.tls_cert, options_.tls_key, ""});
  ASSERT_TRUE(files.ok()) << files.status();
  const auto listener = web::HttpServer::Start({.address = "127.0.0.1:0",
                                                .grpc_target = server_->address(),
                                                .certificates = *std::move(files),
                                                .handshake_timeout = absl::Milliseconds(20)});
  ASSERT_TRUE(listener.ok()) << listener.status();
  HttpConnection silent((*listener)->address());
  EXPECT_TRUE(silent.IsClosedByServer());
  HttpConnection slow((*listener)->address());
  ASSERT_TRUE(slow.Send(absl::string_view("\x16\x03\x01\x02\0\x01", 6)));
  EXPECT_TRUE(slow.IsClosedByServer());
  HttpConnection odd((*listener)->address());
  ASSERT_TRUE(odd.Send(absl::StrCat("\x16", std::string(5000, '\xff'))));
  EXPECT_TRUE(odd.IsClosedByServer());
}

}  // namespace
}  // namespace percept::testing
