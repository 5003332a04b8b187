#include <ostream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status.h"
#include "server/training/scheduler.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/scheduler_fixture.h"

// What becomes of a job in each state when a client asks to pause, resume, cancel or delete it.
namespace percept::training {
namespace {

using percept::testing::IsOk;
using percept::testing::StatusIs;
using percept::testing::TempDir;
using storage::JobState;
using ::testing::HasSubstr;

enum class Request { kPause, kResume, kCancel, kDelete };

// What comes of a request: the state at once and, where a worker has to see to it, later.
struct Case {
  JobState state;
  Request request;
  absl::StatusCode answer = absl::StatusCode::kOk;
  JobState at_once = state;
  JobState later = at_once;

  friend void PrintTo(const Case& each, std::ostream* out) {
    constexpr const char* kRequests[] = {"pause", "resume", "cancel", "delete"};
    *out << kRequests[static_cast<int>(each.request)] << " when "
         << storage::JobStateName(each.state);
  }
};

class RequestTest : public ::testing::TestWithParam<Case> {
 protected:
  // The id of a job in that state; a running one is held before its sixth batch.
  std::string JobIn(JobState state) {
    storage::JobSpec spec = XorSpec();
    switch (state) {
      case JobState::kQueued:
        return server_.Create(spec);
      case JobState::kRunning: {
        server_.Start();
        const std::string id = server_.CreateHeld(spec, 5);
        server_.AwaitSnapshots(id, 5);  // What is stored later would change its record.
        return id;
      }
      case JobState::kPaused: {
        const std::string id = server_.Create(spec);
        EXPECT_OK(server_.scheduler().Pause(id));
        return id;
      }
      case JobState::kFailed:
        spec.model.activation = Activation::kRelu;
        spec.training.learning_rate = 1e38;
        [[fallthrough]];
      case JobState::kSucceeded: {
        server_.Start();
        const std::string id = server_.Create(spec);
        server_.AwaitEnd(id);
        return id;
      }
      case JobState::kCancelled: {
        const std::string id = server_.Create(spec);
        EXPECT_OK(server_.scheduler().Cancel(id));
        return id;
      }
    }
    return "";
  }

  absl::Status Ask(Request request, const std::string& id) {
    Scheduler& scheduler = server_.scheduler();
    switch (request) {
      case Request::kPause:
        return scheduler.Pause(id).status();
      case Request::kResume:
        return scheduler.Resume(id).status();
      case Request::kCancel:
        return scheduler.Cancel(id).status();
      case Request::kDelete:
        return scheduler.Delete(id);
    }
    return absl::UnknownError("no such request");
  }

  TempDir folder_;
  TestServer server_{folder_.path()};
};

TEST_P(RequestTest, HasItsOutcome) {
  const Case& wanted = GetParam();
  const std::string id = JobIn(wanted.state);
  ASSERT_EQ(server_.Get(id).record.state, wanted.state);
  const storage::JobRecord before = server_.Get(id).record;
  const absl::Status answer = Ask(wanted.request, id);
  EXPECT_EQ(answer.code(), wanted.answer) << answer;
  const absl::StatusOr<JobView> after = server_.scheduler().Get(id);
  if (wanted.request == Request::kDelete && answer.ok()) {
    EXPECT_THAT(after, StatusIs(absl::StatusCode::kNotFound));
    return;
  }
  EXPECT_EQ(after->record.state, wanted.at_once);
  if (!answer.ok()) {
    EXPECT_THAT(answer.message(),
                HasSubstr(absl::StrCat("got state ", storage::JobStateName(wanted.state))));
  }
  if (wanted.later == wanted.state) {
    EXPECT_EQ(after->record, before) << "something was changed";
  }
  // Nothing of it is in memory alone.
  EXPECT_EQ(server_.store().jobs().Get(id)->state, wanted.at_once);
  server_.clock().Release();
  if (wanted.later != wanted.at_once) server_.AwaitState(id, wanted.later);
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  constexpr const char* kRequests[] = {"Pause", "Resume", "Cancel", "Delete"};
  return absl::StrCat(kRequests[static_cast<int>(info.param.request)], "When_",
                      storage::JobStateName(info.param.state));
}

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;
constexpr auto kOk = absl::StatusCode::kOk;
using enum JobState;
INSTANTIATE_TEST_SUITE_P(
    OfAllKinds, RequestTest,
    ::testing::Values(
        Case{kQueued, Request::kPause, kOk, kPaused},
        Case{kRunning, Request::kPause, kOk, kRunning, kPaused}, Case{kPaused, Request::kPause},
        Case{kSucceeded, Request::kPause, kRefused}, Case{kFailed, Request::kPause, kRefused},
        Case{kCancelled, Request::kPause, kRefused},

        Case{kQueued, Request::kResume}, Case{kRunning, Request::kResume},
        Case{kPaused, Request::kResume, kOk, kQueued}, Case{kSucceeded, Request::kResume, kRefused},
        Case{kFailed, Request::kResume, kRefused}, Case{kCancelled, Request::kResume, kRefused},

        Case{kQueued, Request::kCancel, kOk, kCancelled},
        Case{kRunning, Request::kCancel, kOk, kRunning, kCancelled},
        Case{kPaused, Request::kCancel, kOk, kCancelled},
        Case{kSucceeded, Request::kCancel, kRefused}, Case{kFailed, Request::kCancel, kRefused},
        Case{kCancelled, Request::kCancel},

        Case{kQueued, Request::kDelete, kRefused}, Case{kRunning, Request::kDelete, kRefused},
        Case{kPaused, Request::kDelete, kRefused}, Case{kSucceeded, Request::kDelete},
        Case{kFailed, Request::kDelete}, Case{kCancelled, Request::kDelete}),
    NameOf);

class PauseTest : public ::testing::Test {
 protected:
  TempDir folder_;
  TestServer server_{folder_.path()};
};

TEST_F(PauseTest, APausedJobFreesItsWorkerAndGoesOnWhereItStopped) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 30);
  const auto asked = server_.scheduler().Pause(id);
  ASSERT_OK(asked);
  EXPECT_TRUE(asked->record.pause_requested);
  EXPECT_EQ(asked->wait_message, "running, to be paused at its next batch");
  server_.clock().Release();
  server_.AwaitState(id, JobState::kPaused);
  const JobView paused = server_.Get(id);
  EXPECT_FALSE(paused.record.pause_requested);
  EXPECT_EQ(paused.wait_message, "paused; to be resumed from where it stopped");
  EXPECT_FALSE(server_.scheduler().OpenHistory(id).value()->ended());
  const std::string undisturbed = server_.Create(XorSpec());
  EXPECT_EQ(server_.AwaitEnd(undisturbed).record.state, JobState::kSucceeded);

  ASSERT_OK(server_.scheduler().Resume(id));
  const JobView ended = server_.AwaitEnd(id);
  EXPECT_EQ(ended.record.state, JobState::kSucceeded);
  EXPECT_EQ(ended.record.attempt, 2);
  ExpectSameSnapshots(server_.Snapshots(id), server_.Snapshots(undisturbed));
  EXPECT_EQ(server_.Epochs(id), server_.Epochs(undisturbed));
}

TEST_F(PauseTest, APauseIsTakenBackBeforeItIsCarriedOut) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 5);
  ASSERT_OK(server_.scheduler().Pause(id));
  const auto resumed = server_.scheduler().Resume(id);
  ASSERT_OK(resumed);
  EXPECT_FALSE(resumed->record.pause_requested);
  server_.clock().Release();
  const JobView ended = server_.AwaitEnd(id);
  EXPECT_EQ(ended.record.state, JobState::kSucceeded);
  EXPECT_EQ(ended.record.attempt, 1);
}

TEST_F(PauseTest, AJobThatIsBeingCancelledIsNotPaused) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 5);
  ASSERT_OK(server_.scheduler().Cancel(id));
  const absl::Status refused = server_.scheduler().Pause(id).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused), "JOB_BEING_CANCELLED");
  server_.clock().Release();
  EXPECT_EQ(server_.AwaitEnd(id).record.state, JobState::kCancelled);
}

TEST_F(PauseTest, ACancellationOutranksAPauseThatWasAskedForBefore) {
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 5);
  ASSERT_OK(server_.scheduler().Pause(id));
  ASSERT_OK(server_.scheduler().Cancel(id));
  server_.clock().Release();
  EXPECT_EQ(server_.AwaitEnd(id).record.state, JobState::kCancelled);
}

TEST_F(PauseTest, APauseThatCannotBeStoredIsNotMade) {
  server_.Start();
  const std::string running = server_.CreateHeld(XorSpec(), 1);
  const std::string queued = server_.Create(XorSpec());
  server_.store().SetHooks(
      {.before_update = [](const storage::JobRecord&) { return absl::UnavailableError("no"); }});
  EXPECT_THAT(server_.scheduler().Pause(running), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(server_.scheduler().Pause(queued), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(server_.scheduler().Cancel(queued), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server_.Get(queued).wait_message, "queued, 1st of 1: all workers are busy");
  server_.store().SetHooks({});
  server_.clock().Release();
  EXPECT_EQ(server_.AwaitEnd(running).record.state, JobState::kSucceeded);
  EXPECT_EQ(server_.AwaitEnd(queued).record.state, JobState::kSucceeded);
}

TEST_F(PauseTest, APauseAcknowledgedBeforeACrashIsCarriedOutByTheNextServer) {
  TempDir crashed;
  server_.Start();
  const std::string id = server_.CreateHeld(XorSpec(), 30);
  server_.AwaitSnapshots(id, 30);
  ASSERT_OK(server_.scheduler().Pause(id));
  CopyDisk(folder_, crashed);
  TestServer next(crashed.path());
  next.Start();
  EXPECT_EQ(next.Get(id).record.state, JobState::kPaused);
  EXPECT_FALSE(next.Get(id).record.pause_requested);
  ASSERT_OK(next.scheduler().Resume(id));
  EXPECT_EQ(next.AwaitEnd(id).record.state, JobState::kSucceeded);
  server_.clock().Release();
}

TEST_F(PauseTest, APausedJobStaysPausedOverAStop) {
  std::string id;
  {
    TestServer server(folder_.path());
    id = server.Create(XorSpec());
    ASSERT_OK(server.scheduler().Pause(id));
  }
  TestServer next(folder_.path());
  next.Start();
  EXPECT_EQ(next.Get(id).record.state, JobState::kPaused);
  ASSERT_OK(next.scheduler().Resume(id));
  EXPECT_EQ(next.AwaitEnd(id).record.state, JobState::kSucceeded);
}

TEST_F(PauseTest, WhoReadsOnInADeletedJobLearnsThatItIsGone) {
  server_.Start();
  const std::string id = server_.Create(XorSpec());
  server_.AwaitEnd(id);
  server_.scheduler().Stop();
  TestServer next(folder_.path());
  const auto history = next.scheduler().OpenHistory(id).value();
  ASSERT_THAT(history->Read(0, SnapshotView::kMetrics, 1), IsOk());
  ASSERT_OK(next.scheduler().Delete(id));
  EXPECT_THAT(history->Read(0, SnapshotView::kMetrics, 1),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("has been deleted")));
  EXPECT_THAT(next.scheduler().OpenHistory(id), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PauseTest, UnknownJobsAreNotFound) {
  EXPECT_THAT(server_.scheduler().Pause("nope"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(server_.scheduler().Resume("nope"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(server_.scheduler().Delete("nope"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace percept::training
