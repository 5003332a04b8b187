// What is left after a stop without warning, and what is refused.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/storage/file_size_limit.h"

namespace percept::storage {
namespace {

using ::percept::testing::FileSizeLimit;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A store with a job, and a second folder to which its files are copied as a crash would leave
// them.
class CrashTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
    ASSERT_OK(store_->jobs().Insert(NewJob("a")));
    ASSERT_OK(store_->snapshots().Append({Pending("a", 0), Pending("a", 1)}));
  }

  void CopyMainFile() { std::filesystem::copy_file(path_, copy_); }
  void CopyLog() { std::filesystem::copy_file(path_ + "-wal", copy_ + "-wal"); }

  const TempDir folder_;
  const TempDir other_folder_;
  const std::string path_ = folder_.File("percept.db");
  const std::string copy_ = other_folder_.File("percept.db");
  std::unique_ptr<Store> store_;
};

TEST_F(CrashTest, LosesNothingThatWasStored) {
  CopyMainFile();
  CopyLog();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> recovered, OpenSqliteStore(copy_));
  EXPECT_EQ(recovered->jobs().Get("a")->snapshot_count, 2);
}

TEST_F(CrashTest, IsRefusedWithoutTheLogHoweverOftenTried) {
  CopyMainFile();
  for (int attempt = 0; attempt < 2; ++attempt) {
    const absl::Status status = OpenSqliteStore(copy_).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 AllOf(StartsWith(copy_), HasSubstr(copy_ + "-wal is missing"),
                                       HasSubstr("'UPDATE store SET is_open = 0'"))));
    EXPECT_EQ(ReasonOf(status), "WRITE_AHEAD_LOG_MISSING");
    EXPECT_FALSE(std::filesystem::exists(copy_ + "-wal"));
  }
  CopyLog();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> recovered, OpenSqliteStore(copy_));
  EXPECT_OK(recovered->jobs().Get("a"));
}

TEST_F(CrashTest, IsRefusedAgainWithoutTheLogOfALaterStart) {
  CopyMainFile();
  CopyLog();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> recovered, OpenSqliteStore(copy_));
  ASSERT_OK(recovered->jobs().Insert(NewJob("b")));
  const std::string third = other_folder_.File("third.db");
  std::filesystem::copy_file(copy_, third);
  EXPECT_THAT(OpenSqliteStore(third), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(CrashTest, GoesOnWithoutTheLogWhenTheMarkIsRemoved) {
  CopyMainFile();
  RawDatabase(copy_).Run("UPDATE store SET is_open = 0");
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> started, OpenSqliteStore(copy_));
  EXPECT_THAT(started->jobs().Get("a"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CrashTest, LeavesOneWholeFileAfterACleanStop) {
  store_ = nullptr;
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  CopyMainFile();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> copied, OpenSqliteStore(copy_));
  EXPECT_EQ(copied->jobs().Get("a")->snapshot_count, 2);
}

TEST_F(CrashTest, LosesNothingOfAProcessThatEndsAtOnce) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto store = OpenSqliteStore(copy_);
    const bool stored = store.ok() && (*store)->jobs().Insert(NewJob("a")).ok() &&
                        (*store)->snapshots().Append({Pending("a", 0)}).ok();
    _exit(stored ? 0 : 1);
  }
  int exit_status = -1;
  ASSERT_EQ(waitpid(child, &exit_status, 0), child);
  ASSERT_EQ(exit_status, 0);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> recovered, OpenSqliteStore(copy_));
  EXPECT_EQ(recovered->jobs().Get("a")->snapshot_count, 1);
}

TEST_F(CrashTest, LetsReadersIntoAStoreThatIsBeingWritten) {
  RawDatabase writer(path_);
  writer.Run("BEGIN IMMEDIATE; UPDATE jobs SET priority = 9");
  EXPECT_EQ(store_->jobs().Get("a")->spec.priority, 0);
  EXPECT_EQ(store_->snapshots().Read("a", 0, 10, SnapshotRepository::View::kFull, 1000)->size(), 2);
  writer.Run("ROLLBACK");
}

TEST_F(CrashTest, StoresAllOrNothingOnAFullDisk) {
  const std::string large(1 << 20, 'p');
  {
    const FileSizeLimit limit(std::filesystem::file_size(path_ + "-wal") + (64 << 10));
    EXPECT_THAT(store_->snapshots().Append({Pending("a", 2), Pending("a", 3, large)}),
                StatusIs(absl::StatusCode::kResourceExhausted, StartsWith(path_)));
    EXPECT_EQ(store_->jobs().Get("a")->snapshot_count, 2);
    EXPECT_OK(store_->snapshots().Append({Pending("a", 2)}));  // This one fits.
  }
  EXPECT_OK(store_->snapshots().Append({Pending("a", 3, large)}));
  store_ = nullptr;
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  ASSERT_OK_AND_ASSIGN(const auto read, store_->snapshots().Read(
                                            "a", 0, 10, SnapshotRepository::View::kFull, 1 << 30));
  ASSERT_EQ(read.size(), 4);
  EXPECT_EQ(*read[3].parameters, large);
}

}  // namespace
}  // namespace percept::storage
