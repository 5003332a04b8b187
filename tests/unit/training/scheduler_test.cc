#include "server/training/scheduler.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/reference_training.h"
#include "tests/unit/training/scheduler_fixture.h"

namespace percept::training {
namespace {

using percept::testing::IsOk;
using percept::testing::StatusIs;
using percept::testing::TempDir;
using storage::JobErrorReason;
using storage::JobSpec;
using storage::JobState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SchedulerTest : public ::testing::Test {
 protected:
  TempDir folder_;
  TestServer server_{folder_.path()};
};

TEST_F(SchedulerTest, TrainsAJobToItsEnd) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kNone);
  EXPECT_EQ(job.record.attempt, 1);
  EXPECT_TRUE(job.record.start_time.has_value());
  EXPECT_TRUE(job.record.end_time.has_value());
  EXPECT_EQ(job.record.instruction_set, "x86-64-v2");
  EXPECT_EQ(job.record.snapshot_count, 81);
  ExpectSameSnapshots(server_.Snapshots(id),
                      TrainByHand(JobFor(XorSpec(), data::Generate(XorSource())),
                                  data::Generate(XorSource()), TestKernels())
                          .snapshots);
}

TEST_F(SchedulerTest, AViewShowsWhatTheJobIsAndWhereItStands) {
  server_.Start();
  const JobView job = server_.AwaitEnd(server_.Create(XorSpec()));
  EXPECT_EQ(job.record.inputs, 2);
  EXPECT_EQ(job.record.classes, 2);
  EXPECT_EQ(job.record.train_examples, 400);
  EXPECT_EQ(job.record.parameter_count, 2 * 8 + 8 + 8 * 2 + 2);
  EXPECT_GT(job.record.memory_estimate_bytes, 0);
  EXPECT_EQ(job.step, 80);
  EXPECT_EQ(job.total_steps, 80);
  EXPECT_EQ(job.instances, 800);
  EXPECT_EQ(job.total_instances, 800);
  EXPECT_EQ(job.epoch, 2);
  ASSERT_TRUE(job.latest.has_value());
  EXPECT_EQ(*job.latest, server_.Snapshots(job.record.id).back().metrics);
  EXPECT_THAT(job.wait_message, IsEmpty());
  EXPECT_FALSE(job.place.has_value());
  EXPECT_FALSE(job.estimated_end_time.has_value());
}

TEST_F(SchedulerTest, ARunningJobShowsItsProgress) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 10);
  server_.AwaitSnapshots(id, 10);
  const JobView job = server_.Get(id);
  EXPECT_EQ(job.record.state, JobState::kRunning);
  EXPECT_EQ(job.wait_message, "running");
  EXPECT_EQ(job.step, 9);  // It has not said yet that it has come to the tenth.
  EXPECT_EQ(job.instances, 90);
  EXPECT_EQ(job.record.snapshot_count, 10);
  EXPECT_EQ(job.heartbeat_time, server_.clock().Now());
  EXPECT_FALSE(job.estimated_end_time.has_value());  // No speed is known yet.
  EXPECT_EQ(server_.scheduler().load().running, 1);

  // It takes a second from here to batch 11, for 100 instances since the start.
  server_.clock().Advance(absl::Seconds(1));
  server_.clock().HoldAfter(3 + 11);
  server_.clock().AwaitHeld(1);
  server_.AwaitSnapshots(id, 11);
  const JobView faster = server_.Get(id);
  EXPECT_DOUBLE_EQ(faster.instances_per_second, 100.0);
  EXPECT_EQ(faster.estimated_end_time, server_.clock().Now() + absl::Seconds(7));

  server_.clock().Release();
  EXPECT_EQ(server_.AwaitEnd(id).record.run_time, absl::Seconds(1));
}

TEST_F(SchedulerTest, AJobThatEndsWhileItIsLookedUpIsShownEnded) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 10);
  server_.store().SetHooks({.after_get = [this, &id](const storage::JobRecord&) {
    // Once the running job's record has been read.
    server_.store().SetHooks({});
    server_.clock().Release();
    server_.AwaitEnd(id);
  }});
  const JobView job = server_.Get(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  EXPECT_EQ(job.step, 80);
}

TEST_F(SchedulerTest, AWaitingJobShowsWhyItWaits) {
  server_.Start();
  const std::string running = server_.CreateHeld(XorSpec(), 1);
  const std::string second = server_.Create(XorSpec());
  JobSpec urgent = XorSpec();
  urgent.priority = 1;
  const auto first = server_.scheduler().Create({urgent, "bob", ""});
  ASSERT_OK(first);

  EXPECT_EQ(first->record.state, JobState::kQueued);
  ASSERT_TRUE(first->place.has_value());
  EXPECT_EQ(first->place->position, 1);
  EXPECT_EQ(first->wait_message, "queued, 1st of 2: all workers are busy");
  const JobView job = server_.Get(second);
  ASSERT_TRUE(job.place.has_value());
  EXPECT_EQ(job.place->position, 2);
  EXPECT_EQ(job.place->owner_ahead, "bob");
  EXPECT_EQ(job.wait_message, "queued, 2nd of 2: all workers are busy");
  EXPECT_EQ(server_.scheduler().load().queued, 2);
}

TEST_F(SchedulerTest, WithAFreeWorkerAWaitingJobIsAboutToRun) {
  const JobView job = server_.Get(server_.Create(XorSpec()));  // No worker has begun.
  EXPECT_EQ(job.wait_message, "queued, 1st of 1: a worker is about to take it");
}

TEST(Scheduler, BitsDependNeitherOnWorkersNorOnOtherJobs) {
  JobSpec adaptive = XorSpec();
  adaptive.training.report_frequency = 0;
  JobSpec three_class = XorSpec();
  three_class.dataset = "three-class";
  const JobSpec specs[] = {XorSpec(), adaptive, three_class};

  std::vector<std::vector<storage::SnapshotRecord>> alone;
  for (const JobSpec& spec : specs) {
    TempDir folder;
    TestServer server(folder.path());
    server.Start();
    const std::string id = server.Create(spec);
    EXPECT_EQ(server.AwaitEnd(id).record.state, JobState::kSucceeded);
    alone.push_back(server.Snapshots(id));
  }

  TempDir folder;
  TestServer server(folder.path(), {.workers = 4});
  server.Start();
  std::vector<std::string> ids;
  for (int number = 0; number < 12; ++number) ids.push_back(server.Create(specs[number % 3]));
  for (size_t number = 0; number < ids.size(); ++number) {
    EXPECT_EQ(server.AwaitEnd(ids[number]).record.state, JobState::kSucceeded);
    ExpectSameSnapshots(server.Snapshots(ids[number]), alone[number % 3]);
  }
}

TEST(Scheduler, WorkersTrainSideBySide) {
  TempDir folder;
  TestServer server(folder.path(), {.workers = 3});
  server.Start();
  server.clock().HoldAfter(0);
  for (int number = 0; number < 4; ++number) server.Create(XorSpec());
  server.clock().AwaitHeld(3);
  EXPECT_EQ(server.scheduler().load().running, 3);
  EXPECT_EQ(server.scheduler().load().queued, 1);
}

TEST_F(SchedulerTest, HigherPriorityRunsFirst) {
  const std::string normal = server_.Create(XorSpec());
  JobSpec urgent = XorSpec();
  urgent.priority = 1;
  const std::string first = server_.Create(urgent);
  server_.clock().HoldAfter(3);
  server_.Start();
  server_.clock().AwaitHeld(1);
  EXPECT_EQ(server_.Get(first).record.state, JobState::kRunning);
  EXPECT_EQ(server_.Get(normal).record.state, JobState::kQueued);
}

// --- Cancellation ---

TEST_F(SchedulerTest, AWaitingJobIsCancelledAtOnce) {
  server_.Start();
  const std::string running = server_.CreateHeld(XorSpec(), 1);
  const std::string waiting = server_.Create(XorSpec());
  const auto cancelled = server_.scheduler().Cancel(waiting);
  ASSERT_OK(cancelled);
  EXPECT_EQ(cancelled->record.state, JobState::kCancelled);
  EXPECT_TRUE(cancelled->record.cancel_requested);
  EXPECT_TRUE(cancelled->record.end_time.has_value());
  EXPECT_EQ(cancelled->record.attempt, 0);
  EXPECT_EQ(server_.scheduler().load().queued, 0);
  EXPECT_TRUE(server_.scheduler().OpenHistory(waiting).value()->ended());
  server_.clock().Release();
  EXPECT_EQ(server_.AwaitEnd(running).record.state, JobState::kSucceeded);
}

TEST_F(SchedulerTest, ARunningJobIsCancelledAtItsNextBatch) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 10);
  const auto asked = server_.scheduler().Cancel(id);
  ASSERT_OK(asked);
  EXPECT_EQ(asked->record.state, JobState::kRunning);
  EXPECT_TRUE(asked->record.cancel_requested);
  EXPECT_EQ(asked->wait_message, "running, to be cancelled at its next batch");
  EXPECT_THAT(server_.scheduler().Cancel(id), IsOk());  // Changes nothing.
  server_.clock().Release();
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kCancelled);
  EXPECT_EQ(job.record.snapshot_count, 10);
  EXPECT_EQ(job.step, 9);
}

TEST_F(SchedulerTest, CancellingACancelledJobChangesNothing) {
  const std::string id = server_.Create(XorSpec());
  ASSERT_OK(server_.scheduler().Cancel(id));
  const storage::JobRecord record = server_.Get(id).record;
  const auto again = server_.scheduler().Cancel(id);
  ASSERT_OK(again);
  EXPECT_EQ(again->record, record);
}

TEST_F(SchedulerTest, AFinishedJobCannotBeCancelled) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  server_.AwaitEnd(id);
  const auto cancelled = server_.scheduler().Cancel(id);
  EXPECT_THAT(cancelled,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("got state SUCCEEDED")));
  EXPECT_EQ(ReasonOf(cancelled.status()), "JOB_FINISHED");
}

TEST_F(SchedulerTest, UnknownJobsAreNotFound) {
  EXPECT_THAT(server_.scheduler().Get("nope"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(server_.scheduler().Cancel("nope"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(server_.scheduler().OpenHistory("nope"), StatusIs(absl::StatusCode::kNotFound));
}

// --- Admission ---

TEST_F(SchedulerTest, UnknownDataSetIsNotFound) {
  JobSpec spec = XorSpec();
  spec.dataset = "nope";
  EXPECT_THAT(server_.scheduler().Create({spec, "ada", ""}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("datasets/nope")));
}

TEST_F(SchedulerTest, AModelTooLargeForTheServerIsRefused) {
  JobSpec spec = XorSpec();
  spec.model.hidden_units = {50'000, 50'000};
  const auto refused = server_.scheduler().Create({spec, "ada", ""});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted,
                                HasSubstr("mlp.hidden_units: the job must need at most 2.0 GiB")));
  EXPECT_EQ(ReasonOf(refused.status()), "JOB_TOO_LARGE");
}

TEST(Scheduler, AFullQueueRefusesUntilThereIsRoom) {
  TempDir folder;
  TestServer server(folder.path(), {.max_queued_jobs = 2});
  const std::string first = server.Create(XorSpec());
  server.Create(XorSpec());
  const auto refused = server.scheduler().Create({XorSpec(), "ada", ""});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("2 jobs wait")));
  EXPECT_EQ(ReasonOf(refused.status()), "QUEUE_FULL");
  ASSERT_OK(server.scheduler().Cancel(first));
  EXPECT_THAT(server.scheduler().Create({XorSpec(), "ada", ""}), IsOk());
}

TEST(Scheduler, TheQueueIsBoundedForThoseThatComeAtOnceToo) {
  TempDir folder;
  TestServer server(folder.path(), {.max_queued_jobs = 3});
  std::atomic<int> taken{0};
  std::vector<std::thread> clients;
  for (int number = 0; number < 8; ++number) {
    clients.emplace_back([&] {
      const auto job = server.scheduler().Create({XorSpec(), "ada", ""});
      if (job.ok()) ++taken;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(taken, 3);
  EXPECT_EQ(server.scheduler().load().queued, 3);
}

TEST_F(SchedulerTest, ARepeatedRequestGivesTheSameJob) {
  const auto first = server_.scheduler().Create({XorSpec(), "ada", "again"});
  ASSERT_OK(first);
  const auto second = server_.scheduler().Create({XorSpec(), "ada", "again"});
  ASSERT_OK(second);
  EXPECT_EQ(second->record, first->record);
  EXPECT_EQ(server_.scheduler().load().queued, 1);

  const auto others = server_.scheduler().Create({XorSpec(), "bob", "again"});
  ASSERT_OK(others);
  EXPECT_NE(others->record.id, first->record.id);
}

TEST_F(SchedulerTest, ARepeatedRequestIsAnsweredWhateverBecameOfTheJob) {
  server_.Start();
  const auto first = server_.scheduler().Create({XorSpec(), "ada", "again"});
  ASSERT_OK(first);
  server_.AwaitEnd(first->record.id);
  server_.scheduler().BeginStop();
  const auto second = server_.scheduler().Create({XorSpec(), "ada", "again"});
  ASSERT_OK(second);
  EXPECT_EQ(second->record.id, first->record.id);
  EXPECT_EQ(second->record.state, JobState::kSucceeded);
}

TEST_F(SchedulerTest, ARequestIdForAnotherSpecAlreadyExists) {
  ASSERT_OK(server_.scheduler().Create({XorSpec(), "ada", "again"}));
  JobSpec other = XorSpec();
  other.training.learning_rate = 0.2;
  const auto refused = server_.scheduler().Create({other, "ada", "again"});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("request_id")));
  EXPECT_EQ(ReasonOf(refused.status()), "REQUEST_ID_REUSED");
}

TEST_F(SchedulerTest, TheSameRequestManyTimesAtOnceMakesOneJob) {
  server_.Start();
  absl::Mutex mutex;
  std::set<std::string> ids;
  std::vector<std::thread> clients;
  for (int number = 0; number < 8; ++number) {
    clients.emplace_back([&] {
      const auto job = server_.scheduler().Create({XorSpec(), "ada", "at-once"});
      EXPECT_OK(job);
      absl::MutexLock lock(&mutex);
      if (job.ok()) ids.insert(job->record.id);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_THAT(ids, SizeIs(1));
  const auto all = server_.scheduler().List({}, /*newest_first=*/true, std::nullopt, 100);
  ASSERT_OK(all);
  EXPECT_THAT(all->jobs, SizeIs(1));
  EXPECT_EQ(server_.AwaitEnd(*ids.begin()).record.state, JobState::kSucceeded);
}

TEST_F(SchedulerTest, AJobInTheStoreIsActiveBeforeItsCreationReturns) {
  std::shared_ptr<SnapshotHistory> history;
  std::thread canceller;
  server_.store().SetHooks({.after_insert = [&](const storage::JobRecord& job) {
    // Whoever finds the job in a list now.
    history = server_.scheduler().OpenHistory(job.id).value();
    canceller = std::thread([this, id = job.id] { EXPECT_OK(server_.scheduler().Cancel(id)); });
  }});
  const std::string id = server_.Create(XorSpec());
  canceller.join();
  EXPECT_EQ(server_.Get(id).record.state, JobState::kCancelled);
  EXPECT_EQ(server_.scheduler().load().queued, 0);
  EXPECT_EQ(history, server_.scheduler().OpenHistory(id).value());
}

TEST_F(SchedulerTest, AJobThatCannotBeStoredIsForgotten) {
  std::string id;
  server_.store().SetHooks({.before_insert = [&id](const storage::JobRecord& job) {
    id = job.id;
    return absl::ResourceExhaustedError("the disk is full");
  }});
  EXPECT_THAT(server_.scheduler().Create({XorSpec(), "ada", ""}),
              StatusIs(absl::StatusCode::kResourceExhausted, "the disk is full"));
  EXPECT_THAT(server_.scheduler().OpenHistory(id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(server_.scheduler().Get(id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(server_.scheduler().load().queued, 0);
}

TEST_F(SchedulerTest, ListsInOrderOfCreationByPages) {
  std::vector<std::string> ids;
  for (int number = 0; number < 5; ++number) ids.push_back(server_.Create(XorSpec()));
  const auto first = server_.scheduler().List({}, /*newest_first=*/true, std::nullopt, 3);
  ASSERT_OK(first);
  ASSERT_THAT(first->jobs, SizeIs(3));
  EXPECT_EQ(first->jobs[0].record.id, ids[4]);
  ASSERT_TRUE(first->next.has_value());
  const auto second = server_.scheduler().List({}, /*newest_first=*/true, first->next, 3);
  ASSERT_OK(second);
  ASSERT_THAT(second->jobs, SizeIs(2));
  EXPECT_EQ(second->jobs[1].record.id, ids[0]);
  EXPECT_EQ(second->jobs[1].place->position, 1);
  EXPECT_FALSE(second->next.has_value());
}

// --- Histories ---

TEST_F(SchedulerTest, ViewersOfAJobShareItsHistory) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 5);
  const auto running = server_.scheduler().OpenHistory(id).value();
  EXPECT_EQ(server_.scheduler().OpenHistory(id).value(), running);
  server_.clock().Release();
  server_.AwaitEnd(id);
  // Also beyond the end, for as long as one of them looks.
  EXPECT_EQ(server_.scheduler().OpenHistory(id).value(), running);
}

TEST_F(SchedulerTest, TheHistoryOfAnEndedJobIsOpenedAnewAndEnded) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  server_.AwaitEnd(id);
  const auto history = server_.scheduler().OpenHistory(id).value();
  EXPECT_TRUE(history->ended());
  EXPECT_EQ(history->count(), 81);
  EXPECT_EQ(server_.scheduler().OpenHistory(id).value(), history);
  const auto last = history->Read(80, SnapshotView::kMetrics, 1);
  ASSERT_OK(last);
  ASSERT_THAT(*last, SizeIs(1));
  EXPECT_EQ(*last->front().bytes, absl::StrCat(id, "/80"));
}

// --- Failures ---

TEST_F(SchedulerTest, DivergenceFailsTheJobAndKeepsItsSnapshots) {
  server_.Start();
  JobSpec spec = XorSpec();
  spec.model.activation = Activation::kRelu;
  spec.training.learning_rate = 1e38;
  const std::string id = server_.Create(spec);
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kDiverged);
  EXPECT_THAT(job.record.error_message, HasSubstr("was not finite"));
  EXPECT_GE(job.record.snapshot_count, 1);
  EXPECT_THAT(server_.Snapshots(id), SizeIs(static_cast<size_t>(job.record.snapshot_count)));
  EXPECT_EQ(server_.AwaitEnd(server_.Create(XorSpec())).record.state, JobState::kSucceeded);
}

TEST_F(SchedulerTest, SnapshotsThatCannotBeStoredFailTheJobAndNotTheServer) {
  server_.Start();
  server_.store().SetHooks({.before_append = [](absl::Span<const storage::PendingSnapshot> group) {
    for (const storage::PendingSnapshot& each : group) {
      if (each.snapshot.index == 3) return absl::ResourceExhaustedError("the disk is full");
    }
    return absl::OkStatus();
  }});
  const std::string id = server_.Create(XorSpec());
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kStorage);
  EXPECT_EQ(job.record.error_message, "the disk is full");
  EXPECT_EQ(job.record.snapshot_count, 3);
  EXPECT_THAT(server_.Snapshots(id), SizeIs(3));
  server_.store().SetHooks({});
  EXPECT_EQ(server_.AwaitEnd(server_.Create(XorSpec())).record.state, JobState::kSucceeded);
}

TEST_F(SchedulerTest, ALastSnapshotThatCannotBeStoredFailsTheJob) {
  server_.Start();
  server_.store().SetHooks({.before_append = [](absl::Span<const storage::PendingSnapshot> group) {
    return group.back().snapshot.index == 80 ? absl::UnavailableError("read-only")
                                             : absl::OkStatus();
  }});
  const JobView job = server_.AwaitEnd(server_.Create(XorSpec()));
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kStorage);
  EXPECT_EQ(job.record.snapshot_count, 80);
}

TEST_F(SchedulerTest, AStartThatCannotBeStoredFailsTheJob) {
  server_.Start();
  server_.store().SetHooks({.before_update = [](const storage::JobRecord& job) {
    return job.state == JobState::kRunning ? absl::UnavailableError("cannot start")
                                           : absl::OkStatus();
  }});
  const JobView job = server_.AwaitEnd(server_.Create(XorSpec()));
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kStorage);
  EXPECT_EQ(job.record.error_message, "cannot start");
}

TEST_F(SchedulerTest, ACancellationThatCannotBeStoredIsNotMade) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 1);
  server_.store().SetHooks(
      {.before_update = [](const storage::JobRecord&) { return absl::UnavailableError("no"); }});
  EXPECT_THAT(server_.scheduler().Cancel(id), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(server_.Get(id).record.cancel_requested);
  server_.store().SetHooks({});
  server_.clock().Release();
  EXPECT_EQ(server_.AwaitEnd(id).record.state, JobState::kSucceeded);
}

}  // namespace
}  // namespace percept::training
