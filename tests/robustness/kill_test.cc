// A server that is killed at random moments, over and over, while clients watch its jobs: what it
// acknowledged is there when it is back, what it stored is there once, and every job ends with the
// bits of a run that nobody disturbed.
#include <signal.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"

#include "server/base/crc32c.h"
#include "sqlite3.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_server.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::IsEmpty;

constexpr int kKills = 8;
constexpr absl::Duration kLimit = absl::Seconds(60);

std::unique_ptr<PerceptdProcess> Start(const std::string& data_dir) {
  return std::make_unique<PerceptdProcess>(
      std::vector<std::string>{"--data-dir", data_dir, "--assets-dir", AssetsDir(),
                               "--grpc-address", "127.0.0.1:0", "--workers", "2"});
}

void MakeDatasets(RpcClient& client) {
  v1::CreateDatasetRequest digits;
  digits.set_dataset_id("digits");
  digits.mutable_dataset()->mutable_binary()->set_dataset("datasets/mnist");
  digits.mutable_dataset()->mutable_binary()->set_positive_label(2);
  digits.mutable_dataset()->mutable_binary()->set_negative_label(5);
  for (const v1::CreateDatasetRequest& request :
       {GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), digits}) {
    v1::Dataset dataset;
    const grpc::Status created = client.CreateDataset(request, &dataset);
    ASSERT_TRUE(created.ok()) << created.error_message();
  }
}

// Jobs that take about half a second each; the last is the notebook's on MNIST.
std::vector<v1::JobSpec> Specs() {
  v1::JobSpec many = MlpSpec("points", {16}, /*epochs=*/600, /*batch_size=*/10);
  many.mutable_training()->set_report_frequency(200);
  v1::JobSpec adam = MlpSpec("points", {32, 32}, /*epochs=*/300, /*batch_size=*/20);
  adam.mutable_training()->mutable_adam();
  adam.mutable_training()->set_learning_rate(0.001);
  adam.set_seed(7);
  v1::JobSpec perceptron;
  perceptron.set_dataset("datasets/digits");
  perceptron.mutable_perceptron()->set_iterations(1000);
  return {many, adam, perceptron, MlpSpec("mnist", {64}, /*epochs=*/5, /*batch_size=*/100)};
}

// Where the server listens at present.
class Address {
 public:
  void Set(std::string address) {
    absl::MutexLock lock(&mutex_);
    address_ = std::move(address);
    ++version_;
  }

  // Waits for an address that is newer than `version`, which it sets; empty when none comes.
  std::string AwaitNewer(int& version) {
    absl::MutexLock lock(&mutex_);
    const auto is_newer = [&]()
                              ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return version_ > version; };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&is_newer), kLimit)) return "";
    version = version_;
    return address_;
  }

 private:
  absl::Mutex mutex_;
  std::string address_ ABSL_GUARDED_BY(mutex_);
  int version_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Watches a job to its end over as many servers as it takes.
WatchHistory Follow(Address& address, const std::string& job) {
  WatchHistory history;
  int version = 0;
  int64_t next = 0;
  while (history.size() <= kKills) {
    const std::string present = address.AwaitNewer(version);
    if (present.empty()) break;
    history.push_back(RpcClient(present).Watch(job, next));
    if (history.back().Ended().has_value()) break;
    const std::vector<v1::Snapshot> snapshots = history.back().Snapshots();
    if (!snapshots.empty()) next = snapshots.back().index() + 1;
  }
  return history;
}

// How many of a job's snapshots are in the file, and one more than their highest index.
std::pair<int64_t, int64_t> StoredSnapshots(const std::string& database_path,
                                            const std::string& job) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open_v2(database_path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr),
            SQLITE_OK);
  const std::string query = absl::StrCat(
      "SELECT sum(snapshots), max(first_index + snapshots) FROM snapshot_blocks JOIN jobs ON job = "
      "sequence WHERE id = '",
      job.substr(std::string("jobs/").size()), "'");
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database, query.c_str(), -1, &statement, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const std::pair<int64_t, int64_t> counts(sqlite3_column_int64(statement, 0),
                                           sqlite3_column_int64(statement, 1));
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return counts;
}

void ExpectSameRun(const std::vector<v1::Snapshot>& actual,
                   const std::vector<v1::Snapshot>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t index = 0; index < expected.size(); ++index) {
    SCOPED_TRACE(absl::StrCat("snapshot ", index));
    EXPECT_EQ(actual[index].index(), expected[index].index());
    EXPECT_EQ(actual[index].step(), expected[index].step());
    EXPECT_EQ(actual[index].instances(), expected[index].instances());
    EXPECT_EQ(actual[index].parameters_crc32c(), expected[index].parameters_crc32c());
    EXPECT_EQ(actual[index].metrics().SerializeAsString(),
              expected[index].metrics().SerializeAsString());
  }
}

std::vector<std::vector<v1::Snapshot>> UndisturbedRuns() {
  TempDir folder;
  const auto process = Start(folder.File("data"));
  RpcClient client(process->WaitForAddress());
  MakeDatasets(client);
  std::vector<std::string> jobs;
  for (const v1::JobSpec& spec : Specs()) {
    v1::Job job;
    EXPECT_TRUE(client.CreateJob(spec, &job).ok());
    jobs.push_back(job.name());
  }
  std::vector<std::vector<v1::Snapshot>> runs;
  for (const std::string& job : jobs) {
    const WatchRecord watch = client.Watch(job);
    EXPECT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
    runs.push_back(watch.Snapshots());
  }
  return runs;
}

TEST(Kill, AtRandomMomentsLosesNothingAndChangesNoBit) {
  const std::vector<std::vector<v1::Snapshot>> undisturbed = UndisturbedRuns();

  TempDir folder;
  const std::string data_dir = folder.File("data");
  auto process = Start(data_dir);
  std::string present = process->WaitForAddress();
  std::vector<std::string> jobs;
  {
    RpcClient client(present);
    MakeDatasets(client);
    for (const v1::JobSpec& spec : Specs()) {
      v1::Job job;
      ASSERT_TRUE(client.CreateJob(spec, &job).ok());
      jobs.push_back(job.name());
    }
  }
  Address address;
  address.Set(present);
  std::vector<WatchHistory> histories(jobs.size());
  std::vector<std::thread> viewers;
  absl::Notification all_ended;
  std::atomic<size_t> following{jobs.size()};
  for (size_t number = 0; number < jobs.size(); ++number) {
    viewers.emplace_back([&, number] {
      histories[number] = Follow(address, jobs[number]);
      if (--following == 0) all_ended.Notify();
    });
  }
  // Kills come sooner or later after the server is up, the first of them while it still recovers.
  std::mt19937 random(20240229);
  std::vector<std::string> acknowledged;
  for (int kill = 0; kill < kKills; ++kill) {
    const int milliseconds = static_cast<int>(random() % 500) * kill / kKills;
    all_ended.WaitForNotificationWithTimeout(absl::Milliseconds(milliseconds));
    v1::CreateJobRequest request;
    *request.mutable_spec() = MlpSpec("points", {4}, /*epochs=*/2, /*batch_size=*/50);
    request.set_request_id(absl::StrCat("kill-", kill));
    v1::Job job;
    const grpc::Status created = RpcClient(present).CreateJob(request, &job);
    process->Kill();
    ASSERT_TRUE(created.ok()) << created.error_message();
    acknowledged.push_back(job.name());
    process = Start(data_dir);
    present = process->WaitForAddress();
    ASSERT_NE(present, "") << process->standard_error();
    address.Set(present);
  }
  for (std::thread& viewer : viewers) viewer.join();

  RpcClient client(present);
  size_t resumed_watches = 0;  // Those that had begun to see snapshots before a kill.
  for (size_t number = 0; number < jobs.size(); ++number) {
    SCOPED_TRACE(absl::StrCat("job ", number));
    for (const WatchRecord& watch : histories[number]) {
      if (!watch.Ended().has_value() && !watch.Snapshots().empty()) ++resumed_watches;
    }
    v1::Job job;
    ASSERT_TRUE(client.GetJob(jobs[number], &job).ok());
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
    EXPECT_THAT(CheckWatch(histories[number], job), IsEmpty());
    ExpectSameRun(client.Watch(jobs[number]).Snapshots(), undisturbed[number]);
    const RpcClient::SnapshotRead last = client.GetSnapshot(jobs[number] + "/snapshots/last");
    std::string bytes;
    for (const v1::Tensor& tensor : last.snapshot.parameters()) bytes += tensor.data();
    EXPECT_EQ(Crc32c(bytes), undisturbed[number].back().parameters_crc32c());
  }
  EXPECT_GE(resumed_watches, 1) << "no kill came while a job was in the midst of its training";
  RecordProperty("resumed_watches", static_cast<int>(resumed_watches));
  for (size_t number = 0; number < acknowledged.size(); ++number) {
    const WatchRecord watch = client.Watch(acknowledged[number]);
    ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
    EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_SUCCEEDED);
    // A retry of the request finds the job that the dead server made.
    v1::CreateJobRequest request;
    *request.mutable_spec() = MlpSpec("points", {4}, /*epochs=*/2, /*batch_size=*/50);
    request.set_request_id(absl::StrCat("kill-", number));
    v1::Job again;
    ASSERT_TRUE(client.CreateJob(request, &again).ok());
    EXPECT_EQ(again.name(), acknowledged[number]);
  }
  process->Signal(SIGTERM);
  EXPECT_EQ(process->WaitForExit(), 0);
  for (size_t number = 0; number < jobs.size(); ++number) {
    const auto count = static_cast<int64_t>(undisturbed[number].size());
    EXPECT_EQ(StoredSnapshots(data_dir + "/percept.db", jobs[number]),
              std::make_pair(count, count));
  }
}

TEST(Kill, RightAfterACancellationIsAcknowledgedLeavesTheJobCancelled) {
  TempDir folder;
  const std::string data_dir = folder.File("data");
  auto process = Start(data_dir);
  std::string job_name;
  {
    RpcClient client(process->WaitForAddress());
    MakeDatasets(client);
    v1::Job job;
    ASSERT_TRUE(client.CreateJob(MlpSpec("points", {8}, 1000000, 10), &job).ok());
    job_name = job.name();
    v1::WatchSnapshotsRequest request;
    request.set_name(job_name);
    client.Watch(request, [](const auto& message) { return message.snapshots().empty(); });
    ASSERT_TRUE(client.CancelJob(job_name, &job).ok());
    process->Kill();
  }
  process = Start(data_dir);
  RpcClient client(process->WaitForAddress());
  const WatchRecord watch = client.Watch(job_name);
  ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_THAT(CheckWatch({watch}, *watch.Ended()), IsEmpty());
}

}  // namespace
}  // namespace percept::testing
