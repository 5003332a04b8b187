// The HTTP listener before a whole server: files, gRPC-Web, limits, and clients who mean no good.
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "percept/v1/dataset_service.pb.h"
#include "percept/v1/job_service.pb.h"
#include "percept/v1/server_service.pb.h"
#include "percept/v1/subscription_service.pb.h"
#include "server/web/http_server.h"
#include "tests/support/http_client.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kServerInfo[] = "/percept.v1.ServerService/GetServerInfo";
constexpr char kSubscribe[] = "/percept.v1.SubscriptionService/Subscribe";
constexpr int kNotFound = 5;
constexpr int kInvalidArgument = 3;
constexpr int kResourceExhausted = 8;
constexpr int kUnimplemented = 12;
constexpr int kUnavailable = 14;

app::Options WithHttp() {
  app::Options options;
  options.http_address = "127.0.0.1:0";
  return options;
}

class HttpTest : public ::testing::Test {
 protected:
  std::string http() { return server_.server().http_address(); }

  v1::GetServerInfoResponse Info() {
    v1::GetServerInfoResponse info;
    EXPECT_TRUE(client_.GetServerInfo(&info).ok());
    return info;
  }

  // Waits, as long as the test may take, until nobody watches any more.
  void WaitForNoStreams() {
    while (Info().open_streams() > 0) absl::SleepFor(absl::Milliseconds(5));
  }

  TestServer server_{WithHttp()};
  RpcClient client_{server_.address()};
};

TEST_F(HttpTest, ListenerIsNamedByTheServer) {
  EXPECT_THAT(Info().http_addresses(), Contains(http()));
  std::ifstream file(server_.data_dir() + "/http-address");
  std::string published;
  file >> published;
  EXPECT_EQ(published, http());
}

TEST_F(HttpTest, HealthAndReadinessAreAnswered) {
  EXPECT_EQ(HttpGet(http(), "/healthz").code, 200);
  EXPECT_EQ(HttpGet(http(), "/readyz").body, "ready\n");
}

TEST_F(HttpTest, ServerWithoutADashboardSaysSo) {
  const HttpResponse response = HttpGet(http(), "/");
  EXPECT_EQ(response.code, 404);
  EXPECT_THAT(response.body, HasSubstr("--dashboard-dir"));
}

TEST_F(HttpTest, ConnectionServesOneRequestAfterTheOther) {
  HttpConnection connection(http());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        connection.Send(absl::StrCat("HEAD /healthz HTTP/1.1\r\nHost: ", http(), "\r\n\r\n")));
    const HttpResponse response = connection.Read(/*head_only=*/true);
    EXPECT_EQ(response.code, 200);
    EXPECT_EQ(response.headers.at("content-length"), "3");
    ASSERT_TRUE(connection.Send(GrpcWebRequest(kServerInfo, "")));
    EXPECT_EQ(GrpcWebAnswerOf(connection.Read()).code, 0);
  }
}

TEST_F(HttpTest, RequestsSentAheadAreAnsweredInOrder) {
  HttpConnection connection(http());
  std::string requests;
  for (int i = 0; i < 5; ++i) absl::StrAppend(&requests, GrpcWebRequest(kServerInfo, ""));
  absl::StrAppend(&requests, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(connection.Send(requests));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(GrpcWebAnswerOf(connection.Read()).code, 0);
  EXPECT_EQ(connection.Read().body, "ok\n");
}

TEST_F(HttpTest, CallIsPassedThroughToGrpc) {
  const GrpcWebAnswer answer = GrpcWebCall(http(), kServerInfo, "");
  EXPECT_EQ(answer.code, 0);
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(info.ParseFromString(answer.message));
  EXPECT_THAT(info.grpc_addresses(), Contains(server_.address()));
}

TEST_F(HttpTest, ErrorsComeWithCodeMessageAndDetails) {
  v1::GetJobRequest request;
  request.set_name("jobs/none");
  HttpConnection connection(http());
  ASSERT_TRUE(connection.Send(
      GrpcWebRequest("/percept.v1.JobService/GetJob", request.SerializeAsString())));
  const HttpResponse response = connection.Read();
  const GrpcWebAnswer answer = GrpcWebAnswerOf(response);
  EXPECT_EQ(answer.code, kNotFound);
  EXPECT_THAT(answer.error, HasSubstr("none"));
  EXPECT_THAT(response.body, HasSubstr("grpc-status-details-bin: "));
  EXPECT_EQ(GrpcWebCall(http(), "/percept.v1.NoService/None", "").code, kUnimplemented);
}

TEST_F(HttpTest, OwnerIsPassedOn) {
  v1::CreateDatasetRequest request;
  request.set_dataset_id("mine");
  request.mutable_dataset()->mutable_generator()->set_generator(v1::GENERATOR_XOR);
  const GrpcWebAnswer answer = GrpcWebCall(http(), "/percept.v1.DatasetService/CreateDataset",
                                           request.SerializeAsString(), "Percept-Owner: ann\r\n");
  EXPECT_EQ(answer.code, 0) << answer.error;
  v1::Dataset dataset;
  ASSERT_TRUE(dataset.ParseFromString(answer.message));
  EXPECT_EQ(dataset.owner(), "ann");
}

TEST_F(HttpTest, StreamGivesMessagesAsTheyCome) {
  HttpConnection connection(http());
  ASSERT_TRUE(connection.Send(GrpcWebRequest(kSubscribe, "")));
  EXPECT_EQ(connection.ReadHead().code, 200);
  const std::string first = connection.ReadChunk();
  v1::SubscribeResponse opened;
  ASSERT_GT(first.size(), 5u);
  ASSERT_TRUE(opened.ParseFromString(first.substr(5)));
  EXPECT_NE(opened.opened().subscription_id(), "");
  EXPECT_EQ(Info().open_streams(), 1);
}

TEST_F(HttpTest, BrowserThatLeavesEndsItsCall) {
  {
    HttpConnection connection(http());
    ASSERT_TRUE(connection.Send(GrpcWebRequest(kSubscribe, "")));
    EXPECT_NE(connection.ReadHead().code, 0);
    connection.ReadChunk();
    ASSERT_EQ(Info().open_streams(), 1);
  }
  WaitForNoStreams();
}

TEST_F(HttpTest, StopEndsStreamsWithTheReason) {
  HttpConnection connection(http());
  ASSERT_TRUE(connection.Send(GrpcWebRequest(kSubscribe, "")));
  EXPECT_EQ(connection.ReadHead().code, 200);
  connection.ReadChunk();
  server_.Stop();
  HttpResponse rest;
  for (std::string chunk = connection.ReadChunk(); !chunk.empty(); chunk = connection.ReadChunk()) {
    rest.body += chunk;
  }
  EXPECT_EQ(GrpcWebAnswerOf(rest).code, kUnavailable);
  EXPECT_TRUE(connection.IsClosedByServer());
}

TEST_F(HttpTest, StopClosesConnectionsThatAreIdle) {
  HttpConnection connection(http());
  ASSERT_TRUE(connection.Send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(connection.Read().code, 200);
  server_.Stop();
  EXPECT_TRUE(connection.IsClosedByServer());
}

std::string Post(const std::string& headers, const std::string& body = "") {
  return absl::StrCat("POST ", kServerInfo, " HTTP/1.1\r\n", headers, "\r\n", body);
}

TEST_F(HttpTest, BadRequestsAreRefusedInWords) {
  const std::string type = "Content-Type: application/grpc-web+proto\r\n";
  const struct {
    std::string request;
    int code;
    const char* text;
  } cases[] = {
      {"hello\r\n\r\n", 400, "not a request"},
      {"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 505, "HTTP/1.1"},
      {"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 421, "Host: must be localhost"},
      {"GET / HTTP/1.1\r\n\r\n", 421, "Host"},
      {"PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "GET and HEAD"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 400, "body"},
      {absl::StrCat("GET / HTTP/1.1\r\nHost: localhost\r\nX: ", std::string(20'000, 'x'),
                    "\r\n\r\n"),
       431, "too large"},
      {Post("Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 0\r\n"), 415,
       "application/grpc-web+proto"},
      {Post(type + "Host: localhost\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 411,
       "Content-Length"},
      {Post(type + "Host: example.com\r\nContent-Length: 0\r\n"), 421, "Host"},
  };
  for (const auto& bad : cases) {
    SCOPED_TRACE(bad.request.substr(0, 80));
    HttpConnection connection(http());
    ASSERT_TRUE(connection.Send(bad.request));
    const HttpResponse response = connection.Read();
    EXPECT_EQ(response.code, bad.code);
    EXPECT_THAT(response.body, HasSubstr(bad.text));
  }
}

TEST_F(HttpTest, BadCallsAreRefusedAsGrpcDoes) {
  const std::string start =
      "Host: localhost\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: ";
  const struct {
    std::string request;
    int code;
    const char* text;
  } cases[] = {
      {Post(start + "0\r\n"), kInvalidArgument, "frame header"},
      {Post(start + "5\r\n", std::string("\x01\0\0\0\0", 5)), kInvalidArgument, "flags"},
      {Post(start + "7\r\n", std::string("\0\0\0\0\x03xy", 7)), kInvalidArgument, "says 3 bytes"},
      {Post(start + "99999999\r\n"), kResourceExhausted, "body: must have at most"},
      {Post(start + "5\r\nGrpc-Timeout: soon\r\n", std::string(5, '\0')), kInvalidArgument,
       "grpc-timeout: must be"},
      {Post(start + "5\r\nPercept-Owner: \xc3\xa4\r\n", std::string(5, '\0')), kInvalidArgument,
       "percept-owner"},
  };
  for (const auto& bad : cases) {
    SCOPED_TRACE(bad.text);
    HttpConnection connection(http());
    ASSERT_TRUE(connection.Send(bad.request));
    const GrpcWebAnswer answer = GrpcWebAnswerOf(connection.Read());
    EXPECT_EQ(answer.code, bad.code);
    EXPECT_THAT(answer.error, HasSubstr(bad.text));
  }
}

TEST_F(HttpTest, DeadlineOfTheBrowserCounts) {
  HttpConnection connection(http());
  ASSERT_TRUE(connection.Send(GrpcWebRequest(kSubscribe, "", "Grpc-Timeout: 50m\r\n")));
  constexpr int kDeadlineExceeded = 4;
  EXPECT_EQ(GrpcWebAnswerOf(connection.Read()).code, kDeadlineExceeded);
}

// Requests with bytes changed, cut off, doubled: each gets an answer or an end, and nobody else
// notices.
TEST_F(HttpTest, OddBytesHarmNobody) {
  std::mt19937 random(7);
  const std::vector<std::string> seeds = {
      GrpcWebRequest(kServerInfo, ""), GrpcWebRequest(kServerInfo, std::string(300, '\xff')),
      "GET /runs/abc?at=3 HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip;q=0.1, *\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [::1]:1\r\nIf-None-Match: W/\"a\", *\r\n\r\n"};
  const auto below = [&random](size_t limit) { return random() % limit; };
  for (int round = 0; round < 400; ++round) {
    std::string request = seeds[below(seeds.size())];
    for (size_t changes = 1 + below(4); changes > 0; --changes) {
      const size_t place = below(request.size());
      switch (below(4)) {
        case 0:
          request[place] = static_cast<char>(below(256));
          break;
        case 1:
          request.erase(place, 1 + below(20));
          break;
        case 2:
          request.insert(place, request.substr(0, below(request.size())));
          break;
        default:
          request.insert(place, 1, "\r\n:\0 ,;"[below(7)]);
      }
      if (request.empty()) request = " ";
    }
    HttpConnection connection(http());
    connection.Send(request);
    if (round % 2 == 0) connection.Send("\r\n\r\n");
  }
  EXPECT_EQ(HttpGet(http(), "/healthz").code, 200);
  WaitForNoStreams();
}

// A listener of its own, with limits that are soon reached, before the same server.
class HttpLimitsTest : public HttpTest {
 protected:
  std::unique_ptr<web::HttpServer> Listen(web::HttpServer::Options options) {
    options.address = "127.0.0.1:0";
    options.grpc_target = server_.address();
    auto started = web::HttpServer::Start(options);
    EXPECT_TRUE(started.ok()) << started.status();
    return *std::move(started);
  }

  static void WaitForNoConnections(const web::HttpServer& server) {
    while (server.connections() > 0) absl::SleepFor(absl::Milliseconds(5));
  }
};

TEST_F(HttpLimitsTest, ReaderWhoDoesNotReadIsSentAway) {
  const auto listener = Listen({.write_timeout = absl::Milliseconds(50)});
  v1::CreateDatasetRequest request;
  request.set_dataset_id("large");
  auto* generator = request.mutable_dataset()->mutable_generator();
  generator->set_generator(v1::GENERATOR_TWO_CLASS);
  generator->set_train_per_class(
      500'000);  // 8 MB of points: more than all buffers on the way hold.
  v1::Dataset dataset;
  ASSERT_EQ(
      GrpcWebCall(http(), "/percept.v1.DatasetService/CreateDataset", request.SerializeAsString())
          .code,
      0);
  v1::ExportDatasetRequest wanted;
  wanted.set_name("datasets/large");
  HttpConnection dead(listener->address(), /*receive_buffer_bytes=*/4096);
  ASSERT_TRUE(dead.Send(
      GrpcWebRequest("/percept.v1.DatasetService/ExportDataset", wanted.SerializeAsString())));
  while (listener->connections() == 0) absl::SleepFor(absl::Milliseconds(1));
  WaitForNoConnections(*listener);
  // Others are served as before.
  EXPECT_EQ(GrpcWebCall(listener->address(), kServerInfo, "").code, 0);
}

TEST_F(HttpLimitsTest, RequestThatDoesNotEndIsDropped) {
  const auto listener =
      Listen({.header_timeout = absl::Milliseconds(20), .body_timeout = absl::Milliseconds(20)});
  HttpConnection slow_header(listener->address());
  ASSERT_TRUE(slow_header.Send("GET / HTTP/1.1\r\nHost: loc"));
  EXPECT_TRUE(slow_header.IsClosedByServer());
  HttpConnection slow_body(listener->address());
  const std::string request = GrpcWebRequest(kServerInfo, std::string(100, 'x'));
  ASSERT_TRUE(slow_body.Send(absl::string_view(request).substr(0, request.size() - 1)));
  EXPECT_TRUE(slow_body.IsClosedByServer());
}

TEST_F(HttpLimitsTest, IdleConnectionIsClosed) {
  const auto listener = Listen({.idle_timeout = absl::Milliseconds(20)});
  HttpConnection idle(listener->address());
  EXPECT_TRUE(idle.IsClosedByServer());
}

TEST_F(HttpLimitsTest, OneConnectionTooManyIsTurnedAway) {
  const auto listener = Listen({.max_connections = 1});
  HttpConnection first(listener->address());
  ASSERT_TRUE(first.Send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(first.Read().code, 200);
  HttpConnection second(listener->address());
  const HttpResponse response = second.Read();
  EXPECT_EQ(response.code, 503);
  EXPECT_THAT(response.body, HasSubstr("--max-http-connections"));
  first.Close();
  WaitForNoConnections(*listener);
  EXPECT_EQ(HttpGet(listener->address(), "/healthz").code, 200);
}

TEST_F(HttpLimitsTest, RequestsUnderWayAreBoundedTogether) {
  const auto listener = Listen({.max_pending_body_bytes = 1000});
  const GrpcWebAnswer answer =
      GrpcWebCall(listener->address(), kServerInfo, std::string(2000, 'x'));
  EXPECT_EQ(answer.code, kResourceExhausted);
  EXPECT_THAT(answer.error, HasSubstr("too large together"));
  EXPECT_EQ(GrpcWebCall(listener->address(), kServerInfo, "").code, 0);
}

TEST_F(HttpLimitsTest, StopDropsWhoDoesNotReadAndEndsAllTheSame) {
  auto listener = Listen({});
  HttpConnection connection(listener->address());
  ASSERT_TRUE(connection.Send(GrpcWebRequest(kSubscribe, "")));
  EXPECT_EQ(connection.ReadHead().code, 200);
  connection.ReadChunk();
  listener->Stop(absl::ZeroDuration());
  listener.reset();
  EXPECT_TRUE(connection.IsClosedByServer());
  WaitForNoStreams();
}

TEST_F(HttpLimitsTest, GrpcOutOfReachIsUnavailable) {
  web::HttpServer::Options options{.address = "127.0.0.1:0"};
  const TempDir folder;
  options.grpc_target = absl::StrCat("unix:", folder.File("none.sock"));
  auto listener = web::HttpServer::Start(options);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(GrpcWebCall((*listener)->address(), kServerInfo, "").code, kUnavailable);
}

}  // namespace
}  // namespace percept::testing
