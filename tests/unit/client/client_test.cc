#include "client/lib/client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "absl/cleanup/cleanup.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/client/fake_dataset_server.h"
#include "tests/unit/client/fake_server.h"

namespace percept::client {
namespace {

using ::testing::HasSubstr;

grpc::Status Stopping(grpc::ServerContext*, v1::Job*) {
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping", "details");
}

grpc::Status Answer(grpc::ServerContext*, v1::Job* job) {
  job->set_name("jobs/x");
  return grpc::Status::OK;
}

grpc::Status Refuse(grpc::ServerContext*, v1::Job*) {
  return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "name: must be jobs/{job}", "details");
}

// Answers once the client has left.
grpc::Status Stall(grpc::ServerContext* context, v1::Job*) {
  while (!context->IsCancelled()) std::this_thread::yield();
  return grpc::Status::OK;
}

ClientOptions Options(const FakeServer& server) {
  ClientOptions options;
  options.server = server.address();
  options.backoff = {absl::Milliseconds(1), absl::Milliseconds(5), 2};
  return options;
}

TEST(Client, RepeatsWhatIsSafeWhileTheServerIsAway) {
  const FakeServer server({}, {Stopping, Stopping, Answer});
  Client client(Options(server));
  EXPECT_EQ(client.GetJob({})->name(), "jobs/x");
  EXPECT_EQ(server.job_calls(), 3);
}

TEST(Client, RepeatsOnlySoOften) {
  const FakeServer server({}, {Stopping});
  Client client(Options(server));
  EXPECT_EQ(client.GetJob({}).status(), absl::UnavailableError("the server is stopping"));
  EXPECT_EQ(server.job_calls(), 4);
}

TEST(Client, DoesNotRepeatWhatTheServerRefuses) {
  const FakeServer server({}, {Refuse});
  Client client(Options(server));
  EXPECT_EQ(client.GetJob({}).status(), absl::InvalidArgumentError("name: must be jobs/{job}"));
  EXPECT_EQ(server.job_calls(), 1);
}

TEST(Client, RepeatsASubmissionOnlyWithARequestId) {
  const FakeServer server({}, {Stopping, Answer});
  Client client(Options(server));
  v1::CreateJobRequest request;
  EXPECT_TRUE(absl::IsUnavailable(client.CreateJob(request).status()));
  EXPECT_EQ(server.job_calls(), 1);

  const FakeServer other({}, {Stopping, Answer});
  Client other_client(Options(other));
  request.set_request_id("once");
  EXPECT_EQ(other_client.CreateJob(request)->name(), "jobs/x");
}

TEST(Client, AsksForTheTestSplitOnceOnlySinceThatIsRecorded) {
  const FakeServer server({}, {});
  Client client(Options(server));
  EXPECT_TRUE(absl::IsUnavailable(client.EvaluateTest({}).status()));
  EXPECT_EQ(server.inspection_calls(), 1);
  EXPECT_TRUE(absl::IsUnavailable(client.EvaluateValidation({}).status()));
  EXPECT_EQ(server.inspection_calls(), 1 + 4);

  const FakeDatasetServer datasets([](const std::string&, int, bool) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping", "details");
  });
  ClientOptions options = Options(server);
  options.server = datasets.address();
  Client reader(options);
  v1::ReadExamplesRequest request;
  request.set_include_test(true);
  EXPECT_TRUE(absl::IsUnavailable(reader.ReadExamples(request).status()));
  EXPECT_EQ(datasets.calls("ReadExamples"), 1);
  request.set_include_test(false);
  EXPECT_TRUE(absl::IsUnavailable(reader.ReadExamples(request).status()));
  EXPECT_EQ(datasets.calls("ReadExamples"), 1 + 4);
}

TEST(Client, SaysWhoAsks) {
  const auto echo = [](grpc::ServerContext* context, v1::Job* job) {
    for (const auto& [key, value] : context->client_metadata()) {
      const std::string name(key.data(), key.size());
      if (name == "percept-owner") job->set_owner(std::string(value.data(), value.size()));
      if (name == "authorization") job->set_name(std::string(value.data(), value.size()));
    }
    return grpc::Status::OK;
  };
  const FakeServer server({}, {echo});
  ClientOptions options = Options(server);
  options.owner = "ann";
  options.token = "secret";
  const auto job = Client(options).GetJob({});
  EXPECT_EQ(job->owner(), "ann");
  EXPECT_EQ(job->name(), "Bearer secret");
}

TEST(Client, GivesUpOnAServerThatIsTooLate) {
  const FakeServer server({}, {Stall});
  ClientOptions options = Options(server);
  options.deadline = absl::Milliseconds(100);
  const absl::Status status = Client(options).GetJob({}).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(status.message(), HasSubstr(server.address()));
}

TEST(Client, EndsACallWhenCancelled) {
  Cancellation cancellation;
  const FakeServer server({}, {[&](grpc::ServerContext* context, v1::Job* job) {
                            cancellation.Cancel();
                            return Stall(context, job);
                          }});
  ClientOptions options = Options(server);
  options.cancellation = &cancellation;
  Client client(options);
  EXPECT_TRUE(absl::IsCancelled(client.GetJob({}).status()));
  EXPECT_TRUE(absl::IsCancelled(client.GetJob({}).status()));
}

// Without a server of gRPC's in this process, whose threads would make the client's connections.
TEST(Client, ConnectsWhileItWaitsForTheNextAttempt) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const absl::Cleanup close_listener = [listener] { close(listener); };
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ClientOptions options;
  options.server = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  Client client(options);
  ASSERT_TRUE(absl::IsUnavailable(client.CheckHealth().status()));

  ASSERT_EQ(listen(listener, 1), 0);
  EXPECT_FALSE(client.WaitToRetry(absl::Seconds(3)));

  const int connection = accept(listener, nullptr, nullptr);
  ASSERT_GE(connection, 0);
  const absl::Cleanup close_connection = [connection] { close(connection); };
  char greeting[3] = {};
  EXPECT_EQ(recv(connection, greeting, sizeof(greeting), MSG_DONTWAIT), 3);
  EXPECT_EQ(absl::string_view(greeting, 3), "PRI");
}

}  // namespace
}  // namespace percept::client
