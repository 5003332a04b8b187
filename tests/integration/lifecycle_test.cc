// What clients can ask of a job in each of its states, and what comes of it, over loopback.
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "sqlite3.h"
#include "tests/integration/violations.h"
#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using grpc::StatusCode;

constexpr absl::Duration kLimit = absl::Seconds(60);

void RunSql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

// With one worker.
class LifecycleTest : public ::testing::Test {
 protected:
  LifecycleTest() { Generate("points"); }

  void Generate(const std::string& id) {
    v1::Dataset dataset;
    const grpc::Status created =
        client_->CreateDataset(GeneratedDataset(id, v1::GENERATOR_THREE_CLASS), &dataset);
    EXPECT_TRUE(created.ok()) << created.error_message();
  }

  void Restart() {
    server_.Restart();
    client_.emplace(server_.address());
  }

  static v1::JobSpec ShortSpec() { return MlpSpec("points", {4}, /*epochs=*/1, 100); }

  // Trains until somebody ends it.
  static v1::JobSpec EndlessSpec() {
    v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/1000000, /*batch_size=*/50);
    spec.mutable_training()->set_report_frequency(1000000);
    return spec;
  }

  std::string MustCreate(const v1::JobSpec& spec, const std::string& request_id = "") {
    v1::CreateJobRequest request;
    *request.mutable_spec() = spec;
    request.set_request_id(request_id);
    v1::Job job;
    const grpc::Status created = client_->CreateJob(request, &job);
    EXPECT_TRUE(created.ok()) << created.error_message();
    return job.name();
  }

  v1::Job MustGet(const std::string& name) {
    v1::Job job;
    const grpc::Status got = client_->GetJob(name, &job);
    EXPECT_TRUE(got.ok()) << got.error_message();
    return job;
  }

  // Asks until the job is as wanted, and returns it; as it is when that takes too long.
  v1::Job Await(const std::string& name, const std::function<bool(const v1::Job&)>& wanted) {
    const absl::Time deadline = absl::Now() + kLimit;
    v1::Job job = MustGet(name);
    while (!wanted(job) && absl::Now() < deadline) job = MustGet(name);
    EXPECT_TRUE(wanted(job)) << job.ShortDebugString();
    return job;
  }
  v1::Job AwaitState(const std::string& name, v1::JobState state) {
    return Await(name, [state](const v1::Job& job) { return job.state() == state; });
  }
  void AwaitTraining(const std::string& name) {
    Await(name, [](const v1::Job& job) { return job.progress().snapshot_count() > 0; });
  }

  // A new job in this state. One that waits does so behind another that trains.
  std::string JobIn(v1::JobState state) {
    v1::JobSpec spec = EndlessSpec();
    if (state == v1::JOB_STATE_QUEUED || state == v1::JOB_STATE_PAUSED) {
      AwaitTraining(MustCreate(EndlessSpec()));
    } else if (state == v1::JOB_STATE_SUCCEEDED) {
      spec = ShortSpec();
    } else if (state == v1::JOB_STATE_FAILED) {
      spec.mutable_time_limit()->set_nanos(1'000'000);
    }
    const std::string name = MustCreate(spec);
    v1::Job job;
    if (state == v1::JOB_STATE_RUNNING || state == v1::JOB_STATE_CANCELLED) AwaitTraining(name);
    grpc::Status asked;
    if (state == v1::JOB_STATE_CANCELLED) asked = client_->CancelJob(name, &job);
    if (state == v1::JOB_STATE_PAUSED) asked = client_->PauseJob(name, &job);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    AwaitState(name, state);
    return name;
  }

  void CancelAll() {
    v1::ListJobsResponse jobs;
    ASSERT_TRUE(client_->ListJobs({}, &jobs).ok());
    for (const v1::Job& job : jobs.jobs()) {
      v1::Job ignored;
      if (job.has_end_time() || !client_->CancelJob(job.name(), &ignored).ok()) continue;
      AwaitState(job.name(), v1::JOB_STATE_CANCELLED);
    }
  }

  TestServer server_{/*workers=*/1};
  std::optional<RpcClient> client_{server_.address()};
};

enum class Request { kPause, kResume, kCancel, kDelete };

constexpr std::array<Request, 4> kRequests = {Request::kPause, Request::kResume, Request::kCancel,
                                              Request::kDelete};

std::string NameOf(Request request) {
  constexpr std::array<const char*, 4> kNames = {"pause", "resume", "cancel", "delete"};
  return kNames[static_cast<size_t>(request)];
}

grpc::Status Ask(RpcClient& client, Request request, const std::string& name, v1::Job* answer) {
  switch (request) {
    case Request::kPause:
      return client.PauseJob(name, answer);
    case Request::kResume:
      return client.ResumeJob(name, answer);
    case Request::kCancel:
      return client.CancelJob(name, answer);
    case Request::kDelete:
      return client.DeleteJob(name);
  }
  return grpc::Status(StatusCode::INTERNAL, "no such request");
}

// What comes of a request: a state, in the end; a refusal; or that the job is gone.
enum class Outcome {
  kQueued = v1::JOB_STATE_QUEUED,
  kRunning = v1::JOB_STATE_RUNNING,
  kPaused = v1::JOB_STATE_PAUSED,
  kCancelled = v1::JOB_STATE_CANCELLED,
  kRefused = 100,
  kGone,
};

struct Row {
  v1::JobState state;
  std::array<Outcome, kRequests.size()> outcomes;  // In the order of kRequests.
};

using enum Outcome;
constexpr Row kTable[] = {
    {v1::JOB_STATE_QUEUED, {kPaused, kQueued, kCancelled, kRefused}},
    {v1::JOB_STATE_RUNNING, {kPaused, kRunning, kCancelled, kRefused}},
    {v1::JOB_STATE_PAUSED, {kPaused, kQueued, kCancelled, kRefused}},
    {v1::JOB_STATE_SUCCEEDED, {kRefused, kRefused, kRefused, kGone}},
    {v1::JOB_STATE_FAILED, {kRefused, kRefused, kRefused, kGone}},
    {v1::JOB_STATE_CANCELLED, {kRefused, kRefused, kCancelled, kGone}},
};

TEST_F(LifecycleTest, EveryRequestInEveryStateHasTheOutcomeOfTheTable) {
  for (const Row& row : kTable) {
    for (const Request request : kRequests) {
      const Outcome expected = row.outcomes[static_cast<size_t>(request)];
      SCOPED_TRACE(absl::StrCat(NameOf(request), " of one that is ", v1::JobState_Name(row.state)));
      const std::string name = JobIn(row.state);
      const v1::Job before = MustGet(name);
      v1::Job answer;
      const grpc::Status status = Ask(*client_, request, name, &answer);
      if (expected == kRefused) {
        EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
        EXPECT_THAT(status.error_message(),
                    AllOf(HasSubstr(name), HasSubstr(v1::JobState_Name(row.state).substr(10))));
        EXPECT_EQ(MustGet(name).state(), row.state);
      } else if (expected == kGone) {
        EXPECT_TRUE(status.ok()) << status.error_message();
        EXPECT_EQ(client_->GetJob(name, &answer).error_code(), StatusCode::NOT_FOUND);
      } else {
        EXPECT_TRUE(status.ok()) << status.error_message();
        const v1::Job after = AwaitState(name, static_cast<v1::JobState>(expected));
        EXPECT_FALSE(after.pause_requested());
        // Asking for the state it is in changes nothing.
        if (before.has_end_time()) {
          EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
        }
      }
      CancelAll();
    }
  }
}

TEST_F(LifecycleTest, RequestsForNoJobAreRefusedNamingIt) {
  v1::Job job;
  for (const Request request : kRequests) {
    SCOPED_TRACE(NameOf(request));
    for (const std::string name : {"", "jobs/", "7f3k", "datasets/points", "jobs/a/snapshots/1"}) {
      ExpectViolation(Ask(*client_, request, name, &job), "name", "must be");
    }
    const grpc::Status missing = Ask(*client_, request, "jobs/nosuchjob0", &job);
    EXPECT_EQ(missing.error_code(), StatusCode::NOT_FOUND);
    EXPECT_THAT(missing.error_message(), HasSubstr("jobs/nosuchjob0"));
    EXPECT_EQ(DetailsOf(missing).info.reason(), "JOB_NOT_FOUND");
  }
}

TEST_F(LifecycleTest, EveryJobThatIsNotFinishedSaysWhyItIsWhereItIs) {
  const std::string running = JobIn(v1::JOB_STATE_RUNNING);
  const v1::Job queued = MustGet(MustCreate(EndlessSpec()));
  EXPECT_EQ(queued.wait().queue_position(), 1);
  EXPECT_THAT(queued.wait().message(), HasSubstr("queued, 1st of 1: all workers are busy"));
  v1::Job paused;
  ASSERT_TRUE(client_->PauseJob(queued.name(), &paused).ok());
  EXPECT_EQ(paused.state(), v1::JOB_STATE_PAUSED);
  EXPECT_THAT(paused.wait().message(), HasSubstr("paused"));
  const v1::Job shown =
      Await(running, [](const v1::Job& job) { return job.progress().has_estimated_end_time(); });
  EXPECT_TRUE(shown.progress().has_heartbeat_time());
}

TEST_F(LifecycleTest, PausedJobKeepsItsViewersAndEndsWithTheBitsOfOneThatWasNot) {
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/4000, /*batch_size=*/10);
  spec.mutable_training()->set_report_frequency(20000);
  const WatchRecord undisturbed = client_->Watch(MustCreate(spec));
  ASSERT_TRUE(undisturbed.Ended().has_value());

  const std::string name = MustCreate(spec);
  absl::Notification saw_pause;
  WatchRecord watch;
  std::thread viewer([&] {
    v1::WatchSnapshotsRequest request;
    request.set_name(name);
    watch = client_->Watch(request, [&](const v1::WatchSnapshotsResponse& message) {
      if (message.heartbeat().state() == v1::JOB_STATE_PAUSED && !saw_pause.HasBeenNotified())
        saw_pause.Notify();
      return true;
    });
  });
  AwaitTraining(name);
  v1::Job job;
  ASSERT_TRUE(client_->PauseJob(name, &job).ok());
  const v1::Job paused = AwaitState(name, v1::JOB_STATE_PAUSED);
  EXPECT_LT(paused.progress().instances(), paused.progress().total_instances());
  EXPECT_TRUE(saw_pause.WaitForNotificationWithTimeout(kLimit));
  ASSERT_TRUE(client_->ResumeJob(name, &job).ok());
  viewer.join();
  ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(watch.Ended()->attempt(), 2);
  const auto checksums = [](const WatchRecord& record) {
    std::vector<std::pair<int64_t, uint32_t>> indices;
    for (const v1::Snapshot& snapshot : record.Snapshots())
      indices.emplace_back(snapshot.index(), snapshot.parameters_crc32c());
    return indices;
  };
  EXPECT_EQ(checksums(watch), checksums(undisturbed));
}

TEST_F(LifecycleTest, PausedJobIsStillPausedAfterARestart) {
  const std::string name = JobIn(v1::JOB_STATE_RUNNING);
  v1::Job job;
  ASSERT_TRUE(client_->PauseJob(name, &job).ok());
  AwaitState(name, v1::JOB_STATE_PAUSED);
  Restart();
  EXPECT_EQ(MustGet(name).state(), v1::JOB_STATE_PAUSED);
  EXPECT_EQ(client_->Watch(MustCreate(ShortSpec())).Ended()->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(MustGet(name).state(), v1::JOB_STATE_PAUSED);
  ASSERT_TRUE(client_->ResumeJob(name, &job).ok());
  AwaitState(name, v1::JOB_STATE_RUNNING);
}

TEST_F(LifecycleTest, DeletedJobIsGoneForEverybodyAlsoAfterARestart) {
  const std::string name = JobIn(v1::JOB_STATE_SUCCEEDED);
  const std::string other = JobIn(v1::JOB_STATE_SUCCEEDED);
  ASSERT_TRUE(client_->DeleteJob(name).ok());
  for (const bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    if (restarted) Restart();
    EXPECT_EQ(client_->Watch(name).status.error_code(), StatusCode::NOT_FOUND);
    EXPECT_EQ(client_->GetSnapshot(name + "/snapshots/0").status.error_code(),
              StatusCode::NOT_FOUND);
    EXPECT_EQ(client_->DeleteJob(name).error_code(), StatusCode::NOT_FOUND);
    v1::ListJobsResponse jobs;
    ASSERT_TRUE(client_->ListJobs({}, &jobs).ok());
    ASSERT_EQ(jobs.jobs_size(), 1);
    EXPECT_EQ(jobs.jobs(0).name(), other);
    EXPECT_THAT(jobs.unreachable(), IsEmpty());
  }
}

TEST_F(LifecycleTest, DeletionFreesTheRequestIdAndTheDataSet) {
  Generate("once");
  v1::JobSpec spec = MlpSpec("once", {4}, 1, 100);
  const std::string name = MustCreate(spec, "the-id");
  ASSERT_TRUE(client_->Watch(name).Ended().has_value());
  EXPECT_EQ(MustCreate(spec, "the-id"), name);
  EXPECT_EQ(client_->DeleteDataset("datasets/once").error_code(), StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(client_->DeleteJob(name).ok());
  const std::string again = MustCreate(spec, "the-id");
  EXPECT_NE(again, name);
  ASSERT_TRUE(client_->Watch(again).Ended().has_value());
  ASSERT_TRUE(client_->DeleteJob(again).ok());
  EXPECT_TRUE(client_->DeleteDataset("datasets/once").ok());
}

TEST_F(LifecycleTest, DeletionIsRefusedWhileAJobThatIsNotFinishedStartsFromIt) {
  const std::string origin = MustCreate(MlpSpec("points", {8}, 1, 100));
  ASSERT_TRUE(client_->Watch(origin).Ended().has_value());
  v1::JobSpec spec = EndlessSpec();
  spec.set_init_from(origin + "/snapshots/0");
  const std::string heir = MustCreate(spec);
  AwaitTraining(heir);
  const grpc::Status refused = client_->DeleteJob(origin);
  EXPECT_EQ(refused.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), AllOf(HasSubstr(origin), HasSubstr(heir)));
  v1::Job job;
  ASSERT_TRUE(client_->CancelJob(heir, &job).ok());
  AwaitState(heir, v1::JOB_STATE_CANCELLED);
  EXPECT_TRUE(client_->DeleteJob(origin).ok());
  const grpc::Status gone = client_->CreateJob(spec, &job);
  EXPECT_EQ(gone.error_code(), StatusCode::NOT_FOUND);
  EXPECT_THAT(gone.error_message(), AllOf(HasSubstr("init_from"), HasSubstr(origin)));
  EXPECT_EQ(MustGet(heir).spec().init_from(), origin + "/snapshots/0");
}

TEST_F(LifecycleTest, PauseThatIsTakenBackBeforeItIsCarriedOutLeavesTheJobGoingOn) {
  const std::string name = JobIn(v1::JOB_STATE_RUNNING);
  v1::Job job;
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(client_->PauseJob(name, &job).ok());
    ASSERT_TRUE(client_->ResumeJob(name, &job).ok());
    EXPECT_THAT(job.state(), AnyOf(v1::JOB_STATE_QUEUED, v1::JOB_STATE_RUNNING));
    EXPECT_FALSE(job.pause_requested());
  }
  AwaitState(name, v1::JOB_STATE_RUNNING);
}

TEST_F(LifecycleTest, JobWhoseRecordIsDamagedHidesNoOther) {
  const std::string whole = JobIn(v1::JOB_STATE_SUCCEEDED);
  const std::string damaged = JobIn(v1::JOB_STATE_SUCCEEDED);
  server_.Stop();
  RunSql(server_.database_path(),
         absl::StrCat("UPDATE jobs SET seed = seed + 1 WHERE id = '", damaged.substr(5), "'"));
  Restart();
  v1::ListJobsResponse jobs;
  ASSERT_TRUE(client_->ListJobs({}, &jobs).ok());
  ASSERT_EQ(jobs.jobs_size(), 1);
  EXPECT_EQ(jobs.jobs(0).name(), whole);
  EXPECT_THAT(jobs.unreachable(), ElementsAre(damaged));
  v1::Job job;
  EXPECT_EQ(client_->GetJob(damaged, &job).error_code(), StatusCode::DATA_LOSS);
  EXPECT_EQ(MustGet(MustCreate(ShortSpec())).spec().dataset(), "datasets/points");
}

}  // namespace
}  // namespace percept::testing
