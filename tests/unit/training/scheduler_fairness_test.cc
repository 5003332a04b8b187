#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status.h"
#include "server/training/scheduler.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/scheduler_fixture.h"

// Who gets a worker when, and how many jobs an owner may have.
namespace percept::training {
namespace {

using percept::testing::IsOk;
using percept::testing::StatusIs;
using percept::testing::TempDir;
using storage::JobState;
using ::testing::HasSubstr;

std::string CreateFor(TestServer& server, const std::string& owner, const storage::JobSpec& spec) {
  const absl::StatusOr<JobView> job = server.scheduler().Create({spec, owner, ""});
  EXPECT_OK(job);
  return job.ok() ? job->record.id : "";
}

// A job that ends only when it is asked to.
storage::JobSpec EndlessSpec() {
  storage::JobSpec spec = XorSpec();
  spec.training.epochs = 1'000'000;
  spec.training.evaluate = false;
  spec.training.report_frequency = 1'000'000'000;
  return spec;
}

TEST(Fairness, FiftyJobsOfOneOwnerDoNotHoldUpAnothersOne) {
  TempDir folder;
  TestServer server(folder.path());
  std::vector<std::string> jobs;
  for (int number = 0; number < 50; ++number) {
    jobs.push_back(CreateFor(server, "ada", XorSpec()));
  }
  const std::string single = CreateFor(server, "bob", XorSpec());
  EXPECT_EQ(server.Get(single).place->position, 2);
  EXPECT_EQ(server.Get(jobs[49]).place->position, 51);
  server.Start();
  const JobView ended = server.AwaitEnd(single);
  const JobView second = server.AwaitEnd(jobs[1]);
  EXPECT_LE(*ended.record.start_time, *second.record.start_time);
  for (const std::string& id : jobs) server.AwaitEnd(id);
}

TEST(Fairness, ALongJobGivesItsWorkerToAnotherOwnersAndGoesOnAfterwards) {
  TempDir folder;
  TestServer server(folder.path(), {.time_slice = absl::Milliseconds(1)});
  server.Start();
  const std::string endless = CreateFor(server, "ada", EndlessSpec());
  server.AwaitState(endless, JobState::kRunning);
  const std::string single = CreateFor(server, "bob", XorSpec());
  EXPECT_EQ(server.AwaitEnd(single).record.state, JobState::kSucceeded);
  server.AwaitView(endless, [](const JobView& job) {
    return job.record.state == JobState::kRunning && job.record.attempt >= 2;
  });
  const int64_t step = server.Get(endless).step;
  server.AwaitView(endless, [step](const JobView& job) { return job.step > step; });
}

TEST(Fairness, AShortJobGetsPastALongOneOfItsOwner) {
  TempDir folder;
  TestServer server(folder.path(), {.time_slice = absl::Milliseconds(1)});
  server.Start();
  const std::string endless = server.Create(EndlessSpec());
  server.AwaitState(endless, JobState::kRunning);
  EXPECT_EQ(server.AwaitEnd(server.Create(XorSpec())).record.state, JobState::kSucceeded);
  server.AwaitState(endless, JobState::kRunning);
}

TEST(Fairness, EndlessJobsOfManyOwnersAllComeOn) {
  TempDir folder;
  TestServer server(folder.path(), {.workers = 2, .time_slice = absl::Milliseconds(1)});
  server.Start();
  std::vector<std::string> jobs;
  for (const char* owner : {"ada", "ada", "bob", "cleo", "dan"}) {
    jobs.push_back(CreateFor(server, owner, EndlessSpec()));
  }
  for (const std::string& id : jobs) {
    server.AwaitView(id, [](const JobView& job) { return job.record.attempt >= 3; });
  }
}

TEST(Fairness, WithinItsSliceAJobKeepsItsWorker) {
  TempDir folder;
  TestServer server(folder.path(), {.time_slice = absl::Hours(1)});
  server.Start();
  const std::string id = server.CreateHeld(XorSpec(), 5);
  CreateFor(server, "bob", XorSpec());
  server.clock().Release();
  EXPECT_EQ(server.AwaitEnd(id).record.attempt, 1);
}

TEST(Fairness, SlicesChangeNoBits) {
  TempDir folder;
  TestServer server(folder.path(), {.time_slice = absl::Milliseconds(1)});
  server.Start();
  storage::JobSpec spec = XorSpec();
  spec.training.epochs = 100;
  const std::string undisturbed = server.Create(spec);
  server.AwaitEnd(undisturbed);
  const std::string sliced = CreateFor(server, "ada", spec);
  const std::string rival = CreateFor(server, "bob", spec);
  server.AwaitEnd(sliced);
  server.AwaitEnd(rival);
  ExpectSameSnapshots(server.Snapshots(sliced), server.Snapshots(undisturbed));
  ExpectSameSnapshots(server.Snapshots(rival), server.Snapshots(undisturbed));
}

TEST(OwnerLimits, TooManyWaitingJobsOfAnOwnerAreRefusedByName) {
  TempDir folder;
  TestServer server(folder.path(), {.max_queued_jobs_per_owner = 2});
  const std::string first = server.Create(XorSpec());
  const std::string second = server.Create(XorSpec());
  const absl::Status refused = server.scheduler().Create({XorSpec(), "ada", ""}).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted,
                                HasSubstr("owner: may have at most 2 jobs that wait or are paused "
                                          "(--max-queued-jobs-per-owner), ada has 2")));
  EXPECT_EQ(ReasonOf(refused), "OWNER_QUEUE_FULL");
  EXPECT_THAT(server.scheduler().Create({XorSpec(), "bob", ""}), IsOk());

  // Paused ones count; cancelled ones do not.
  ASSERT_OK(server.scheduler().Pause(first));
  EXPECT_THAT(server.scheduler().Create({XorSpec(), "ada", ""}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  ASSERT_OK(server.scheduler().Cancel(first));
  EXPECT_THAT(server.scheduler().Create({XorSpec(), "ada", ""}), IsOk());
  // Who waits already can be resumed.
  ASSERT_OK(server.scheduler().Pause(second));
  EXPECT_THAT(server.scheduler().Resume(second), IsOk());
}

TEST(OwnerLimits, AnOwnerRunsNoMoreJobsThanAllowed) {
  TempDir folder;
  TestServer server(folder.path(), {.workers = 3, .max_running_jobs_per_owner = 1});
  server.Start();
  const std::string first = CreateFor(server, "ada", EndlessSpec());
  server.AwaitState(first, JobState::kRunning);
  const std::string second = CreateFor(server, "ada", EndlessSpec());
  EXPECT_EQ(server.Get(second).wait_message,
            "queued, 1st of 1: ada runs as many jobs as allowed at once, 1");
  EXPECT_EQ(server.AwaitEnd(CreateFor(server, "bob", XorSpec())).record.state,
            JobState::kSucceeded);
  EXPECT_EQ(server.Get(second).record.state, JobState::kQueued);
  ASSERT_OK(server.scheduler().Cancel(first));
  server.AwaitState(second, JobState::kRunning);
}

}  // namespace
}  // namespace percept::training
