// Copies of a database that is in use.
#include "server/storage/sqlite/backup.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullDataset;
using ::percept::testing::FullSources;
using ::percept::testing::FullUpload;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
    ASSERT_OK(store_->jobs().Insert(NewJob("a")));
    ASSERT_OK(store_->snapshots().Append({Pending("a", 0), Pending("a", 1)}));
  }

  absl::Status InsertDataset(const std::string& id, const data::Source& source,
                             const std::string& digest) {
    data::DatasetRecord record = FullDataset(id, source);
    record.digest = digest;
    return store_->datasets().Insert(record);
  }

  const TempDir folder_;
  const TempDir other_folder_;
  const std::string path_ = folder_.File("percept.db");
  const std::string copy_ = other_folder_.File("percept.db");
  std::unique_ptr<Store> store_;
};

TEST_F(BackupTest, OfAnOpenStoreIsAStoreThatWasClosedCleanly) {
  ASSERT_OK_AND_ASSIGN(const DatabaseCopy copy, CopyDatabase(path_, copy_));
  EXPECT_EQ(copy.jobs, 1);
  EXPECT_EQ(copy.snapshots, 2);
  EXPECT_EQ(copy.datasets, 0);
  EXPECT_THAT(copy.contents, IsEmpty());
  EXPECT_EQ(RawDatabase(copy_).Query("SELECT is_open FROM store"), "0\n");
  EXPECT_FALSE(std::filesystem::exists(copy_ + "-wal"));
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> copied, OpenSqliteStore(copy_));
  EXPECT_EQ(copied->jobs().Get("a"), store_->jobs().Get("a"));
  ASSERT_OK_AND_ASSIGN(const auto read, copied->snapshots().Read(
                                            "a", 0, 10, SnapshotRepository::View::kFull, 1 << 20));
  EXPECT_EQ(read.size(), 2);
}

TEST_F(BackupTest, LeavesTheSourceMarkedOpenAndGoingOn) {
  ASSERT_OK(CopyDatabase(path_, copy_));
  EXPECT_EQ(RawDatabase(path_).Query("SELECT is_open FROM store"), "1\n");
  EXPECT_OK(store_->jobs().Insert(NewJob("b")));
}

TEST_F(BackupTest, NamesTheContentsThatCannotBeDrawnAgainOnce) {
  const std::vector<data::Source> sources = FullSources();
  ASSERT_OK(InsertDataset("drawn", sources[0], "d0"));
  ASSERT_OK(InsertDataset("derived", sources[2], "d2"));
  ASSERT_OK(InsertDataset("uploaded", sources[6], "d1"));
  ASSERT_OK(InsertDataset("again", sources[6], "d1"));
  ASSERT_OK_AND_ASSIGN(const DatabaseCopy copy, CopyDatabase(path_, copy_));
  EXPECT_EQ(copy.datasets, 4);
  EXPECT_THAT(copy.contents, ElementsAre("d1", "d2"));
}

TEST_F(BackupTest, LeavesUploadsUnderWayOut) {
  data::UploadRecord under_way = FullUpload("under-way");
  under_way.finished = false;
  ASSERT_OK(store_->uploads().Insert(under_way));
  ASSERT_OK(store_->uploads().Insert(FullUpload("finished")));
  ASSERT_OK(CopyDatabase(path_, copy_));
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> copied, OpenSqliteStore(copy_));
  ASSERT_OK_AND_ASSIGN(const auto listing, copied->uploads().List());
  EXPECT_THAT(listing.uploads, ElementsAre(FullUpload("finished")));
  EXPECT_EQ(RawDatabase(copy_).Query("SELECT DISTINCT upload FROM upload_files"), "finished\n");
}

TEST_F(BackupTest, KeepsAnOlderSchemaVersion) {
  const std::string old = folder_.File("old.db");
  for (const size_t version : {1, 2}) {
    {
      ASSERT_OK_AND_ASSIGN(const auto connection, Connection::Open(old, Connection::Mode::kCreate));
      ASSERT_OK(Migrate(*connection, Migrations().first(version)));
    }
    const std::string copy = absl::StrCat(copy_, version);
    ASSERT_OK(CopyDatabase(old, copy));
    EXPECT_EQ(RawDatabase(copy).Query("PRAGMA user_version"), absl::StrCat(version, "\n"));
    EXPECT_OK(OpenSqliteStore(copy));
  }
}

TEST_F(BackupTest, OfWhatIsNoStoreIsRefused) {
  EXPECT_THAT(CopyDatabase(folder_.File("none.db"), copy_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.db: there is no database")));
  RawDatabase(folder_.File("other.db")).Run("CREATE TABLE t (c); PRAGMA application_id = 7");
  EXPECT_THAT(CopyDatabase(folder_.File("other.db"), copy_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another program")));
}

TEST_F(BackupTest, OfAStoreThatLacksItsLogIsRefusedAndMakesNone) {
  const std::string crashed = other_folder_.File("crashed.db");
  std::filesystem::copy_file(path_, crashed);
  EXPECT_THAT(CopyDatabase(crashed, copy_), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                     HasSubstr("crashed.db-wal is missing")));
  EXPECT_FALSE(std::filesystem::exists(crashed + "-wal"));
}

TEST_F(BackupTest, OfADamagedFileIsRefused) {
  ASSERT_OK(store_->snapshots().Append({Pending("a", 2, std::string(1 << 20, 'p'))}));
  store_ = nullptr;
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  std::filesystem::resize_file(path_, 2 * std::filesystem::file_size(path_));  // With zeros.
  EXPECT_THAT(CopyDatabase(path_, copy_),
              StatusIs(absl::StatusCode::kDataLoss, AllOf(HasSubstr(copy_), HasSubstr(path_))));
}

// A backup reads for as long as it takes.
TEST_F(BackupTest, DoesNotKeepAServerFromStarting) {
  store_ = nullptr;
  RawDatabase reader(path_);
  reader.Run("BEGIN");
  ASSERT_EQ(reader.Query("SELECT id FROM jobs"), "a\n");
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  ASSERT_OK(store_->jobs().Insert(NewJob("b")));
  EXPECT_EQ(reader.Query("SELECT id FROM jobs"), "a\n");
  reader.Run("COMMIT");
  store_ = nullptr;
  EXPECT_EQ(reader.Query("SELECT is_open FROM store"), "0\n");
}

}  // namespace
}  // namespace percept::storage
