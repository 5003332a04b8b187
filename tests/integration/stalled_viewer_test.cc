// Viewers who do not read what they are sent.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "client/lib/client.h"
#include "client/lib/watch.h"
#include "tests/support/rpc_client.h"
#include "tests/support/subscription_call.h"
#include "tests/support/test_server.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(30);

app::Options Impatient() {
  return {.workers = 2,
          .max_running_jobs_per_owner = 2,
          .max_streams = 4,
          .stall_timeout = absl::Milliseconds(200)};
}

// Snapshots of 262 kB each, 81 of them: more than any connection takes in without being read.
v1::JobSpec LargeSnapshots() {
  v1::JobSpec spec = MlpSpec("points", {256, 256}, /*epochs=*/4, /*batch_size=*/20);
  spec.mutable_training()->set_report_frequency(20);
  return spec;
}

v1::WatchSnapshotsRequest FullView(const std::string& job, int64_t start_index = 0) {
  v1::WatchSnapshotsRequest request;
  request.set_name(job);
  request.set_start_index(start_index);
  request.set_view(v1::SNAPSHOT_VIEW_FULL);
  return request;
}

class StalledViewerTest : public ::testing::Test {
 protected:
  explicit StalledViewerTest(app::Options options = Impatient()) : server_(std::move(options)) {
    v1::Dataset dataset;
    EXPECT_TRUE(
        client_.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
    v1::Job job;
    EXPECT_TRUE(client_.CreateJob(LargeSnapshots(), &job).ok());
    job_ = job.name();
  }

  int64_t OpenStreams() {
    v1::GetServerInfoResponse info;
    EXPECT_TRUE(client_.GetServerInfo(&info).ok());
    return info.open_streams();
  }

  // Asks over and over, since a viewer who is not there cannot be told.
  void AwaitOpenStreams(int64_t count) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (OpenStreams() != count) ASSERT_LT(absl::Now(), deadline) << OpenStreams();
  }

  v1::Job Get() {
    v1::Job job;
    EXPECT_TRUE(client_.GetJob(job_, &job).ok());
    return job;
  }

  TestServer server_;
  RpcClient client_{server_.address()};
  std::string job_;
};

class PatientServerTest : public StalledViewerTest {
 protected:
  PatientServerTest() : StalledViewerTest({.workers = 2, .max_running_jobs_per_owner = 2}) {}
};

// A viewer that opens a full watch, reads its first message, and then none.
class StalledViewer {
 public:
  StalledViewer(RpcClient& client, const std::string& job)
      : stub_(v1::SnapshotService::NewStub(client.channel())) {
    client.Prepare(context_, /*deadline_seconds=*/60);
    record_.request = FullView(job);
    reader_ = stub_->WatchSnapshots(&context_, record_.request);
    EXPECT_TRUE(Read());
  }
  ~StalledViewer() {
    context_.TryCancel();
    if (!is_read_) reader_->Finish();
  }

  bool Read() {
    v1::WatchSnapshotsResponse message;
    if (!reader_->Read(&message)) return false;
    Record(message, record_.events);
    return true;
  }

  // What it was sent, up to the end.
  const WatchRecord& ReadAll() {
    while (Read()) {
    }
    record_.status = reader_->Finish();
    is_read_ = true;
    return record_;
  }

 private:
  const std::unique_ptr<v1::SnapshotService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchSnapshotsResponse>> reader_;
  WatchRecord record_;
  bool is_read_ = false;
};

TEST_F(PatientServerTest, HoldsUpNeitherTrainingNorOthersForAViewerWhoDoesNotRead) {
  RpcClient other(server_.address());
  const StalledViewer stalled(other, job_);
  const WatchRecord watch = client_.Watch(FullView(job_));
  EXPECT_THAT(CheckWatch({watch}, Get()), IsEmpty());
  EXPECT_THAT(watch.Snapshots(), SizeIs(81));
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(PatientServerTest, StopsInTimeDespiteAViewerWhoDoesNotRead) {
  RpcClient other(server_.address());
  const StalledViewer stalled(other, job_);
  EXPECT_TRUE(client_.Watch(job_).Ended().has_value());
  const absl::Time start = absl::Now();
  server_.Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(StalledViewerTest, IsSentAwayWithItsCursorAndResumesThere) {
  EXPECT_TRUE(client_.Watch(job_).Ended().has_value());
  RpcClient other(server_.address());
  StalledViewer stalled(other, job_);
  AwaitOpenStreams(0);
  const WatchRecord cut = stalled.ReadAll();
  EXPECT_EQ(cut.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(cut.status.error_message(), HasSubstr("the viewer left a message unread for 200ms"));
  // All that was written has come, and the message names what follows.
  const auto next = static_cast<int64_t>(cut.Snapshots().size());
  EXPECT_LT(next, 81);
  EXPECT_THAT(cut.status.error_message(),
              HasSubstr(absl::StrCat("resume the watch at start_index ", next)));
  const WatchRecord rest = client_.Watch(FullView(job_, next));
  EXPECT_THAT(CheckWatch({cut, rest}, Get()), IsEmpty());
}

TEST_F(StalledViewerTest, WithASubscriptionIsSentAwayWithTheCursorsOfItsTopics) {
  EXPECT_TRUE(client_.Watch(job_).Ended().has_value());
  RpcClient other(server_.address());
  v1::Topic topic = SnapshotsTopic("large", job_);
  topic.mutable_snapshots()->set_view(v1::SNAPSHOT_VIEW_FULL);
  SubscriptionCall call(other, {topic, JobListTopic("list")});
  call.ReadUntil([](const auto& message) { return message.topic_id() == "large"; });
  AwaitOpenStreams(0);
  v1::SubscribeResponse message;
  while (call.Read(&message)) {
  }
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto next = static_cast<int64_t>(call.Watched("large").Snapshots().size());
  EXPECT_THAT(status.error_message(),
              HasSubstr(absl::StrCat("subscribe again, with topic large at start_index ", next)));
}

// Takes its time over one snapshot, until `dawdle` returns.
class Dawdler final : public client::WatchVisitor {
 public:
  explicit Dawdler(std::function<void()> dawdle) : dawdle_(std::move(dawdle)) {}

  void OnSnapshot(const v1::Snapshot& snapshot, int64_t) override {
    indices.push_back(snapshot.index());
    if (snapshot.index() == 3) dawdle_();
  }
  void OnHeartbeat(const v1::Heartbeat&) override {}
  void OnDisconnected(const absl::Status& why, int64_t) override {
    losses.emplace_back(why.message());
  }
  void OnReconnected() override {}

  std::vector<int64_t> indices;
  std::vector<std::string> losses;

 private:
  const std::function<void()> dawdle_;
};

TEST_F(StalledViewerTest, ComesBackByItselfWithTheClientLibrary) {
  EXPECT_TRUE(client_.Watch(job_).Ended().has_value());
  Dawdler dawdler([this] { AwaitOpenStreams(0); });
  client::Client client({.server = server_.address()});
  client::WatchOptions options;
  options.job = job_;
  options.view = v1::SNAPSHOT_VIEW_FULL;
  const absl::StatusOr<v1::Job> ended = client::Watch(client, options, dawdler);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->state(), v1::JOB_STATE_SUCCEEDED);
  std::vector<int64_t> all(81);
  for (size_t index = 0; index < all.size(); ++index) all[index] = static_cast<int64_t>(index);
  EXPECT_EQ(dawdler.indices, all);
  ASSERT_THAT(dawdler.losses, SizeIs(1));
  EXPECT_THAT(dawdler.losses[0], HasSubstr("left a message unread"));
}

TEST_F(StalledViewerTest, OfABusyJobIsNotSentAwayWhileItReads) {
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/1000000, /*batch_size=*/5);
  spec.mutable_training()->set_report_frequency(5);
  v1::Job busy;
  ASSERT_TRUE(client_.CreateJob(spec, &busy).ok());
  v1::WatchSnapshotsRequest request;
  request.set_name(busy.name());
  const absl::Time end = absl::Now() + 5 * Impatient().stall_timeout;
  const WatchRecord watch = client_.Watch(request, [&](const auto&) { return absl::Now() < end; });
  EXPECT_EQ(watch.status.error_code(), grpc::StatusCode::CANCELLED);  // By this viewer.
  EXPECT_TRUE(client_.CancelJob(busy.name(), &busy).ok());
}

TEST_F(StalledViewerTest, BeyondTheMostStreamsIsRefusedUntilOneEnds) {
  RpcClient other(server_.address());
  std::vector<std::unique_ptr<SubscriptionCall>> calls;
  for (int number = 0; number < 4; ++number) {
    calls.push_back(std::make_unique<SubscriptionCall>(other, std::vector<v1::Topic>{}));
    v1::SubscribeResponse opened;
    ASSERT_TRUE(calls.back()->Read(&opened));
  }
  const grpc::Status refused = client_.Watch(job_).status;
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(),
              HasSubstr("streams: at most 4 may be open at a time (--max-streams), 4 are"));
  EXPECT_EQ(DetailsOf(refused).info.reason(), "TOO_MANY_STREAMS");
  calls.pop_back();
  AwaitOpenStreams(3);
  EXPECT_TRUE(client_.Watch(job_).Ended().has_value());
}

}  // namespace
}  // namespace percept::testing
