// perceptd backup: copies of a data folder, made beside a server that goes on, and servers on them.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "sqlite3.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

namespace fs = std::filesystem;

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    names.push_back(entry.path().filename().string());
  return names;
}

// Of the data sets in a database that cannot be drawn again.
std::vector<std::string> DigestsIn(const std::string& database_path) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open_v2(database_path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr),
            SQLITE_OK);
  std::vector<std::string> digests;
  const auto append = [](void* out, int /*columns*/, char** values, char** /*names*/) {
    static_cast<std::vector<std::string>*>(out)->emplace_back(values[0]);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(database, "SELECT DISTINCT digest FROM datasets WHERE generator = 0",
                         append, &digests, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  return digests;
}

// A folder with a server that can be stopped, and a place for backups of it.
class BackupTest : public ::testing::Test {
 protected:
  void StartServer(const std::string& data_dir) {
    process_ = std::make_unique<PerceptdProcess>(
        std::vector<std::string>{"--data-dir", data_dir, "--assets-dir", AssetsDir(),
                                 "--grpc-address", "127.0.0.1:0", "--workers", "2"});
    const std::string address = process_->WaitForAddress();
    ASSERT_NE(address, "") << process_->standard_error();
    client_ = std::make_unique<RpcClient>(address);
  }

  void StopServer() {
    process_->Signal(SIGTERM);
    EXPECT_EQ(process_->WaitForExit(), 0);
  }

  v1::Dataset MustGenerate(const std::string& id) {
    v1::Dataset dataset;
    EXPECT_TRUE(client_->CreateDataset(GeneratedDataset(id, v1::GENERATOR_XOR), &dataset).ok());
    return dataset;
  }

  v1::Dataset MustUpload(const std::string& id, const std::string& csv) {
    v1::Upload asked = UploadOf(id, v1::UPLOAD_FORMAT_CSV, {csv});
    asked.set_label_column("label");
    v1::Dataset dataset;
    const grpc::Status uploaded = UploadFiles(*client_, asked, {csv}, &dataset);
    EXPECT_TRUE(uploaded.ok()) << uploaded.error_message();
    return dataset;
  }

  std::string MustCreateJob(const v1::JobSpec& spec) {
    v1::Job job;
    const grpc::Status created = client_->CreateJob(spec, &job);
    EXPECT_TRUE(created.ok()) << created.error_message();
    return job.name();
  }

  // Returns once some of the job's snapshots are stored, and some are not.
  void AwaitFirstSnapshots(const std::string& job) {
    v1::WatchSnapshotsRequest request;
    request.set_name(job);
    client_->Watch(request, [](const auto& message) { return message.snapshots().empty(); });
  }

  ProgramResult BackUp(const std::string& target) {
    return RunPerceptd({"--data-dir", data_dir_, "backup", target});
  }

  void ExpectRefused(const std::string& target, const std::string& reason) {
    const ProgramResult result = BackUp(target);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, AllOf(StartsWith("perceptd: "), HasSubstr(reason)));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_FALSE(fs::exists(target + ".partial"));
  }

  const TempDir folder_;
  const std::string data_dir_ = folder_.File("data");
  const std::string target_ = folder_.File("backup");
  std::unique_ptr<PerceptdProcess> process_;
  std::unique_ptr<RpcClient> client_;
};

constexpr char kCsv[] = "x,y,label\n1,2,0\n3,-4,1\n2,2,0\n-1,1,1\n";

// Metrics and checksums, without the moments at which they were taken.
std::vector<std::string> BitsOf(const std::vector<v1::Snapshot>& snapshots) {
  std::vector<std::string> bits;
  for (v1::Snapshot snapshot : snapshots) {
    snapshot.clear_create_time();
    bits.push_back(snapshot.SerializeAsString());
  }
  return bits;
}

TEST_F(BackupTest, UnderRunningJobsIsAWholeServerThatEndsThemWithTheSameBits) {
  StartServer(data_dir_);
  MustGenerate("drawn");
  const v1::Dataset uploaded = MustUpload("uploaded", kCsv);
  std::vector<std::string> jobs = {MustCreateJob(MlpSpec("uploaded", {3}, 10, 2))};
  ASSERT_TRUE(client_->Watch(jobs.front()).Ended().has_value());
  v1::JobSpec long_job = MlpSpec("drawn", {8}, /*epochs=*/3000, /*batch_size=*/10);
  long_job.mutable_training()->set_report_frequency(1000);
  for (int job = 0; job < 3; ++job) {  // Two run, one waits.
    long_job.set_seed(job);
    jobs.push_back(MustCreateJob(long_job));
  }
  AwaitFirstSnapshots(jobs[1]);
  const ProgramResult result = BackUp(target_);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(StartsWith(absl::StrCat("perceptd backed up ", data_dir_, " to ",
                                                        target_, ": jobs 4, snapshots ")),
                                HasSubstr(", data sets 2, bytes ")));
  std::vector<std::vector<std::string>> originals;
  for (const std::string& job : jobs) {
    const WatchRecord watch = client_->Watch(job);
    ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
    EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_SUCCEEDED);
    originals.push_back(BitsOf(watch.Snapshots()));
  }
  StopServer();

  StartServer(target_);
  for (size_t number = 0; number < jobs.size(); ++number) {
    const WatchRecord watch = client_->Watch(jobs[number]);
    ASSERT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
    EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_SUCCEEDED);
    EXPECT_EQ(BitsOf(watch.Snapshots()), originals[number]) << jobs[number];
  }
  v1::Dataset copied;
  ASSERT_TRUE(client_->GetDataset("datasets/uploaded", &copied).ok());
  EXPECT_EQ(copied.digest(), uploaded.digest());
  MustCreateJob(MlpSpec("uploaded", {3}, 1, 2));
}

TEST_F(BackupTest, OfAFolderThatNoServerServesLeavesItFitToBeServed) {
  StartServer(data_dir_);
  MustGenerate("drawn");
  process_->Kill();
  ASSERT_EQ(BackUp(folder_.File("crashed")).exit_code, 0);
  StartServer(data_dir_);
  MustGenerate("more");
  StopServer();
  ASSERT_EQ(BackUp(folder_.File("stopped")).exit_code, 0);
  StartServer(data_dir_);
  v1::Dataset dataset;
  EXPECT_TRUE(client_->GetDataset("datasets/more", &dataset).ok());
  StopServer();
  StartServer(folder_.File("crashed"));
  EXPECT_TRUE(client_->GetDataset("datasets/drawn", &dataset).ok());
  EXPECT_EQ(client_->GetDataset("datasets/more", &dataset).error_code(),
            grpc::StatusCode::NOT_FOUND);
  StopServer();
  StartServer(folder_.File("stopped"));
  EXPECT_TRUE(client_->GetDataset("datasets/more", &dataset).ok());
}

TEST_F(BackupTest, HoldsTheContentsThatAreInUseAndNoUploadUnderWay) {
  StartServer(data_dir_);
  MustGenerate("drawn");
  MustUpload("deleted", "x,label\n1,0\n2,1\n");
  ASSERT_TRUE(client_->DeleteDataset("datasets/deleted").ok());
  const v1::Dataset kept = MustUpload("kept", kCsv);
  v1::Upload under_way;
  ASSERT_TRUE(
      client_->CreateUpload(UploadOf("later", v1::UPLOAD_FORMAT_CSV, {kCsv}), &under_way).ok());
  fs::create_directory(target_);
  ASSERT_EQ(BackUp(target_ + "/").exit_code, 0);
  EXPECT_THAT(NamesIn(target_), UnorderedElementsAre("percept.db", "datasets"));
  EXPECT_THAT(NamesIn(target_ + "/datasets"), UnorderedElementsAre(kept.digest() + ".data"));
  StopServer();
  StartServer(target_);
  v1::Upload found;
  EXPECT_EQ(client_->GetUpload(under_way.name(), &found).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(BackupTest, WhileDataSetsComeAndGoHoldsTheContentsOfThoseItHas) {
  StartServer(data_dir_);
  const std::string kept = MustUpload("kept", kCsv).digest();
  std::atomic<bool> done = false;
  std::thread churn([&] {
    for (int round = 0; !done; ++round) {
      MustUpload("passing", absl::StrCat("x,label\n", round, ",0\n2,1\n"));
      EXPECT_TRUE(client_->DeleteDataset("datasets/passing").ok());
    }
  });
  for (int number = 0; number < 10; ++number) {
    const std::string target = absl::StrCat(target_, number);
    const ProgramResult result = BackUp(target);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    const std::vector<std::string> digests = DigestsIn(target + "/percept.db");
    EXPECT_THAT(digests, Contains(kept));
    std::vector<std::string> files;
    for (const std::string& digest : digests) files.push_back(digest + ".data");
    EXPECT_THAT(NamesIn(target + "/datasets"), UnorderedElementsAreArray(files));
  }
  done = true;
  churn.join();
}

TEST_F(BackupTest, ThatIsKilledLeavesNothingThatLooksComplete) {
  StartServer(data_dir_);
  const std::string job = MustCreateJob(MlpSpec("mnist", {512}, /*epochs=*/1, /*batch_size=*/1000));
  ASSERT_TRUE(client_->Watch(job).Ended().has_value());
  {
    PerceptdProcess backup({"--data-dir", data_dir_, "backup", target_});
    while (!fs::exists(target_ + ".partial/percept.db") && !fs::exists(target_)) continue;
    backup.Kill();
  }
  EXPECT_NE(fs::exists(target_ + ".partial"), fs::exists(target_));
  fs::remove_all(target_);
  EXPECT_EQ(BackUp(target_).exit_code, 0);
  EXPECT_FALSE(fs::exists(target_ + ".partial"));
}

TEST_F(BackupTest, OfAFolderThatHasLostAContentSaysSoAndKeepsTheRest) {
  StartServer(data_dir_);
  const v1::Dataset lost = MustUpload("lost", kCsv);
  MustGenerate("drawn");
  fs::remove(data_dir_ + "/datasets/" + lost.digest() + ".data");
  const ProgramResult result = BackUp(target_);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr(lost.digest()));
  EXPECT_THAT(result.out, HasSubstr("data sets 2"));
}

TEST_F(BackupTest, IsRefusedWhereItCannotGo) {
  StartServer(data_dir_);
  ExpectRefused(data_dir_ + "/backup", "must not lie in the data folder");
  ExpectRefused(data_dir_, "must not lie in the data folder");
  fs::create_symlink(data_dir_, folder_.File("link"));
  ExpectRefused(folder_.File("link/backup"), "must not lie in the data folder");
  fs::create_directories(folder_.File("full/folder"));
  ExpectRefused(folder_.File("full"), "must be an empty folder, or not be there yet");
  std::ofstream(folder_.File("file")) << "text";
  ExpectRefused(folder_.File("file"), "must be an empty folder, or not be there yet");
  ExpectRefused(folder_.File("file/backup"), "file/backup");
  ExpectRefused("/proc/backup", "/proc/backup");
  EXPECT_THAT(NamesIn(folder_.File("full")), SizeIs(1));
}

TEST_F(BackupTest, OfAFolderWithoutADatabaseIsRefusedAndMakesNone) {
  ExpectRefused(target_, "data/percept.db: there is no database");
  EXPECT_FALSE(fs::exists(data_dir_));
  EXPECT_FALSE(fs::exists(target_));
}

TEST_F(BackupTest, TakesTheFolderFromTheEnvironment) {
  StartServer(data_dir_);
  const ProgramResult result = RunPerceptd({"backup", target_}, {{"PERCEPTD_DATA_DIR", data_dir_}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const ProgramResult help = RunPerceptd({"backup", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("Example: perceptd --data-dir"));
  EXPECT_EQ(RunPerceptd({"backup"}).exit_code, 2);
  EXPECT_EQ(RunPerceptd({"backup", ""}).exit_code, 2);
}

TEST_F(BackupTest, ThatWasCutOffIsTakenOverByTheNext) {
  StartServer(data_dir_);
  fs::create_directories(target_ + ".partial/datasets");
  std::ofstream(target_ + ".partial/percept.db") << "half a database";
  std::ofstream(target_ + ".partial/datasets/half.data") << "half a content";
  EXPECT_EQ(BackUp(target_).exit_code, 0);
  EXPECT_FALSE(fs::exists(target_ + ".partial"));
  EXPECT_THAT(NamesIn(target_ + "/datasets"), IsEmpty());
}

TEST_F(BackupTest, LeavesAlonePartialFoldersOfOthers) {
  StartServer(data_dir_);
  fs::create_directories(target_ + ".partial");
  std::ofstream(target_ + ".partial/thesis.txt") << "dear";
  const ProgramResult result = BackUp(target_);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("must hold no other files"));
  EXPECT_THAT(NamesIn(target_ + ".partial"), UnorderedElementsAre("thesis.txt"));
}

TEST_F(BackupTest, ThatTheDiskHasNoRoomForLeavesNothing) {
  StartServer(data_dir_);
  StopServer();
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{32 << 10, before.rlim_max};  // Of the processes started from now on.
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const ProgramResult result = BackUp(target_);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr(target_), HasSubstr("File too large")));
  EXPECT_FALSE(fs::exists(target_));
  EXPECT_FALSE(fs::exists(target_ + ".partial"));
  StartServer(data_dir_);
}

}  // namespace
}  // namespace percept::testing
