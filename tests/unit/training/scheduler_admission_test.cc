#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status.h"
#include "server/training/scheduler.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/scheduler_fixture.h"

// Which jobs a scheduler takes.
namespace percept::training {
namespace {

using percept::testing::IsOk;
using percept::testing::StatusIs;
using percept::testing::TempDir;
using storage::JobSpec;
using storage::JobState;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SchedulerAdmission : public ::testing::Test {
 protected:
  TempDir folder_;
  TestServer server_{folder_.path()};
};

TEST_F(SchedulerAdmission, WhatDoesNotFitTheDataIsRefused) {
  JobSpec spec = PerceptronSpec();
  spec.dataset = "three-class";
  EXPECT_THAT(server_.scheduler().Create({spec, "ada", ""}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("two classes")));
  EXPECT_EQ(server_.scheduler().load().queued, 0);
}

TEST_F(SchedulerAdmission, NoDataSetIsDeletedWhileAJobIsMadeOfIt) {
  bool could_delete = true;
  server_.store().SetHooks({.before_insert = [&](const storage::JobRecord&) {
    std::thread deleter([&] {
      could_delete = server_.catalogue().deletion_mutex()->TryLock();
      if (could_delete) server_.catalogue().deletion_mutex()->Unlock();
    });
    deleter.join();
    return absl::OkStatus();
  }});
  server_.Create(XorSpec());
  EXPECT_FALSE(could_delete);
  EXPECT_THAT(server_.catalogue().Delete("xor"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SchedulerAdmission, UnknownDataSetIsNotFound) {
  JobSpec spec = XorSpec();
  spec.dataset = "nope";
  EXPECT_THAT(server_.scheduler().Create({spec, "ada", ""}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("datasets/nope")));
}

TEST_F(SchedulerAdmission, AModelTooLargeForTheServerIsRefused) {
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
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted,
                                HasSubstr("at most 2 jobs may wait (--max-queued-jobs), 2 do")));
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

TEST_F(SchedulerAdmission, ARepeatedRequestGivesTheSameJob) {
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

TEST_F(SchedulerAdmission, ARepeatedRequestIsAnsweredWhateverBecameOfTheJob) {
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

TEST_F(SchedulerAdmission, ARequestIdForAnotherSpecAlreadyExists) {
  ASSERT_OK(server_.scheduler().Create({XorSpec(), "ada", "again"}));
  JobSpec other = XorSpec();
  other.training.learning_rate = 0.2;
  const auto refused = server_.scheduler().Create({other, "ada", "again"});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("request_id")));
  EXPECT_EQ(ReasonOf(refused.status()), "REQUEST_ID_REUSED");
}

TEST_F(SchedulerAdmission, TheSameRequestManyTimesAtOnceMakesOneJob) {
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

TEST_F(SchedulerAdmission, AJobInTheStoreIsActiveBeforeItsCreationReturns) {
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

TEST_F(SchedulerAdmission, AJobThatCannotBeStoredIsForgotten) {
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

}  // namespace
}  // namespace percept::training
