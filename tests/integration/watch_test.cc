// Watches of a whole server over loopback: what a viewer is promised, on real jobs.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "sqlite3.h"
#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Bytes(const std::vector<v1::Snapshot>& snapshots) {
  std::vector<std::string> bytes;
  for (const v1::Snapshot& snapshot : snapshots) bytes.push_back(snapshot.SerializeAsString());
  return bytes;
}

v1::WatchSnapshotsRequest WatchRequest(const std::string& job, int64_t start_index,
                                       v1::SnapshotView view,
                                       v1::Delivery delivery = v1::DELIVERY_EVERY) {
  v1::WatchSnapshotsRequest request;
  request.set_name(job);
  request.set_start_index(start_index);
  request.set_view(view);
  request.set_delivery(delivery);
  return request;
}

class WatchTest : public ::testing::Test {
 protected:
  v1::Job MustCreate(const v1::JobSpec& spec) {
    v1::Job job;
    const grpc::Status created = client_.CreateJob(spec, &job);
    EXPECT_TRUE(created.ok()) << created.error_message();
    return job;
  }

  v1::Job MustGet(const std::string& name) {
    v1::Job job;
    const grpc::Status got = client_.GetJob(name, &job);
    EXPECT_TRUE(got.ok()) << got.error_message();
    return job;
  }

  void MustCreateDataset(const std::string& id, v1::Generator generator, int64_t points = 200) {
    v1::Dataset dataset;
    const grpc::Status created =
        client_.CreateDataset(GeneratedDataset(id, generator, points), &dataset);
    ASSERT_TRUE(created.ok()) << created.error_message();
  }

  // Trains from submission to the end and checks all that is promised of the stream on the way.
  WatchRecord TrainAndCheck(const v1::JobSpec& spec) {
    const v1::Job job = MustCreate(spec);
    const WatchRecord watch = client_.Watch(job.name());
    EXPECT_THAT(CheckWatch({watch}, MustGet(job.name())), IsEmpty());
    const std::optional<v1::Job> ended = watch.Ended();
    EXPECT_TRUE(ended.has_value() && ended->state() == v1::JOB_STATE_SUCCEEDED)
        << watch.status.error_message();
    return watch;
  }

  // A job that ran to its end, with at least a few snapshots.
  v1::Job FinishedJob() {
    MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
    v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/20, /*batch_size=*/50);
    spec.mutable_training()->set_report_frequency(300);
    const WatchRecord watch = TrainAndCheck(spec);
    EXPECT_GE(watch.Snapshots().size(), 20);
    return watch.Ended().value_or(v1::Job());
  }

  // A job that trains until it is cancelled.
  v1::Job EndlessJob(const std::string& dataset) {
    v1::JobSpec spec = MlpSpec(dataset, {8}, /*epochs=*/1000000, /*batch_size=*/50);
    spec.mutable_training()->set_report_frequency(100000);
    return MustCreate(spec);
  }

  TestServer server_{/*workers=*/2};
  RpcClient client_{server_.address()};
};

TEST_F(WatchTest, FollowsXorToItsEndWhichAnMlpLearns) {
  MustCreateDataset("xor", v1::GENERATOR_XOR);
  const WatchRecord watch = TrainAndCheck(MlpSpec("xor", {16}, /*epochs=*/60, /*batch_size=*/10));
  const v1::Snapshot last = watch.Snapshots().back();
  // Its blobs overlap; a linear model stays at a half.
  EXPECT_GT(last.metrics().validation_accuracy(), 0.6);
  EXPECT_EQ(last.epoch(), 60);
  EXPECT_EQ(last.instances(), 60 * 400);
}

TEST_F(WatchTest, FollowsThreeClassToItsEnd) {
  MustCreateDataset("three", v1::GENERATOR_THREE_CLASS);
  const WatchRecord watch = TrainAndCheck(MlpSpec("three", {16}, /*epochs=*/20, /*batch_size=*/20));
  EXPECT_GT(watch.Snapshots().back().metrics().validation_accuracy(), 0.8);
}

TEST_F(WatchTest, FollowsRealMnistToTheAccuracyOfTheNotebook) {
  const WatchRecord watch = TrainAndCheck(MlpSpec("mnist", {64}, /*epochs=*/5, /*batch_size=*/100));
  EXPECT_GT(watch.Snapshots().back().metrics().validation_accuracy(), 0.94);
  EXPECT_EQ(watch.Snapshots().back().step(), 3000);
  EXPECT_EQ(watch.Ended()->parameter_count(), 784 * 64 + 64 + 64 * 10 + 10);
}

TEST_F(WatchTest, BeginsWithASnapshotOfTheUntrainedModel) {
  const v1::Job job = FinishedJob();
  const v1::Snapshot first = client_.Watch(job.name()).Snapshots().front();
  EXPECT_EQ(first.step(), 0);
  EXPECT_EQ(first.instances(), 0);
  EXPECT_FALSE(first.metrics().has_training_loss());
  EXPECT_TRUE(first.metrics().has_validation_loss());
}

TEST_F(WatchTest, BegunLaterReplaysTheSameBytesFromAnyIndex) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/20, /*batch_size=*/50);
  spec.mutable_training()->set_report_frequency(300);
  const WatchRecord live = TrainAndCheck(spec);
  const std::vector<std::string> expected = Bytes(live.Snapshots());
  const auto count = static_cast<int64_t>(expected.size());
  const v1::Job job = *live.Ended();
  for (const int64_t start : {int64_t{0}, int64_t{1}, count / 2, count - 1}) {
    const WatchRecord replay = client_.Watch(job.name(), start);
    EXPECT_THAT(CheckWatch({replay}, job), IsEmpty());
    EXPECT_EQ(Bytes(replay.Snapshots()),
              std::vector<std::string>(expected.begin() + start, expected.end()));
  }
}

TEST_F(WatchTest, AfterARestartReplaysTheSameBytesFromTheStore) {
  const v1::Job job = FinishedJob();
  const std::vector<std::string> before = Bytes(client_.Watch(job.name()).Snapshots());
  server_.Restart();
  RpcClient client(server_.address());
  EXPECT_EQ(Bytes(client.Watch(job.name()).Snapshots()), before);
}

TEST_F(WatchTest, PastTheEndOfAFinishedJobIsTheEndAlone) {
  const v1::Job job = FinishedJob();
  for (const int64_t start : {job.progress().snapshot_count(), int64_t{1} << 62}) {
    const WatchRecord watch = client_.Watch(job.name(), start);
    EXPECT_THAT(watch.Snapshots(), IsEmpty());
    EXPECT_TRUE(watch.status.ok()) << watch.status.error_message();
    ASSERT_TRUE(watch.Ended().has_value());
    EXPECT_EQ(watch.Ended()->SerializeAsString(), job.SerializeAsString());
  }
}

TEST_F(WatchTest, AheadOfARunningJobWaitsForItsIndex) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  const v1::Job job = EndlessJob("points");
  int64_t first_index = -1;
  client_.Watch(WatchRequest(job.name(), 20, v1::SNAPSHOT_VIEW_METRICS), [&](const auto& message) {
    if (message.snapshots().empty()) return true;
    first_index = message.snapshots(0).index();
    return false;
  });
  EXPECT_EQ(first_index, 20);
}

TEST_F(WatchTest, LatestEndsWithTheNewestAndItsSkipsAddUp) {
  const v1::Job job = FinishedJob();
  const int64_t count = job.progress().snapshot_count();
  const auto request = WatchRequest(job.name(), 3, v1::SNAPSHOT_VIEW_METRICS, v1::DELIVERY_LATEST);
  const WatchRecord watch = client_.Watch(request);
  const std::vector<v1::Snapshot> snapshots = watch.Snapshots();
  ASSERT_THAT(snapshots, SizeIs(1));
  EXPECT_EQ(snapshots[0].index(), count - 1);
  EXPECT_EQ(watch.events[1].skipped, count - 1 - 3);
  EXPECT_TRUE(watch.Ended().has_value());
}

TEST_F(WatchTest, LatestOfARunningJobAccountsForEveryIndex) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/300, /*batch_size=*/5);
  spec.mutable_training()->set_report_frequency(5);
  const v1::Job job = MustCreate(spec);
  const WatchRecord watch =
      client_.Watch(WatchRequest(job.name(), 0, v1::SNAPSHOT_VIEW_METRICS, v1::DELIVERY_LATEST));
  ASSERT_TRUE(watch.Ended().has_value());
  int64_t next = 0;
  for (const WatchEvent& event : watch.events) {
    if (event.kind != WatchEvent::Kind::kSnapshot) continue;
    EXPECT_EQ(event.snapshot.index(), next + event.skipped);
    next = event.snapshot.index() + 1;
  }
  EXPECT_EQ(next, watch.Ended()->progress().snapshot_count());
}

TEST_F(WatchTest, FullViewHoldsTheParametersOfGetSnapshot) {
  const v1::Job job = FinishedJob();
  const WatchRecord watch = client_.Watch(WatchRequest(job.name(), 0, v1::SNAPSHOT_VIEW_FULL));
  EXPECT_THAT(CheckWatch({watch}, job), IsEmpty());
  for (const v1::Snapshot& snapshot : watch.Snapshots()) {
    const RpcClient::SnapshotRead read = client_.GetSnapshot(snapshot.name());
    ASSERT_TRUE(read.status.ok()) << read.status.error_message();
    EXPECT_EQ(read.snapshot.SerializeAsString(), snapshot.SerializeAsString());
    ASSERT_THAT(snapshot.parameters(), SizeIs(4));
    EXPECT_THAT(snapshot.parameters(0).data(), SizeIs(8 * 2 * sizeof(float)));
  }
}

TEST_F(WatchTest, FullViewLiveEqualsTheReplay) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  const v1::Job job = MustCreate(MlpSpec("points", {8}, /*epochs=*/200, /*batch_size=*/10));
  const auto request = WatchRequest(job.name(), 0, v1::SNAPSHOT_VIEW_FULL);
  const WatchRecord live = client_.Watch(request);
  EXPECT_THAT(CheckWatch({live}, MustGet(job.name())), IsEmpty());
  EXPECT_EQ(Bytes(live.Snapshots()), Bytes(client_.Watch(request).Snapshots()));
}

TEST_F(WatchTest, FullViewOfAModelAboveTwoMebibytesIsRefused) {
  MustCreateDataset("points", v1::GENERATOR_XOR);
  const v1::Job job = MustCreate(MlpSpec("points", {724, 724}, /*epochs=*/1, /*batch_size=*/400));
  const WatchRecord watch = client_.Watch(WatchRequest(job.name(), 0, v1::SNAPSHOT_VIEW_FULL));
  EXPECT_EQ(watch.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(watch.status.error_message(), HasSubstr("view: FULL"));
  EXPECT_THAT(watch.status.error_message(), HasSubstr("2097152"));
  EXPECT_THAT(watch.status.error_message(), HasSubstr("GetSnapshot"));
  EXPECT_THAT(watch.events, IsEmpty());
  EXPECT_TRUE(client_.Watch(job.name()).Ended().has_value());
}

TEST_F(WatchTest, FullViewOfAModelJustBelowTwoMebibytesIsSent) {
  MustCreateDataset("points", v1::GENERATOR_XOR);
  const v1::Job job = MustCreate(MlpSpec("points", {720, 720}, /*epochs=*/1, /*batch_size=*/400));
  const WatchRecord watch = client_.Watch(WatchRequest(job.name(), 0, v1::SNAPSHOT_VIEW_FULL));
  EXPECT_THAT(CheckWatch({watch}, MustGet(job.name())), IsEmpty());
  EXPECT_THAT(watch.Snapshots().back().parameters(2).data(), SizeIs(720 * 720 * 4));
}

TEST_F(WatchTest, HeartbeatsOfAQueuedJobSayWhyItWaits) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  for (int worker = 0; worker < 2; ++worker) {
    const v1::Job running = EndlessJob("points");
    client_.Watch(WatchRequest(running.name(), 1, v1::SNAPSHOT_VIEW_METRICS),
                  [](const auto& message) { return message.snapshots().empty(); });
  }
  const v1::Job waiting = EndlessJob("points");
  v1::Heartbeat heartbeat;
  client_.Watch(WatchRequest(waiting.name(), 0, v1::SNAPSHOT_VIEW_METRICS),
                [&](const auto& message) {
                  heartbeat = message.heartbeat();
                  return false;
                });
  EXPECT_EQ(heartbeat.newest_index(), -1);
  EXPECT_EQ(heartbeat.state(), v1::JOB_STATE_QUEUED);
  EXPECT_EQ(heartbeat.wait().queue_position(), 1);
  EXPECT_THAT(heartbeat.wait().message(), HasSubstr("all workers are busy"));
  EXPECT_GT(heartbeat.time().seconds(), 0);
}

TEST_F(WatchTest, HeartbeatsGoOnWhileSnapshotsAreFar) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/1000000, /*batch_size=*/50);
  spec.mutable_training()->set_report_frequency(1000000000);
  const v1::Job job = MustCreate(spec);
  std::vector<v1::Heartbeat> running;
  client_.Watch(WatchRequest(job.name(), 0, v1::SNAPSHOT_VIEW_METRICS), [&](const auto& message) {
    if (message.heartbeat().state() == v1::JOB_STATE_RUNNING)
      running.push_back(message.heartbeat());
    return running.size() < 3;
  });
  ASSERT_THAT(running, SizeIs(3));
  EXPECT_LT(running[1].progress().instances(), running[2].progress().instances());
  EXPECT_TRUE(running[2].progress().has_heartbeat_time());
}

TEST_F(WatchTest, SeveralViewersAtOnceGetTheSameStream) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/100, /*batch_size=*/10);
  spec.mutable_training()->set_report_frequency(50);
  const v1::Job job = MustCreate(spec);
  constexpr size_t kViewers = 6;
  std::vector<WatchRecord> watches(kViewers);
  std::vector<std::thread> viewers;
  for (WatchRecord& watch : watches) {
    viewers.emplace_back([&] { watch = RpcClient(server_.address()).Watch(job.name()); });
  }
  for (std::thread& viewer : viewers) viewer.join();
  const v1::Job ended = MustGet(job.name());
  for (const WatchRecord& watch : watches) {
    EXPECT_THAT(CheckWatch({watch}, ended), IsEmpty());
    EXPECT_EQ(Bytes(watch.Snapshots()), Bytes(watches[0].Snapshots()));
  }
}

TEST_F(WatchTest, WhatAViewerSeesIsInTheFileAlready) {
  MustCreateDataset("points", v1::GENERATOR_THREE_CLASS);
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/20, /*batch_size=*/10);
  spec.mutable_training()->set_report_frequency(10);
  const v1::Job job = MustCreate(spec);

  sqlite3* database = nullptr;
  ASSERT_EQ(
      sqlite3_open_v2(server_.database_path().c_str(), &database, SQLITE_OPEN_READONLY, nullptr),
      SQLITE_OK);
  sqlite3_busy_timeout(database, 5000);
  sqlite3_stmt* newest = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(database,
                               "SELECT max(first_index + snapshots) - 1 FROM snapshot_blocks "
                               "JOIN jobs ON job = sequence WHERE id = ?",
                               -1, &newest, nullptr),
            SQLITE_OK);
  const std::string id = job.name().substr(std::string("jobs/").size());
  sqlite3_bind_text(newest, 1, id.data(), static_cast<int>(id.size()), SQLITE_TRANSIENT);
  int64_t seen = -1;
  const WatchRecord watch = client_.Watch(
      WatchRequest(job.name(), 0, v1::SNAPSHOT_VIEW_METRICS), [&](const auto& message) {
        for (const v1::Snapshot& snapshot : message.snapshots()) seen = snapshot.index();
        if (message.has_heartbeat()) seen = std::max(seen, message.heartbeat().newest_index());
        if (seen < 0) return true;
        EXPECT_EQ(sqlite3_step(newest), SQLITE_ROW);
        EXPECT_GE(sqlite3_column_int64(newest, 0), seen);
        sqlite3_reset(newest);
        return true;
      });
  sqlite3_finalize(newest);
  sqlite3_close(database);
  EXPECT_TRUE(watch.Ended().has_value());
  EXPECT_GE(seen, 100);
}

TEST_F(WatchTest, OfAnUnknownJobIsNotFound) {
  const WatchRecord watch = client_.Watch("jobs/none");
  EXPECT_EQ(watch.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(watch.status.error_message(), HasSubstr("jobs/none"));
  EXPECT_EQ(DetailsOf(watch.status).info.reason(), "JOB_NOT_FOUND");
}

TEST_F(WatchTest, WithBadFieldsNamesEachOfThem) {
  v1::WatchSnapshotsRequest request;
  request.set_name("jobs/any");
  request.set_start_index(-1);
  request.set_delivery(static_cast<v1::Delivery>(9));
  request.set_view(static_cast<v1::SnapshotView>(8));
  const WatchRecord watch = client_.Watch(request);
  EXPECT_EQ(watch.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const ErrorDetails details = DetailsOf(watch.status);
  EXPECT_TRUE(details.parsed);
  std::map<std::string, std::string> rules;
  for (const auto& violation : details.bad_request.field_violations()) {
    rules[violation.field()] = violation.description();
  }
  EXPECT_THAT(rules["start_index"], HasSubstr("at least 0, got -1"));
  EXPECT_THAT(rules["delivery"], HasSubstr("got 9"));
  EXPECT_THAT(rules["view"], HasSubstr("got 8"));
}

}  // namespace
}  // namespace percept::testing
