#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/models/perceptron_scorer.h"
#include "server/training/scheduler.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/scheduler_fixture.h"

// What becomes of jobs when a server stops, in order or not, and another takes up its data folder.
namespace percept::training {
namespace {

using percept::testing::StatusIs;
using percept::testing::TempDir;
using storage::JobErrorReason;
using storage::JobState;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Stops the server while its trainers are held, which go on once they have been asked to stop.
// Needs a scheduler whose queue is full.
void StopWhileHeld(TestServer& server) {
  std::thread stopper([&server] { server.scheduler().Stop(); });
  const absl::Time deadline = absl::Now() + kPatience;
  while (!absl::IsUnavailable(server.scheduler().Create({XorSpec(), "ada", ""}).status())) {
    ASSERT_LT(absl::Now(), deadline);
    std::this_thread::yield();
  }
  server.clock().Release();
  stopper.join();
}

// A job that ran undisturbed to its end, and the disk of its server as it was after 30 snapshots.
class CrashedServer : public ::testing::Test {
 protected:
  CrashedServer() {
    TestServer server(undisturbed_.path());
    server.Start();
    id_ = server.CreateHeld(XorSpec(), 30);
    server.AwaitSnapshots(id_, 30);
    CopyDisk(undisturbed_, crashed_);
    server.clock().Release();
    EXPECT_EQ(server.AwaitEnd(id_).record.state, JobState::kSucceeded);
    expected_ = server.Snapshots(id_);
    EXPECT_THAT(expected_, SizeIs(81));
  }

  TempDir undisturbed_;
  TempDir crashed_;
  TempDir crashed_again_;
  std::string id_;
  std::vector<storage::SnapshotRecord> expected_;
};

TEST_F(CrashedServer, ItsRunningJobEndsAsIfNothingHadHappened) {
  TestServer server(crashed_.path());
  ASSERT_THAT(server.Snapshots(id_), SizeIs(30));
  server.Start();
  const JobView job = server.AwaitEnd(id_);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  EXPECT_EQ(job.record.attempt, 2);
  EXPECT_EQ(job.record.snapshot_count, 81);
  ExpectSameSnapshots(server.Snapshots(id_), expected_);
}

TEST_F(CrashedServer, StoredSnapshotsAreThereBeforeTheJobRunsAgain) {
  TestServer server(crashed_.path());
  ASSERT_OK(server.scheduler().Recover());
  const JobView job = server.Get(id_);
  EXPECT_EQ(job.record.state, JobState::kQueued);
  EXPECT_EQ(job.record.snapshot_count, 30);
  EXPECT_EQ(job.step, 29);
  EXPECT_EQ(job.wait_message, "queued, 1st of 1: a worker is about to take it");
  const auto history = server.scheduler().OpenHistory(id_).value();
  EXPECT_EQ(history->count(), 30);
  EXPECT_FALSE(history->ended());
}

TEST_F(CrashedServer, AJobThatIsTrainedAgainIsShownAtItsNewestSnapshot) {
  TestServer server(crashed_.path());
  server.clock().HoldAfter(10);
  server.Start();
  server.clock().AwaitHeld(1);
  const JobView job = server.Get(id_);
  EXPECT_EQ(job.record.state, JobState::kRunning);
  EXPECT_EQ(job.step, 29);
  EXPECT_EQ(job.instances, 290);
  server.clock().Release();
  EXPECT_EQ(server.AwaitEnd(id_).step, 80);
}

TEST_F(CrashedServer, NoIndexIsPublishedTwice) {
  TestServer server(crashed_.path());
  ASSERT_OK(server.scheduler().Recover());
  const auto history = server.scheduler().OpenHistory(id_).value();
  std::vector<int64_t> counts;  // Written by the store's thread alone, until the job has ended.
  const auto subscription = history->Listen([&] {
    if (counts.empty() || history->count() != counts.back()) counts.push_back(history->count());
  });
  server.scheduler().StartWorkers();
  server.AwaitEnd(id_);
  server.scheduler().Stop();
  EXPECT_GE(counts.front(), 30);
  EXPECT_TRUE(std::is_sorted(counts.begin(), counts.end()));
  EXPECT_EQ(counts.back(), 81);
}

TEST_F(CrashedServer, ASnapshotThatComesOutDifferentEndsTheJob) {
  TestServer server(crashed_.path());
  server.store().SetHooks({.after_read = [](std::vector<storage::SnapshotRecord>& snapshots) {
    for (storage::SnapshotRecord& each : snapshots) {
      if (each.index == 12) ++each.parameters_crc32c;
    }
    return absl::OkStatus();
  }});
  server.Start();
  const JobView job = server.AwaitEnd(id_);
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kNotResumable);
  EXPECT_THAT(job.record.error_message, HasSubstr("snapshot 12 came out different"));
  EXPECT_THAT(server.Snapshots(id_), SizeIs(30));
}

TEST_F(CrashedServer, ASnapshotThatCannotBeReadEndsTheJob) {
  TestServer server(crashed_.path());
  server.store().SetHooks({.after_read = [](auto&) { return absl::DataLossError("corrupt"); }});
  server.Start();
  EXPECT_EQ(server.AwaitEnd(id_).record.error_reason, JobErrorReason::kStorage);
}

TEST_F(CrashedServer, ACancellationItAcceptedIsCarriedOut) {
  {
    // Accepted by a server that crashes before its job comes to the next batch.
    TestServer server(crashed_.path());
    server.clock().HoldAfter(3);
    server.Start();
    server.clock().AwaitHeld(1);
    ASSERT_OK(server.scheduler().Cancel(id_));
    CopyDisk(crashed_, crashed_again_);
  }
  TestServer server(crashed_again_.path());
  ASSERT_OK(server.scheduler().Recover());
  EXPECT_EQ(server.Get(id_).record.state, JobState::kCancelled);
  EXPECT_EQ(server.scheduler().load().queued, 0);
}

// --- Every kind of training ---

class JobsOfAllKinds : public ::testing::TestWithParam<NamedSpec> {};

TEST_P(JobsOfAllKinds, EndAfterACrashAsIfNothingHadHappened) {
  // Snapshots before the crash. A perceptron hands them on in groups.
  constexpr int64_t kBefore = 2 * ml::PerceptronScorer::kCapacity;
  TempDir undisturbed;
  TempDir crashed;
  std::string id;
  std::vector<storage::SnapshotRecord> expected;
  std::vector<storage::EpochRecord> expected_epochs;
  {
    TestServer server(undisturbed.path());
    server.Start();
    id = server.CreateHeld(GetParam().spec, kBefore);
    server.AwaitSnapshots(id, kBefore);
    CopyDisk(undisturbed, crashed);
    server.clock().Release();
    ASSERT_EQ(server.AwaitEnd(id).record.state, JobState::kSucceeded);
    expected = server.Snapshots(id);
    expected_epochs = server.Epochs(id);
  }
  TestServer server(crashed.path());
  EXPECT_THAT(server.Snapshots(id), SizeIs(kBefore));
  server.Start();
  const JobView job = server.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded) << job.record.error_message;
  EXPECT_EQ(job.record.attempt, 2);
  ExpectSameSnapshots(server.Snapshots(id), expected);
  EXPECT_TRUE(server.Epochs(id) == expected_epochs);
  EXPECT_GT(expected.size(), static_cast<size_t>(kBefore) + 1);
}

TEST_P(JobsOfAllKinds, EndAfterAStopAsIfNothingHadHappened) {
  TempDir folder;
  std::string id;
  {
    TestServer server(folder.path(), {.max_queued_jobs = 1});
    server.Start();
    id = server.CreateHeld(GetParam().spec, 20);
    server.Create(XorSpec());  // Fills the queue.
    StopWhileHeld(server);
    EXPECT_EQ(server.Get(id).record.state, JobState::kQueued);
  }
  TestServer server(folder.path());
  server.Start();
  EXPECT_EQ(server.AwaitEnd(id).record.state, JobState::kSucceeded);
  const std::string undisturbed = server.Create(GetParam().spec);
  EXPECT_EQ(server.AwaitEnd(undisturbed).record.state, JobState::kSucceeded);
  ExpectSameSnapshots(server.Snapshots(id), server.Snapshots(undisturbed));
  EXPECT_TRUE(server.Epochs(id) == server.Epochs(undisturbed));
}

INSTANTIATE_TEST_SUITE_P(Recovery, JobsOfAllKinds, ::testing::ValuesIn(SpecsOfAllKinds()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(StoppedServer, ItsJobsWaitForTheNext) {
  TempDir folder;
  std::string running;
  std::string waiting;
  {
    TestServer server(folder.path(), {.max_queued_jobs = 1});
    server.Start();
    running = server.CreateHeld(XorSpec(), 20);
    waiting = server.Create(XorSpec());
    StopWhileHeld(server);
    EXPECT_EQ(server.Get(running).record.state, JobState::kQueued);
    EXPECT_EQ(server.Get(running).record.snapshot_count, 20);
    EXPECT_FALSE(server.scheduler().OpenHistory(running).value()->ended());
    EXPECT_EQ(server.Get(waiting).record.attempt, 0);
    EXPECT_EQ(server.scheduler().load().running, 0);
  }
  TestServer server(folder.path());
  server.Start();
  EXPECT_EQ(server.AwaitEnd(running).record.state, JobState::kSucceeded);
  EXPECT_EQ(server.AwaitEnd(waiting).record.state, JobState::kSucceeded);
  EXPECT_EQ(server.Get(running).record.attempt, 2);
  EXPECT_EQ(server.Get(waiting).record.attempt, 1);
  // An undisturbed job with the same spec.
  ExpectSameSnapshots(server.Snapshots(running), server.Snapshots(waiting));
}

TEST(StoppedServer, WaitingJobsKeepTheirOrder) {
  TempDir folder;
  std::vector<std::string> ids;
  {
    TestServer server(folder.path());
    for (int number = 0; number < 3; ++number) ids.push_back(server.Create(XorSpec()));
  }
  TestServer server(folder.path());
  ASSERT_OK(server.scheduler().Recover());
  for (size_t number = 0; number < ids.size(); ++number) {
    EXPECT_EQ(server.Get(ids[number]).place->position, static_cast<int64_t>(number) + 1);
  }
}

TEST(StoppedServer, FinishedJobsStayAsTheyAre) {
  TempDir folder;
  std::string id;
  storage::JobRecord record;
  {
    TestServer server(folder.path());
    server.Start();
    id = server.Create(XorSpec());
    record = server.AwaitEnd(id).record;
  }
  TestServer server(folder.path());
  server.Start();
  EXPECT_EQ(server.Get(id).record, record);
  EXPECT_EQ(server.scheduler().load().queued, 0);
}

TEST(StoppedServer, RefusesNewJobs) {
  TempDir folder;
  TestServer server(folder.path());
  server.Start();
  server.scheduler().BeginStop();
  EXPECT_THAT(server.scheduler().Create({XorSpec(), "ada", ""}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
  server.scheduler().Stop();
  server.scheduler().Stop();
  EXPECT_THAT(server.scheduler().Create({XorSpec(), "ada", ""}),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(StoppedServer, BeginStopLetsARunningJobGoOn) {
  TempDir folder;
  TestServer server(folder.path());
  server.Start();
  const std::string id = server.CreateHeld(XorSpec(), 1);
  server.scheduler().BeginStop();
  server.clock().Release();
  EXPECT_EQ(server.AwaitEnd(id).record.state, JobState::kSucceeded);
}

TEST(StoppedServer, AnEndThatCouldNotBeStoredIsReachedAgainByTheNext) {
  TempDir folder;
  std::string id;
  {
    TestServer server(folder.path());
    server.store().SetHooks({.before_update = [](const storage::JobRecord& job) {
      return storage::IsTerminal(job.state) ? absl::UnavailableError("the disk is gone")
                                            : absl::OkStatus();
    }});
    server.Start();
    id = server.Create(XorSpec());
    server.AwaitView(id, [](const JobView& job) {
      return job.wait_message ==
             "its training is over, but that could not be stored yet: the disk is gone";
    });
    const JobView job = server.Get(id);
    EXPECT_EQ(job.record.state, JobState::kRunning);
    EXPECT_FALSE(job.record.end_time.has_value());
    EXPECT_FALSE(server.scheduler().OpenHistory(id).value()->ended());
    EXPECT_THAT(server.scheduler().Cancel(id), StatusIs(absl::StatusCode::kUnavailable));
  }
  TestServer server(folder.path());
  server.Start();
  const JobView job = server.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kNone);
  EXPECT_THAT(job.record.error_message, IsEmpty());
  EXPECT_EQ(job.record.snapshot_count, 81);
}

}  // namespace
}  // namespace percept::training
