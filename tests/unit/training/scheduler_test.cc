#include "server/training/scheduler.h"

#include <string>
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
  EXPECT_EQ(faster.record.run_time, absl::Seconds(1));
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

TEST_F(SchedulerTest, APerceptronShowsWhatItHasOfAMinibatchJob) {
  server_.Start();
  const std::string id = server_.Create(PerceptronSpec());
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  EXPECT_EQ(job.total_steps, 0);
  EXPECT_EQ(job.total_instances, 400);
  EXPECT_EQ(job.total_epochs, 0);
  EXPECT_EQ(job.instances, 400);
  EXPECT_EQ(job.epoch, 0);
  EXPECT_EQ(job.record.parameter_count, 3);
  const data::Dataset dataset = data::Generate(TwoNormalsSource());
  ExpectSameSnapshots(
      server_.Snapshots(id),
      TrainByHand(JobFor(PerceptronSpec(), dataset), dataset, TestKernels()).snapshots);
}

TEST_F(SchedulerTest, ARunningPerceptronIsCancelledAtItsNextChange) {
  server_.Start();
  JobSpec spec = PerceptronSpec();
  spec.dataset = "xor";
  const std::string id = server_.CreateHeld(spec, 10);
  ASSERT_OK(server_.scheduler().Cancel(id));
  server_.clock().Release();
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kCancelled);
  EXPECT_EQ(job.record.snapshot_count, 10);
}

TEST_F(SchedulerTest, EpochsAreStoredWithTheJob) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  server_.AwaitEnd(id);
  const data::Dataset dataset = data::Generate(XorSource());
  EXPECT_TRUE(server_.Epochs(id) ==
              TrainByHand(JobFor(XorSpec(), dataset), dataset, TestKernels()).epochs);
}

TEST_F(SchedulerTest, AJobThatStopsEarlyShowsWhereItEnded) {
  server_.Start();
  JobSpec spec = LargeEvaluationSpec();
  spec.dataset = "large-xor";
  spec.training.epochs = 60;
  spec.training.learning_rate = 0.5;
  spec.training.patience = 2;
  const std::string id = server_.Create(spec);
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  const auto epochs = static_cast<int32_t>(server_.Epochs(id).size());
  ASSERT_LT(epochs, 60);
  EXPECT_EQ(job.epoch, epochs);
  EXPECT_EQ(job.step, 40 * epochs);
  EXPECT_EQ(job.instances, 400 * epochs);
  EXPECT_EQ(job.total_epochs, 60);
}

TEST_F(SchedulerTest, TrainAndValidationTogetherAreATrainingSplitThatHoldsBoth) {
  server_.Start();
  JobSpec spec = XorSpec();
  spec.train_on = TrainOn::kTrainAndValidation;
  const std::string id = server_.Create(spec);
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded) << job.record.error_message;
  EXPECT_EQ(job.record.train_examples, 600);
  EXPECT_EQ(job.instances, 1200);
  EXPECT_EQ(job.total_instances, 1200);

  data::Dataset joined = data::Generate(XorSource());
  data::Split& train = joined.split(data::SplitKind::kTrain);
  const data::Split& validation = joined.split(data::SplitKind::kValidation);
  train.dense.insert(train.dense.end(), validation.dense.begin(), validation.dense.end());
  train.labels.insert(train.labels.end(), validation.labels.begin(), validation.labels.end());
  train.examples += validation.examples;
  ExpectSameSnapshots(server_.Snapshots(id),
                      TrainByHand(JobFor(XorSpec(), joined), joined, TestKernels()).snapshots);
}

TEST(Scheduler, BitsDependNeitherOnWorkersNorOnOtherJobs) {
  JobSpec adaptive = XorSpec();
  adaptive.training.report_frequency = 0;
  JobSpec three_class = XorSpec();
  three_class.dataset = "three-class";
  JobSpec threaded = LargeEvaluationSpec();
  threaded.dataset = "large-xor";
  std::vector<JobSpec> specs = {XorSpec(), adaptive, three_class, threaded};
  for (const NamedSpec& each : SpecsOfAllKinds()) specs.push_back(each.spec);

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
  TestServer server(folder.path(), {.workers = 8});
  server.Start();
  std::vector<std::string> ids;
  for (size_t number = 0; number < 2 * specs.size(); ++number) {
    ids.push_back(server.Create(specs[number % specs.size()]));
  }
  for (size_t number = 0; number < ids.size(); ++number) {
    EXPECT_EQ(server.AwaitEnd(ids[number]).record.state, JobState::kSucceeded);
    ExpectSameSnapshots(server.Snapshots(ids[number]), alone[number % specs.size()]);
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

// --- Uses of the test split ---

storage::TestEvaluation Evaluation(double accuracy) {
  // Between two microseconds, as real clocks are.
  return {.time = absl::FromUnixNanos(1'700'000'000'123'456'789),
          .snapshot_index = 3,
          .accuracy = accuracy,
          .loss = 0.25};
}

TEST_F(SchedulerTest, TestEvaluationsOfARunningJobAreShownAndKept) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 10);
  const auto first = server_.scheduler().RecordTestEvaluation(id, Evaluation(0.5));
  ASSERT_OK(first);
  EXPECT_EQ(first->record.state, JobState::kRunning);
  ASSERT_THAT(first->record.test_evaluations, SizeIs(1));
  EXPECT_EQ(first->record.test_evaluations[0].accuracy, 0.5);
  EXPECT_EQ(first->record.test_evaluations[0].time, absl::FromUnixMicros(1'700'000'000'123'456));
  server_.clock().Release();
  const storage::JobRecord ended = server_.AwaitEnd(id).record;
  EXPECT_EQ(ended.state, JobState::kSucceeded);
  EXPECT_EQ(ended.test_evaluations, first->record.test_evaluations);
}

TEST_F(SchedulerTest, TestEvaluationsOfAnEndedJobComeInOrder) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  server_.AwaitEnd(id);
  ASSERT_OK(server_.scheduler().RecordTestEvaluation(id, Evaluation(0.5)));
  const auto second = server_.scheduler().RecordTestEvaluation(id, Evaluation(0.75));
  ASSERT_OK(second);
  ASSERT_THAT(second->record.test_evaluations, SizeIs(2));
  EXPECT_EQ(second->record.test_evaluations[1].accuracy, 0.75);
}

TEST_F(SchedulerTest, ATestEvaluationThatCannotBeStoredIsNotShown) {
  const std::string id = server_.Create(XorSpec());
  server_.store().SetHooks(
      {.before_append_test_evaluation = [](const auto&) { return absl::UnavailableError("no"); }});
  EXPECT_THAT(server_.scheduler().RecordTestEvaluation(id, Evaluation(0.5)),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(server_.Get(id).record.test_evaluations, IsEmpty());
}

TEST_F(SchedulerTest, ATestEvaluationOfAnUnknownJobIsNotFound) {
  EXPECT_THAT(server_.scheduler().RecordTestEvaluation("nope", Evaluation(0.5)),
              StatusIs(absl::StatusCode::kNotFound, "jobs/nope: no such job"));
}

// --- Lists and histories ---

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
  EXPECT_EQ(last->front().bytes, absl::StrCat(id, "/80"));
}

}  // namespace
}  // namespace percept::training
