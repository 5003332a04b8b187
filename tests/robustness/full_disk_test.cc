// Servers whose disk fills up, or takes no writes: what cannot be stored is refused or fails for
// that reason, all else goes on, and so does everything once there is room.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "tests/robustness/server_life.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A file system of its own in memory, which only root can mount.
class SmallDisk {
 public:
  SmallDisk(std::string path, const char* size) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    is_mounted_ =
        mount("percept-test", path_.c_str(), "tmpfs", 0, absl::StrCat("size=", size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (is_mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_mounted() const { return is_mounted_; }
  void Resize(const char* size) { Remount(0, absl::StrCat("size=", size)); }
  void MakeReadOnly() { Remount(MS_RDONLY, ""); }

 private:
  void Remount(unsigned long flags, const std::string& options) {
    EXPECT_EQ(mount("", path_.c_str(), "", MS_REMOUNT | flags, options.c_str()), 0)
        << std::strerror(errno);
  }

  const std::string path_;
  bool is_mounted_ = false;
};

void LimitFileSize(pid_t process, rlim_t bytes) {
  rlimit limit{};
  ASSERT_EQ(prlimit(process, RLIMIT_FSIZE, nullptr, &limit), 0);
  limit.rlim_cur = bytes;
  ASSERT_EQ(prlimit(process, RLIMIT_FSIZE, &limit, nullptr), 0);
}

// Many snapshots of about 60 KB each.
v1::JobSpec LargeJob() {
  v1::JobSpec spec = MlpSpec("points", {100, 100}, /*epochs=*/100000, /*batch_size=*/10);
  spec.mutable_training()->set_report_frequency(100);
  return spec;
}

class FullDiskTest : public ::testing::Test {
 protected:
  void Start(const std::string& data_dir) {
    process_ = std::make_unique<PerceptdProcess>(ServerArguments(data_dir, 1));
    const std::string address = process_->WaitForAddress();
    ASSERT_NE(address, "") << process_->standard_error();
    client_ = std::make_unique<RpcClient>(address);
  }

  // Trains a job that ends well and one whose snapshots fill the disk.
  void FillDisk() {
    finished_ = TrainShort("finished");
    v1::Job large;
    ASSERT_TRUE(client_->CreateJob(LargeJob(), &large).ok());
    large_ = large.name();
    AwaitRefusal();
    ExpectReadable(finished_);
  }

  // Waits for the end of the job that filled the disk.
  void ExpectFailureForWantOfRoom() {
    const WatchRecord watch = client_->Watch(large_);
    ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
    EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_FAILED);
    EXPECT_EQ(watch.Ended()->error().reason(), v1::JOB_ERROR_REASON_STORAGE)
        << watch.Ended()->error().message();
    failed_ = *watch.Ended();
  }

  void DeleteLarge() {
    const grpc::Status deleted = client_->DeleteJob(large_);
    EXPECT_TRUE(deleted.ok()) << deleted.error_message();
  }

  // Asks for a job until it is taken.
  void AwaitRoom() {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    grpc::Status status;
    do {
      absl::SleepFor(absl::Milliseconds(50));
      v1::Job job;
      status = client_->CreateJob(MlpSpec("points", {4}, 2, 50), &job);
    } while (!status.ok() && absl::Now() < deadline);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  // Trains another job, kills the server and expects the next to know of all three.
  void ExpectAllElseToGoOn(const std::string& data_dir) {
    const std::string later = TrainShort("later");
    process_->Kill();
    Start(data_dir);
    for (const std::string& name : {finished_, later}) ExpectReadable(name);
    v1::Job shown;
    ASSERT_TRUE(client_->GetJob(large_, &shown).ok());
    EXPECT_EQ(shown.SerializeAsString(), failed_.SerializeAsString());
  }

  void MakeDataset() {
    v1::Dataset dataset;
    ASSERT_TRUE(
        client_->CreateDataset(GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), &dataset)
            .ok());
  }

  std::string TrainShort(const std::string& label) {
    v1::JobSpec spec = MlpSpec("points", {4}, 2, 50);
    spec.set_label(label);
    v1::Job job;
    const grpc::Status created = client_->CreateJob(spec, &job);
    EXPECT_TRUE(created.ok()) << created.error_message();
    const WatchRecord watch = client_->Watch(job.name());
    EXPECT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
    return job.name();
  }

  PerceptdProcess& process() { return *process_; }

 private:
  // Asks for jobs now and then until one is refused for want of room.
  void AwaitRefusal() {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    grpc::Status status;
    while (status.ok() && absl::Now() < deadline) {
      v1::Job job;
      status = client_->CreateJob(MlpSpec("points", {4}, 2, 50), &job);
      absl::SleepFor(absl::Milliseconds(50));
    }
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("percept.db"));
  }

  void ExpectReadable(const std::string& job) {
    v1::Job shown;
    ASSERT_TRUE(client_->GetJob(job, &shown).ok());
    EXPECT_EQ(shown.state(), v1::JOB_STATE_SUCCEEDED);
    EXPECT_TRUE(client_->GetSnapshot(absl::StrCat(job, "/snapshots/last")).status.ok());
    v1::ListJobsResponse page;
    EXPECT_TRUE(client_->ListJobs({}, &page).ok());
  }

  std::unique_ptr<PerceptdProcess> process_;
  std::unique_ptr<RpcClient> client_;
  std::string finished_;
  std::string large_;
  v1::Job failed_;
};

TEST_F(FullDiskTest, FailsWhatCannotBeStoredWhileItIsFullAndLosesNothing) {
  TempDir folder;
  SmallDisk disk(folder.File("disk"), "48m");
  if (!disk.is_mounted()) GTEST_SKIP() << "only root can mount a small disk";
  const std::string data_dir = folder.File("disk/data");
  Start(data_dir);
  MakeDataset();
  FillDisk();
  ExpectFailureForWantOfRoom();
  disk.Resize("256m");
  ExpectAllElseToGoOn(data_dir);
}

TEST_F(FullDiskTest, TakesJobsAgainOnceOthersAreDeleted) {
  TempDir folder;
  SmallDisk disk(folder.File("disk"), "64m");
  if (!disk.is_mounted()) GTEST_SKIP() << "only root can mount a small disk";
  Start(folder.File("disk/data"));
  MakeDataset();
  FillDisk();
  ExpectFailureForWantOfRoom();
  DeleteLarge();
  AwaitRoom();
  TrainShort("later");
}

TEST_F(FullDiskTest, OfALimitOnTheSizeOfFilesFailsWhatCannotBeStoredOnceThereIsRoom) {
  TempDir folder;
  const std::string data_dir = folder.File("data");
  Start(data_dir);
  MakeDataset();
  LimitFileSize(process().id(), 24 << 20);
  FillDisk();
  LimitFileSize(process().id(), RLIM_INFINITY);
  ExpectFailureForWantOfRoom();
  ExpectAllElseToGoOn(data_dir);
}

TEST_F(FullDiskTest, ThatIsReadOnlyRefusesTheStartInOneLine) {
  TempDir folder;
  SmallDisk disk(folder.File("disk"), "32m");
  if (!disk.is_mounted()) GTEST_SKIP() << "only root can mount a disk";
  const std::string data_dir = folder.File("disk/data");
  Start(data_dir);
  process().Signal(SIGTERM);
  ASSERT_EQ(process().WaitForExit(), 0);
  disk.MakeReadOnly();
  const ProgramResult result = RunPerceptd(ServerArguments(data_dir, 1));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("perceptd: "));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

}  // namespace
}  // namespace percept::testing
