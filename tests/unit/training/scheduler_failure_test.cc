#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/training/scheduler.h"
#include "tests/support/raw_database.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/scheduler_fixture.h"

// What becomes of jobs that go wrong.
namespace percept::training {
namespace {

using percept::testing::StatusIs;
using percept::testing::TempDir;
using storage::JobErrorReason;
using storage::JobSpec;
using storage::JobState;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SchedulerFailure : public ::testing::Test {
 protected:
  TempDir folder_;
  TestServer server_{folder_.path()};
};

TEST_F(SchedulerFailure, DivergenceFailsTheJobAndKeepsItsSnapshots) {
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

TEST_F(SchedulerFailure, SnapshotsThatCannotBeStoredFailTheJobAndNotTheServer) {
  server_.Start();
  server_.store().SetHooks({.before_append = [](absl::Span<const storage::PendingSnapshots> group) {
    for (const storage::PendingSnapshots& each : group) {
      if (each.block->end_index() > 3) return absl::ResourceExhaustedError("the disk is full");
    }
    return absl::OkStatus();
  }});
  const std::string id = server_.Create(XorSpec());
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kStorage);
  EXPECT_EQ(job.record.error_message, "the disk is full");
  // Without those that came with the fourth.
  EXPECT_LE(job.record.snapshot_count, 3);
  EXPECT_THAT(server_.Snapshots(id), SizeIs(static_cast<size_t>(job.record.snapshot_count)));
  server_.store().SetHooks({});
  EXPECT_EQ(server_.AwaitEnd(server_.Create(XorSpec())).record.state, JobState::kSucceeded);
}

TEST_F(SchedulerFailure, ALastSnapshotThatCannotBeStoredFailsTheJob) {
  server_.Start();
  server_.store().SetHooks({.before_append = [](absl::Span<const storage::PendingSnapshots> group) {
    return group.back().block->end_index() == 81 ? absl::UnavailableError("read-only")
                                                 : absl::OkStatus();
  }});
  const JobView job = server_.AwaitEnd(server_.Create(XorSpec()));
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kStorage);
  EXPECT_LE(job.record.snapshot_count, 80);
}

TEST_F(SchedulerFailure, AnEpochThatCannotBeStoredFailsTheJob) {
  server_.Start();
  server_.store().SetHooks(
      {.before_append_epochs = [](absl::Span<const storage::PendingEpoch> epochs) {
        return epochs.back().epoch.epoch == 1 ? absl::ResourceExhaustedError("the disk is full")
                                              : absl::OkStatus();
      }});
  const std::string id = server_.Create(XorSpec());
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kStorage);
  EXPECT_LE(job.record.snapshot_count, 80);  // All but the one at the end of that epoch, at most.
  EXPECT_LE(server_.Epochs(id).size(), 1u);
}

TEST_F(SchedulerFailure, AStartThatCannotBeStoredFailsTheJob) {
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

TEST_F(SchedulerFailure, AnEndThatCannotBeStoredIsTriedAgainUntilItIs) {
  TempDir folder;
  TestServer server(folder.path(), {.retry_interval = absl::Milliseconds(1)});
  server.store().SetHooks({.before_update = [](const storage::JobRecord& job) {
    return storage::IsTerminal(job.state) ? absl::ResourceExhaustedError("the disk is full")
                                          : absl::OkStatus();
  }});
  server.Start();
  const std::string id = server.Create(XorSpec());
  server.AwaitView(id, [](const JobView& job) {
    return job.wait_message ==
           "its training is over, but that could not be stored yet: the disk is full";
  });
  EXPECT_EQ(server.Get(id).record.state, JobState::kRunning);
  EXPECT_THAT(server.scheduler().Pause(id), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(server.scheduler().Delete(id), StatusIs(absl::StatusCode::kFailedPrecondition));
  server.store().SetHooks({});
  const JobView job = server.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kSucceeded);
  EXPECT_TRUE(job.wait_message.empty());
  EXPECT_EQ(server.store().jobs().Get(id)->state, JobState::kSucceeded);
}

TEST_F(SchedulerFailure, APauseWhoseCompletionCannotBeStoredFailsTheJob) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 5);
  ASSERT_OK(server_.scheduler().Pause(id));
  server_.store().SetHooks({.before_update = [](const storage::JobRecord& job) {
    return job.state == JobState::kPaused ? absl::UnavailableError("cannot pause")
                                          : absl::OkStatus();
  }});
  server_.clock().Release();
  const JobView job = server_.AwaitEnd(id);
  EXPECT_EQ(job.record.state, JobState::kFailed);
  EXPECT_EQ(job.record.error_reason, JobErrorReason::kStorage);
  EXPECT_EQ(job.record.error_message, "cannot pause");
}

TEST_F(SchedulerFailure, ACancellationThatCannotBeStoredIsNotMade) {
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

TEST_F(SchedulerFailure, ANewestSnapshotThatCannotBeReadIsNamedAndNotShownAsNothing) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  const JobView whole = server_.AwaitEnd(id);
  EXPECT_THAT(whole.damaged, IsEmpty());
  server_.store().SetHooks({.after_read = [](std::vector<storage::SnapshotRecord>&) {
    return absl::DataLossError("jobs/k/snapshots/70-80: damaged");
  }});
  ::testing::internal::CaptureStderr();
  const JobView job = server_.Get(id);
  const auto page = server_.scheduler().List({}, true, std::nullopt, 10);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(job.damaged, ElementsAre("jobs/k/snapshots/70-80: damaged"));
  EXPECT_EQ(job.record, whole.record);
  EXPECT_EQ(job.latest, std::nullopt);
  ASSERT_OK(page);
  EXPECT_THAT(page->jobs, ElementsAre(Field(&JobView::damaged, job.damaged)));
  // Once, however often it is looked at.
  EXPECT_THAT(log, HasSubstr("jobs/k/snapshots/70-80"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(SchedulerFailure, ANewestSnapshotThatIsNotFoundIsNamed) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  server_.AwaitEnd(id);
  server_.store().SetHooks({.after_read = [](std::vector<storage::SnapshotRecord>& found) {
    found.clear();
    return absl::OkStatus();
  }});
  EXPECT_THAT(server_.Get(id).damaged,
              ElementsAre(absl::StrCat("jobs/", id, "/snapshots/80: missing from the store")));
}

TEST_F(SchedulerFailure, WhatIsMissingOfAnEndedJobIsNamed) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  const JobView whole = server_.AwaitEnd(id);
  percept::testing::RawDatabase raw(folder_.File(TestServer::kDatabase));
  for (const auto& [table, key] :
       {std::pair("snapshot_blocks", "first_index"), std::pair("epochs", "epoch")}) {
    raw.Run(absl::StrCat("DELETE FROM ", table, " WHERE ", key, " = (SELECT max(", key, ") FROM ",
                         table, ")"));
  }
  const JobView job = server_.Get(id);
  EXPECT_EQ(job.record.snapshot_count, whole.record.snapshot_count);
  EXPECT_EQ(job.latest, std::nullopt);
  EXPECT_THAT(job.damaged,
              ElementsAre(absl::StrCat("jobs/", id, "/snapshots/80: the stored record is missing"),
                          absl::StrCat("jobs/", id, ": the newest of its epochs (1): ",
                                       "the stored records are missing")));
}

}  // namespace
}  // namespace percept::training
