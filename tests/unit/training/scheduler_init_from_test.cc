#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status.h"
#include "server/training/scheduler.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/reference_training.h"
#include "tests/unit/training/scheduler_fixture.h"

// Jobs that start from another job's snapshot.
namespace percept::training {
namespace {

using percept::testing::StatusIs;
using percept::testing::TempDir;
using storage::JobErrorReason;
using storage::JobSpec;
using storage::JobState;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InitFromTest : public ::testing::Test {
 protected:
  InitFromTest() {
    server_.Start();
    origin_ = server_.Create(XorSpec());
    EXPECT_EQ(server_.AwaitEnd(origin_).record.state, JobState::kSucceeded);
  }

  JobSpec From(int64_t index) const { return From(origin_, index); }
  static JobSpec From(const std::string& job, int64_t index) {
    JobSpec spec = XorSpec();
    spec.seed = 8;
    spec.init_from = storage::SnapshotRef{job, index};
    return spec;
  }

  TempDir folder_;
  TestServer server_{folder_.path()};
  std::string origin_;
};

TEST_F(InitFromTest, TheJobGoesOnFromThatSnapshot) {
  const std::string id = server_.Create(From(17));
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  const std::string initial = *server_.Snapshots(origin_)[17].parameters;
  EXPECT_EQ(*server_.Snapshots(id).front().parameters, initial);
  const data::Dataset dataset = data::Generate(XorSource());
  ExpectSameSnapshots(
      server_.Snapshots(id),
      TrainByHand(JobFor(From(17), dataset), dataset, TestKernels(), &initial).snapshots);
}

TEST_F(InitFromTest, TheNewestSnapshotIsPutOnRecordByItsNumber) {
  const JobView job = server_.AwaitEnd(server_.Create(From(kNewestSnapshot)));
  EXPECT_EQ(job.record.spec.init_from, (storage::SnapshotRef{origin_, 80}));
  EXPECT_EQ(*server_.Snapshots(job.record.id).front().parameters,
            *server_.Snapshots(origin_).back().parameters);
}

TEST_F(InitFromTest, TheNewestOfARunningJobIsTheOneThereIsNow) {
  TempDir folder;
  TestServer server(folder.path());
  server.Start();
  const std::string running = server.CreateHeld(XorSpec(), 10);
  server.AwaitSnapshots(running, 10);
  const auto job = server.scheduler().Create({From(running, kNewestSnapshot), "ada", "again"});
  ASSERT_OK(job);
  EXPECT_EQ(job->record.spec.init_from->index, 9);
  server.clock().Release();
  server.AwaitEnd(running);
  // There are more now, but this was asked for before.
  const auto again = server.scheduler().Create({From(running, kNewestSnapshot), "ada", "again"});
  ASSERT_OK(again);
  EXPECT_EQ(again->record.id, job->record.id);
  EXPECT_EQ(again->record.spec.init_from->index, 9);
}

TEST_F(InitFromTest, WhatIsNotThereIsRefused) {
  EXPECT_THAT(server_.scheduler().Create({From("nope", 0), "ada", ""}),
              StatusIs(absl::StatusCode::kNotFound, "init_from: jobs/nope: no such job"));
  EXPECT_THAT(server_.scheduler().Create({From(81), "ada", ""}),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("has snapshots 0 to 80, got 81")));
}

TEST_F(InitFromTest, AJobWithoutSnapshotsIsRefused) {
  TempDir folder;
  TestServer server(folder.path());  // No worker has begun.
  EXPECT_THAT(
      server.scheduler().Create({From(server.Create(XorSpec()), kNewestSnapshot), "ada", ""}),
      StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("has no snapshots yet")));
}

TEST_F(InitFromTest, OtherParametersAreRefused) {
  JobSpec spec = From(0);
  spec.model.hidden_units = {8, 8};
  EXPECT_THAT(server_.scheduler().Create({spec, "ada", ""}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("init_from: must have")));
  spec = From(0);
  spec.dataset = "three-class";
  EXPECT_THAT(server_.scheduler().Create({spec, "ada", ""}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("init_from: must have")));
}

TEST_F(InitFromTest, ParametersThatCannotBeReadFailTheJob) {
  server_.store().SetHooks({.after_read = [](std::vector<storage::SnapshotRecord>& snapshots) {
    snapshots.clear();
    return absl::OkStatus();
  }});
  const std::string gone = server_.Create(From(5));
  const storage::JobRecord record = server_.AwaitEnd(gone).record;
  EXPECT_EQ(record.state, JobState::kFailed);
  EXPECT_EQ(record.error_reason, JobErrorReason::kStorage);
  EXPECT_EQ(record.error_message,
            absl::StrCat("init_from: jobs/", origin_, "/snapshots/5: is not there any more"));
  EXPECT_THAT(server_.Snapshots(gone), IsEmpty());

  server_.store().SetHooks({.after_read = [](auto&) { return absl::DataLossError("corrupt"); }});
  EXPECT_EQ(server_.AwaitEnd(server_.Create(From(5))).record.error_message,
            absl::StrCat("init_from: jobs/", origin_, "/snapshots/5: corrupt"));
}

}  // namespace
}  // namespace percept::training
