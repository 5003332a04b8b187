// Ends of a whole server: what its clients are told, what it leaves, what it takes up again.
#include <dirent.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"

#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::IsEmpty;

v1::JobSpec EndlessSpec() {
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/1000000, /*batch_size=*/50);
  spec.mutable_training()->set_report_frequency(10000);
  return spec;
}

void MakePoints(RpcClient& client) {
  v1::Dataset dataset;
  const grpc::Status created =
      client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), &dataset);
  ASSERT_TRUE(created.ok()) << created.error_message();
}

v1::Job MustCreate(RpcClient& client, const v1::JobSpec& spec) {
  v1::Job job;
  const grpc::Status created = client.CreateJob(spec, &job);
  EXPECT_TRUE(created.ok()) << created.error_message();
  return job;
}

// Follows a job; after `count` snapshots it calls `act`, once.
template <typename Act>
WatchRecord WatchAndAct(RpcClient& client, const std::string& job, int64_t count, Act act) {
  v1::WatchSnapshotsRequest request;
  request.set_name(job);
  bool acted = false;
  int64_t seen = 0;
  return client.Watch(request, [&](const v1::WatchSnapshotsResponse& message) {
    seen += message.snapshots_size();
    if (seen >= count && !acted) {
      acted = true;
      act();
    }
    return true;
  });
}

TEST(Shutdown, EndsAWatchNamingTheIndexToResumeAt) {
  TestServer server;
  RpcClient client(server.address());
  MakePoints(client);
  const v1::Job job = MustCreate(client, EndlessSpec());
  std::optional<std::thread> stopping;
  const WatchRecord watch = WatchAndAct(client, job.name(), 3,
                                        [&] { stopping.emplace([&] { server.server().Stop(); }); });
  stopping->join();
  EXPECT_EQ(watch.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(watch.status).info.reason(), "SERVER_STOPPING");
  EXPECT_THAT(watch.status.error_message(),
              EndsWith(absl::StrCat("start_index ", watch.Snapshots().back().index() + 1)));
  EXPECT_THAT(CheckResumable({watch}), IsEmpty());
}

TEST(Shutdown, KeepsEveryJobItAcknowledgedAndRefusesTheRest) {
  TestServer server;
  auto client = std::make_unique<RpcClient>(server.address());
  MakePoints(*client);
  std::vector<std::string> acknowledged;
  grpc::Status refused;
  std::atomic<int> created{0};
  std::thread submitting([&] {
    while (created < 10000) {
      v1::Job job;
      refused = client->CreateJob(EndlessSpec(), &job);
      if (!refused.ok()) return;
      acknowledged.push_back(job.name());
      ++created;
    }
  });
  while (created < 5) std::this_thread::yield();
  server.Stop();
  submitting.join();
  // gRPC itself ends a call that reaches it in the moment it shuts down as cancelled.
  EXPECT_THAT(refused.error_code(),
              AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED))
      << refused.error_message();
  server.Restart();
  client = std::make_unique<RpcClient>(server.address());
  for (const std::string& name : acknowledged) {
    v1::Job job;
    EXPECT_TRUE(client->GetJob(name, &job).ok()) << name;
  }
}

TEST(Shutdown, PutsARunningJobBackAndTheNextServerFinishesItWithTheSameBits) {
  TestServer server;
  auto client = std::make_unique<RpcClient>(server.address());
  MakePoints(*client);
  v1::JobSpec spec = MlpSpec("points", {16, 16}, /*epochs=*/500, /*batch_size=*/10);
  spec.mutable_training()->set_report_frequency(1000);
  const WatchRecord undisturbed = client->Watch(MustCreate(*client, spec).name());

  const v1::Job job = MustCreate(*client, spec);
  std::optional<std::thread> stopping;
  WatchHistory history;
  history.push_back(
      WatchAndAct(*client, job.name(), 20, [&] { stopping.emplace([&] { server.Stop(); }); }));
  stopping->join();
  ASSERT_FALSE(history[0].Ended().has_value()) << "the job was over before the server stopped";
  server.Restart();
  client = std::make_unique<RpcClient>(server.address());
  v1::Job taken_up;
  ASSERT_TRUE(client->GetJob(job.name(), &taken_up).ok());
  EXPECT_FALSE(taken_up.has_end_time());
  history.push_back(client->Watch(job.name(), history[0].Snapshots().back().index() + 1));

  v1::Job ended;
  ASSERT_TRUE(client->GetJob(job.name(), &ended).ok());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.attempt(), 2);
  EXPECT_THAT(CheckWatch(history, ended), IsEmpty());
  const std::vector<v1::Snapshot> expected = undisturbed.Snapshots();
  const std::vector<v1::Snapshot> actual = client->Watch(job.name()).Snapshots();
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t index = 0; index < expected.size(); ++index) {
    EXPECT_EQ(actual[index].step(), expected[index].step());
    EXPECT_EQ(actual[index].parameters_crc32c(), expected[index].parameters_crc32c());
    EXPECT_EQ(actual[index].metrics().SerializeAsString(),
              expected[index].metrics().SerializeAsString());
  }
}

TEST(Shutdown, KeepsQueuedJobsInTheirOrderForTheNextServer) {
  TestServer server;
  auto client = std::make_unique<RpcClient>(server.address());
  MakePoints(*client);
  const v1::Job running = MustCreate(*client, EndlessSpec());
  const v1::Job second = MustCreate(*client, EndlessSpec());
  const v1::Job third = MustCreate(*client, EndlessSpec());
  WatchAndAct(*client, running.name(), 1, [&] {
    v1::Job cancelled;
    EXPECT_TRUE(client->CancelJob(running.name(), &cancelled).ok());
  });
  v1::WatchSnapshotsRequest request;
  request.set_name(second.name());
  const auto until_it_runs = [](const v1::WatchSnapshotsResponse& message) {
    return message.snapshots().empty();
  };
  client->Watch(request, until_it_runs);
  server.Restart();
  client = std::make_unique<RpcClient>(server.address());
  v1::Job job;
  ASSERT_TRUE(client->GetJob(running.name(), &job).ok());
  EXPECT_EQ(job.state(), v1::JOB_STATE_CANCELLED);
  ASSERT_TRUE(client->GetJob(third.name(), &job).ok());
  EXPECT_EQ(job.state(), v1::JOB_STATE_QUEUED);
  request.set_start_index(1000000);
  client->Watch(request, [](const v1::WatchSnapshotsResponse& message) {
    return message.heartbeat().state() != v1::JOB_STATE_RUNNING;
  });
  ASSERT_TRUE(client->GetJob(second.name(), &job).ok());
  EXPECT_EQ(job.state(), v1::JOB_STATE_RUNNING);
}

// What the server calls the threads it starts.
std::vector<std::string> ServerThreads() {
  std::vector<std::string> names;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* task = readdir(tasks)) {
    std::string name;
    std::getline(std::ifstream(absl::StrCat("/proc/self/task/", task->d_name, "/comm")), name);
    for (const char* own : {"worker-", "request-", "heartbeat", "store", "evaluat"}) {
      if (absl::StartsWith(name, own)) names.push_back(name);
    }
  }
  closedir(tasks);
  return names;
}

std::vector<std::string> OpenFilesIn(const std::string& folder) {
  std::vector<std::string> files;
  DIR* descriptors = opendir("/proc/self/fd");
  while (const dirent* descriptor = readdir(descriptors)) {
    std::array<char, 4096> target{};
    const std::string link = absl::StrCat("/proc/self/fd/", descriptor->d_name);
    if (readlink(link.c_str(), target.data(), target.size() - 1) < 0) continue;
    if (absl::StartsWith(target.data(), folder)) files.emplace_back(target.data());
  }
  closedir(descriptors);
  return files;
}

TEST(Shutdown, LeavesNoThreadNoOpenFileAndNoAddressBehind) {
  TestServer server(/*workers=*/2);
  RpcClient client(server.address());
  EXPECT_THAT(ServerThreads(), AllOf(Contains("worker-1"), Contains("heartbeat"), Contains("store"),
                                     Contains("request-0")));
  EXPECT_THAT(OpenFilesIn(server.data_dir()), Contains(EndsWith("/percept.db")));
  const v1::Job job = MustCreate(client, MlpSpec("mnist", {64}, /*epochs=*/50, /*batch_size=*/100));
  WatchAndAct(client, job.name(), 1,
              [&] { client.CancelJob(job.name(), std::make_unique<v1::Job>().get()); });
  server.Stop();
  EXPECT_THAT(ServerThreads(), IsEmpty());
  EXPECT_THAT(OpenFilesIn(server.data_dir()), IsEmpty());
  EXPECT_NE(access((server.data_dir() + "/grpc-address").c_str(), F_OK), 0);
  // The write-ahead log of a store that was closed is gone.
  EXPECT_NE(access((server.database_path() + "-wal").c_str(), F_OK), 0);
}

// A hundred viewers come and go at random while jobs run and end, then the server stops under them.
TEST(Shutdown, UnderAHundredRestlessViewersEndsThemAll) {
  TestServer server(/*workers=*/2);
  RpcClient client(server.address());
  MakePoints(client);
  std::vector<std::string> jobs;
  for (int number = 0; number < 6; ++number) {
    v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/number % 2 == 0 ? 100 : 1000000,
                               /*batch_size=*/10);
    spec.mutable_training()->set_report_frequency(500);
    jobs.push_back(MustCreate(client, spec).name());
  }
  constexpr int kThreads = 100;
  constexpr int kConnections = 4;
  std::vector<std::unique_ptr<RpcClient>> connections;
  for (int number = 0; number < kConnections; ++number) {
    connections.push_back(std::make_unique<RpcClient>(server.address()));
  }
  std::atomic<int> watches{0};
  absl::Mutex mutex;
  std::vector<std::string> faults;  // Guarded by the mutex.
  const auto note = [&](const std::string& fault) {
    absl::MutexLock lock(&mutex);
    faults.push_back(fault);
  };
  std::atomic<bool> stopping{false};
  std::vector<std::thread> viewers;
  for (int number = 0; number < kThreads; ++number) {
    viewers.emplace_back([&, number] {
      std::minstd_rand random(static_cast<unsigned>(number + 1));
      RpcClient& connection = *connections[static_cast<size_t>(number % kConnections)];
      while (true) {
        v1::WatchSnapshotsRequest request;
        request.set_name(jobs[random() % jobs.size()]);
        request.set_start_index(static_cast<int64_t>(random() % 20));
        request.set_view(random() % 2 == 0 ? v1::SNAPSHOT_VIEW_FULL : v1::SNAPSHOT_VIEW_METRICS);
        if (random() % 4 == 0) request.set_delivery(v1::DELIVERY_LATEST);
        int patience = static_cast<int>(random() % 30);
        const WatchRecord watch =
            connection.Watch(request, [&](const auto&) { return --patience >= 0; });
        ++watches;
        const bool left = patience < 0;
        const bool ended = watch.status.ok() && watch.Ended().has_value();
        const bool stopped = watch.status.error_code() == grpc::StatusCode::UNAVAILABLE;
        // A call that comes in when gRPC takes no more of them is cut off before it begins, or
        // reaches the service without its message.
        const bool unheard = watch.events.empty() &&
                             (watch.status.error_code() == grpc::StatusCode::CANCELLED ||
                              watch.status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
        if (stopping && (stopped || unheard)) return;
        if (!left && !ended) {
          note(absl::StrCat("ended with ", static_cast<int>(watch.status.error_code()), ": ",
                            watch.status.error_message(), " after ", watch.events.size(),
                            " events of ", request.ShortDebugString()));
          return;
        }
        if (request.delivery() == v1::DELIVERY_LATEST) continue;
        for (const Faults& found :
             {CheckOrdered({watch}), CheckUnique({watch}), CheckResumable({watch})}) {
          for (const std::string& fault : found) note(fault);
        }
      }
    });
  }
  // One viewer of its own sees the jobs go on meanwhile.
  EXPECT_EQ(client.Watch(jobs[0]).Ended()->state(), v1::JOB_STATE_SUCCEEDED);
  while (watches < 400) {
    const v1::Job job = MustCreate(client, MlpSpec("points", {4}, 1, 100));
    v1::Job cancelled;
    client.CancelJob(job.name(), &cancelled);
    client.Watch(job.name());
    client.CancelJob(jobs[1], &cancelled);
  }
  stopping = true;
  server.Stop();
  for (std::thread& viewer : viewers) viewer.join();
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_GE(watches, 400);
  EXPECT_THAT(ServerThreads(), IsEmpty());
}

}  // namespace
}  // namespace percept::testing
