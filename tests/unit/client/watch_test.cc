#include "client/lib/watch.h"

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/client/fake_server.h"

namespace percept::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Script = FakeServer::WatchScript;

void Send(FakeServer::Writer* writer, std::vector<int64_t> indices, int64_t skipped = 0) {
  v1::WatchSnapshotsResponse message;
  for (const int64_t index : indices) message.add_snapshots()->set_index(index);
  message.set_skipped(skipped);
  writer->Write(message);
}

void SendEnd(FakeServer::Writer* writer, int64_t snapshot_count) {
  v1::WatchSnapshotsResponse message;
  message.mutable_ended()->mutable_job()->set_state(v1::JOB_STATE_SUCCEEDED);
  message.mutable_ended()->mutable_job()->mutable_progress()->set_snapshot_count(snapshot_count);
  writer->Write(message);
}

// Sends the snapshots, then breaks off.
Script Broken(std::vector<int64_t> indices) {
  return [indices](grpc::ServerContext*, FakeServer::Writer* writer) {
    Send(writer, indices);
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping", "details");
  };
}

// Sends the snapshots and the end of a job with `count` of them.
Script Complete(std::vector<int64_t> indices, int64_t count) {
  return [indices, count](grpc::ServerContext*, FakeServer::Writer* writer) {
    Send(writer, indices);
    SendEnd(writer, count);
    return grpc::Status::OK;
  };
}

// Sends the snapshots, then nothing, until the client leaves.
Script Silent(std::vector<int64_t> indices) {
  return [indices](grpc::ServerContext* context, FakeServer::Writer* writer) {
    Send(writer, indices);
    // Writing an empty message would be a sign of life, so only look whether the client is there.
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  };
}

class Recorder : public WatchVisitor {
 public:
  void OnSnapshot(const v1::Snapshot& snapshot, int64_t skipped) override {
    indices.push_back(snapshot.index());
    skips.push_back(skipped);
    if (on_snapshot) on_snapshot();
  }
  void OnHeartbeat(const v1::Heartbeat&) override { ++heartbeats; }
  void OnDisconnected(const absl::Status&, int64_t next_index) override {
    losses.push_back(next_index);
  }
  void OnReconnected() override { ++returns; }

  std::vector<int64_t> indices;
  std::vector<int64_t> skips;
  std::vector<int64_t> losses;
  int heartbeats = 0;
  int returns = 0;
  std::function<void()> on_snapshot;
};

class WatchTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::Job> Run(const FakeServer& server) { return Run(server.address()); }

  absl::StatusOr<v1::Job> Run(const std::string& address) {
    ClientOptions client_options;
    client_options.server = address;
    client_options.cancellation = &cancellation_;
    Client client(client_options);
    options_.job = "jobs/x";
    return Watch(client, options_, seen_);
  }

  WatchTest() { options_.backoff = {absl::Milliseconds(1), absl::Milliseconds(5), 2}; }

  Cancellation cancellation_;
  WatchOptions options_;
  Recorder seen_;
};

TEST_F(WatchTest, ShowsAllAndReturnsTheJobInItsFinalState) {
  const FakeServer server({Complete({0, 1, 2}, 3)}, {});
  const auto job = Run(server);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(seen_.indices, ElementsAre(0, 1, 2));
  EXPECT_THAT(seen_.losses, SizeIs(0));
}

TEST_F(WatchTest, ResumesAfterEachLossWhereItWas) {
  const FakeServer server({Broken({0, 1}), Broken({2}), Broken({}), Complete({3}, 4)}, {});
  ASSERT_TRUE(Run(server).ok());
  EXPECT_THAT(seen_.indices, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(server.starts(), ElementsAre(0, 2, 3, 3));
  EXPECT_EQ(seen_.losses.front(), 2);
  EXPECT_EQ(seen_.returns, static_cast<int>(seen_.losses.size()));
}

TEST_F(WatchTest, DropsWhatItHasShownBefore) {
  const FakeServer server({Broken({0, 1, 2}), Complete({1, 2, 3}, 4)}, {});
  ASSERT_TRUE(Run(server).ok());
  EXPECT_THAT(seen_.indices, ElementsAre(0, 1, 2, 3));
}

TEST_F(WatchTest, AsksAgainForASnapshotThatWasLeftOut) {
  const FakeServer server({Complete({0, 2}, 3), Complete({1, 2}, 3)}, {});
  ASSERT_TRUE(Run(server).ok());
  EXPECT_THAT(seen_.indices, ElementsAre(0, 1, 2));
  EXPECT_THAT(server.starts(), ElementsAre(0, 1));
}

TEST_F(WatchTest, FailsWhenTheSameSnapshotIsLeftOutTwice) {
  const FakeServer server({Complete({0, 2}, 3)}, {});
  const absl::Status status = Run(server).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr("left out snapshot 1 of jobs/x"));
}

TEST_F(WatchTest, DoesNotBelieveAnEndThatComesTooEarly) {
  const FakeServer server({Complete({0}, 3), Complete({1, 2}, 3)}, {});
  ASSERT_TRUE(Run(server).ok());
  EXPECT_THAT(seen_.indices, ElementsAre(0, 1, 2));
}

TEST_F(WatchTest, AllowsGapsAndTellsHowManyWhenOnlyTheLatestIsWanted) {
  options_.delivery = v1::DELIVERY_LATEST;
  const Script script = [](grpc::ServerContext*, FakeServer::Writer* writer) {
    Send(writer, {0});
    Send(writer, {5}, 4);
    SendEnd(writer, 6);
    return grpc::Status::OK;
  };
  const FakeServer server({script}, {});
  ASSERT_TRUE(Run(server).ok());
  EXPECT_THAT(seen_.indices, ElementsAre(0, 5));
  EXPECT_THAT(seen_.skips, ElementsAre(0, 4));
}

TEST_F(WatchTest, LeavesASilentServerAndResumes) {
  options_.silence_limit = absl::Milliseconds(100);
  const FakeServer server({Silent({0}), Complete({1}, 2)}, {});
  ASSERT_TRUE(Run(server).ok());
  EXPECT_THAT(seen_.indices, ElementsAre(0, 1));
  EXPECT_THAT(seen_.losses, ElementsAre(1));
}

TEST_F(WatchTest, ComesBackForTheRestWhenItWasSentAwayForReadingTooSlowly) {
  const Script sent_away = [](grpc::ServerContext*, FakeServer::Writer* writer) {
    Send(writer, {0, 1});
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the viewer left a message unread");
  };
  const FakeServer server({sent_away, Complete({2}, 3)}, {});
  ASSERT_TRUE(Run(server).ok());
  EXPECT_THAT(seen_.indices, ElementsAre(0, 1, 2));
  EXPECT_THAT(server.starts(), ElementsAre(0, 2));
}

TEST_F(WatchTest, ReturnsThatThereAreTooManyStreams) {
  const Script full = [](grpc::ServerContext*, FakeServer::Writer*) {
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "streams: at most 1", "details");
  };
  const FakeServer server({full}, {});
  EXPECT_TRUE(absl::IsResourceExhausted(Run(server).status()));
  EXPECT_THAT(server.starts(), SizeIs(1));
}

TEST_F(WatchTest, ReturnsWhatTheServerRefuses) {
  const Script script = [](grpc::ServerContext*, FakeServer::Writer*) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "jobs/x: no such job", "details");
  };
  const FakeServer server({script}, {});
  const absl::Status status = Run(server).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(), "jobs/x: no such job");
  EXPECT_THAT(server.starts(), SizeIs(1));
}

TEST_F(WatchTest, GivesUpWhenTheServerStaysAway) {
  options_.give_up_after = absl::Milliseconds(50);
  const absl::Status status = Run("127.0.0.1:1").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(status.message(), HasSubstr("cannot reach a server at 127.0.0.1:1"));
  EXPECT_THAT(seen_.losses, SizeIs(1));
}

TEST_F(WatchTest, EndsAtOnceWhenCancelledWhileTheServerIsSilent) {
  const FakeServer server({Silent({0})}, {});
  absl::Notification first;
  seen_.on_snapshot = [&] { first.Notify(); };
  std::thread canceller([&] {
    first.WaitForNotification();
    cancellation_.Cancel();
  });
  const absl::Time start = absl::Now();
  EXPECT_TRUE(absl::IsCancelled(Run(server).status()));
  EXPECT_LT(absl::Now() - start, options_.silence_limit / 2);
  canceller.join();
}

TEST_F(WatchTest, EndsAtOnceWhenCancelledBetweenAttempts) {
  options_.backoff = {absl::Hours(1), absl::Hours(1), 1};
  std::thread canceller([&] { cancellation_.Cancel(); });
  EXPECT_TRUE(absl::IsCancelled(Run("127.0.0.1:1").status()));
  canceller.join();
}

}  // namespace
}  // namespace percept::client
