// What becomes of each write when the disk is full, and once there is room again.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/storage/file_size_limit.h"

namespace percept::storage {
namespace {

using ::percept::testing::FileSizeLimit;
using ::percept::testing::FullCheckpoint;
using ::percept::testing::FullDataset;
using ::percept::testing::FullEpoch;
using ::percept::testing::FullSources;
using ::percept::testing::FullTestEvaluation;
using ::percept::testing::FullUpload;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::StartsWith;

// A store with the job "a", which is unfinished, and "old", which is not.
class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
    JobRecord old = NewJob("old");
    old.state = JobState::kFailed;
    for (const JobRecord& job : {NewJob("a"), old}) ASSERT_OK(jobs().Insert(job));
    ASSERT_OK(snapshots().Append({Pending("a", 0), Pending("old", 0)}));
    ASSERT_OK(store_->datasets().Insert(FullDataset("points")));
    ASSERT_OK(store_->uploads().Insert(FullUpload("u1")));
  }

  JobRepository& jobs() { return store_->jobs(); }
  SnapshotRepository& snapshots() { return store_->snapshots(); }

  // All rows of all tables.
  std::string Contents() {
    RawDatabase raw(path_);
    std::string contents;
    const std::vector<std::string> tables = absl::StrSplit(
        raw.Query("SELECT name FROM sqlite_schema WHERE type = 'table'"), '\n', absl::SkipEmpty());
    for (const std::string& table : tables) {
      const std::vector<std::string> columns = absl::StrSplit(
          raw.Query("SELECT 'quote(' || name || ')' FROM pragma_table_info('" + table + "')"), '\n',
          absl::SkipEmpty());
      absl::StrAppend(&contents, table, "\n",
                      raw.Query(absl::StrCat("SELECT ", absl::StrJoin(columns, " || ',' || "),
                                             " FROM ", table)));
    }
    return contents;
  }

  void ExpectAllOrNothing(const std::string& name, const std::function<absl::Status()>& write) {
    SCOPED_TRACE(name);
    const std::string before = Contents();
    {
      const FileSizeLimit limit(64);  // Less than a page of the log.
      EXPECT_THAT(write(), StatusIs(absl::StatusCode::kResourceExhausted, StartsWith(path_)));
    }
    EXPECT_EQ(Contents(), before);
    EXPECT_OK(write());
    EXPECT_NE(Contents(), before);
  }

  const TempDir folder_;
  const std::string path_ = folder_.File("percept.db");
  std::unique_ptr<Store> store_;
};

TEST_F(FullDiskTest, TakesNothingOfAnyWriteToJobs) {
  JobRecord running = NewJob("a");
  running.state = JobState::kRunning;
  ExpectAllOrNothing("Insert", [&] { return jobs().Insert(NewJob("b")); });
  ExpectAllOrNothing("Update", [&] { return jobs().Update(running, JobState::kQueued); });
  ExpectAllOrNothing("AppendTestEvaluation",
                     [&] { return jobs().AppendTestEvaluation("a", FullTestEvaluation(0)); });
  ExpectAllOrNothing("Delete", [&] { return jobs().Delete("old"); });
  ExpectAllOrNothing("Purge", [&] { return jobs().Purge().status(); });
}

TEST_F(FullDiskTest, TakesNothingOfAnyWriteToSnapshots) {
  ExpectAllOrNothing("Append", [&] {
    return snapshots().Append({Pending("a", 1), Pending("a", 2, std::string(1 << 20, 'p'))});
  });
  ExpectAllOrNothing("AppendEpochs", [&] {
    return snapshots().AppendEpochs({{"a", FullEpoch(0)}, {"a", FullEpoch(1)}});
  });
  ExpectAllOrNothing("SaveCheckpoint", [&] {
    return snapshots().SaveCheckpoint("a", FullCheckpoint(std::string(5 << 20, 's')));
  });
  ExpectAllOrNothing("Flush", [&] { return store_->Flush(); });
}

TEST_F(FullDiskTest, KeepsTheFormerCheckpoint) {
  ASSERT_OK(snapshots().Append({Pending("a", 1)}));
  ASSERT_OK(snapshots().SaveCheckpoint("a", FullCheckpoint("former")));
  {
    const FileSizeLimit limit(1 << 20);
    EXPECT_THAT(snapshots().SaveCheckpoint("a", FullCheckpoint(std::string(9 << 20, 's'))),
                StatusIs(absl::StatusCode::kResourceExhausted, StartsWith(path_)));
  }
  EXPECT_EQ(**snapshots().ReadCheckpoint("a"), FullCheckpoint("former"));
}

TEST_F(FullDiskTest, EndsAJobInLittleRoomHoweverLargeItsCheckpoint) {
  ASSERT_OK(snapshots().Append({Pending("a", 1)}));
  ASSERT_OK(snapshots().SaveCheckpoint("a", FullCheckpoint(std::string(12 << 20, 's'))));
  store_ = nullptr;  // The log is empty.
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  JobRecord ended = NewJob("a");
  ended.state = JobState::kCancelled;
  const FileSizeLimit limit(1 << 20);
  EXPECT_OK(jobs().Update(ended, JobState::kQueued));
}

TEST_F(FullDiskTest, TakesNothingOfAnyWriteToDataSetsAndUploads) {
  data::DatasetRepository& datasets = store_->datasets();
  data::UploadRepository& uploads = store_->uploads();
  data::UploadRecord changed = FullUpload("u1");
  changed.finished = false;
  ExpectAllOrNothing("Insert",
                     [&] { return datasets.Insert(FullDataset("more", FullSources().back())); });
  ExpectAllOrNothing("RecordTestRead", [&] {
    return datasets.RecordTestRead("points", absl::FromUnixSeconds(1700000000));
  });
  ExpectAllOrNothing("Delete", [&] { return datasets.Delete("points"); });
  ExpectAllOrNothing("Insert upload", [&] { return uploads.Insert(FullUpload("u2")); });
  ExpectAllOrNothing("Update upload", [&] { return uploads.Update(changed); });
  ExpectAllOrNothing("Delete upload", [&] { return uploads.Delete("u1"); });
}

TEST_F(FullDiskTest, LetsReadersGoOn) {
  const FileSizeLimit limit(64);
  EXPECT_OK(jobs().Get("a"));
  EXPECT_EQ(snapshots().Read("a", 0, 10, SnapshotRepository::View::kFull, 1000)->size(), 1);
}

TEST_F(FullDiskTest, LosesNothingWhenTheLogCannotBeBroughtIntoTheMainFile) {
  // Each commit finds room in the log, but from 16 MiB on none in the main file.
  int64_t next = 1;
  {
    const FileSizeLimit limit(24 << 20);
    while (next < 60 && snapshots().Append({Pending("a", next, std::string(1 << 20, 'p'))}).ok()) {
      ++next;
    }
  }
  EXPECT_LT(next, 60);
  EXPECT_EQ(jobs().Get("a")->snapshot_count, next);
  EXPECT_OK(snapshots().Append({Pending("a", next)}));
  store_ = nullptr;
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  EXPECT_EQ(jobs().Get("a")->snapshot_count, next + 1);
}

}  // namespace
}  // namespace percept::storage
