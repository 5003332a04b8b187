// Stores of versions 2 and 3 whose programs were killed at work.
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "server/base/crc32c.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/storage/rows_of_version3.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullCheckpoint;
using ::percept::testing::kBlocksOfVersion3;
using ::percept::testing::kRowsOfVersions2And3;
using ::percept::testing::kSnapshotsOfVersion2;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UpgradeFromKilledTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const auto version = static_cast<size_t>(GetParam());
    {
      ASSERT_OK_AND_ASSIGN(const auto connection,
                           Connection::Open(path_, Connection::Mode::kCreate));
      ASSERT_OK(connection->Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF"));
      ASSERT_OK(Migrate(*connection, Migrations().first(version)));
      ASSERT_OK(connection->Execute(kRowsOfVersions2And3));
      ASSERT_OK(connection->Execute(version == 2 ? kSnapshotsOfVersion2 : kBlocksOfVersion3));
    }
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  }

  std::vector<SnapshotRecord> Snapshots(const std::string& id) {
    return *store_->snapshots().Read(id, 0, 100, SnapshotRepository::View::kFull, 1 << 20);
  }

  const TempDir folder_;
  const std::string path_ = folder_.File("percept.db");
  std::unique_ptr<Store> store_;
};

TEST_P(UpgradeFromKilledTest, KeepsEveryJobInItsState) {
  ASSERT_OK_AND_ASSIGN(const auto page, store_->jobs().List({}, false, std::nullopt, 100));
  EXPECT_THAT(page.damaged, IsEmpty());
  std::vector<std::string> found;
  for (const JobRecord& job : page.jobs) {
    found.push_back(job.spec.label + " " + JobStateName(job.state));
    EXPECT_FALSE(job.pause_requested);
    EXPECT_EQ(job.engine_revision, 0);
    EXPECT_FALSE(job.engine_changed);
    EXPECT_EQ(job.thinned_count, 0);
  }
  EXPECT_THAT(found, ElementsAre("done SUCCEEDED", "mlp SUCCEEDED", "running1 RUNNING",
                                 "running2 RUNNING", "cancelled CANCELLED", "queued QUEUED"));
}

TEST_P(UpgradeFromKilledTest, FindsWhatIsToGoOn) {
  ASSERT_OK_AND_ASSIGN(const auto page, store_->jobs().ListUnfinished());
  EXPECT_THAT(page.damaged, IsEmpty());
  ASSERT_EQ(page.jobs.size(), 3);
  EXPECT_EQ(page.jobs[0].attempt, 2);
  EXPECT_EQ(page.jobs[0].instruction_set, "x86-64-v4");
  EXPECT_EQ(page.jobs[0].spec.init_from->job, "56ce6khnmb");
  EXPECT_EQ(page.jobs[1].spec.time_limit, absl::Minutes(90));
  EXPECT_EQ(page.jobs[2].spec.model.hidden_units, (std::vector<int32_t>{3, 2}));
  EXPECT_EQ(page.jobs[2].spec.training.schedule_gamma, 0.5);
  for (const JobRecord& job : page.jobs) {
    EXPECT_EQ(*store_->snapshots().ReadCheckpoint(job.id), std::nullopt);
  }
}

TEST_P(UpgradeFromKilledTest, KeepsWhatElseBelongsToJobs) {
  EXPECT_EQ(store_->snapshots().ReadEpochs("27jjgnt6jy", 0, 100)->size(), 3);
  const JobRecord evaluated = *store_->jobs().Get("fxk76q6wcx");
  ASSERT_EQ(evaluated.test_evaluations.size(), 1);
  EXPECT_EQ(evaluated.test_evaluations[0].snapshot_index, 2);
  EXPECT_EQ(evaluated.damaged_test_evaluations, 0);
  EXPECT_EQ(store_->jobs().GetByRequestId("root", "again")->spec.label, "queued");
}

TEST_P(UpgradeFromKilledTest, KeepsSnapshotsWithTheirParameters) {
  const std::vector<SnapshotRecord> snapshots = Snapshots("56ce6khnmb");
  EXPECT_EQ(snapshots.size(), GetParam() == 2 ? 2 : 7);
  for (const SnapshotRecord& snapshot : snapshots) {
    EXPECT_EQ(Crc32c(*snapshot.parameters), snapshot.parameters_crc32c);
  }
  EXPECT_EQ(snapshots[0].metrics.validation_accuracy, 0.5);
  EXPECT_EQ(*store_->snapshots().BestIndex("56ce6khnmb"), 0);
}

TEST_P(UpgradeFromKilledTest, KeepsDataSetsAndUploads) {
  std::vector<std::string> ids;
  ASSERT_OK_AND_ASSIGN(const auto datasets, store_->datasets().List("", 100, std::nullopt));
  for (const data::DatasetRecord& dataset : datasets) ids.push_back(dataset.id);
  EXPECT_THAT(ids, ElementsAre("big", "mine", "points"));
  EXPECT_EQ(store_->datasets().Get("points")->test_read_count, 1);
  ASSERT_OK_AND_ASSIGN(const auto listing, store_->uploads().List());
  ASSERT_EQ(listing.uploads.size(), 1);
  EXPECT_EQ(listing.uploads[0].files.front().name, "f.csv");
}

TEST_P(UpgradeFromKilledTest, GoesOnWithWhatItFound) {
  JobRecord job = *store_->jobs().Get("vy1zwvbn6b");
  const int64_t end = job.snapshot_count;
  ASSERT_OK(store_->snapshots().Append({Pending(job.id, end), Pending(job.id, end + 1)}));
  ASSERT_OK(store_->snapshots().SaveCheckpoint(job.id, FullCheckpoint()));
  job.state = JobState::kQueued;
  job.engine_revision = 9;
  job.engine_changed = true;
  ASSERT_OK(store_->jobs().Update(job, JobState::kRunning));
  store_ = nullptr;
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  job.snapshot_count = end + 2;
  EXPECT_EQ(*store_->jobs().Get(job.id), job);
  EXPECT_EQ(**store_->snapshots().ReadCheckpoint(job.id), FullCheckpoint());
}

TEST_P(UpgradeFromKilledTest, DeletesWhatEarlierVersionsStored) {
  EXPECT_THAT(store_->jobs().Delete("56ce6khnmb"),
              StatusIs(absl::StatusCode::kFailedPrecondition));  // One that runs starts from it.
  JobRecord running = *store_->jobs().Get("vy1zwvbn6b");
  running.state = JobState::kCancelled;
  ASSERT_OK(store_->jobs().Update(running, JobState::kRunning));
  ASSERT_OK(store_->jobs().Delete("56ce6khnmb"));
  while (*store_->jobs().Purge()) {
  }
  EXPECT_EQ(RawDatabase(path_).Query("SELECT (SELECT count(*) FROM snapshot_blocks WHERE job = 1) "
                                     "+ (SELECT count(*) FROM epochs WHERE job = 1)"),
            "0\n");
}

INSTANTIATE_TEST_SUITE_P(Versions, UpgradeFromKilledTest, ::testing::Values(2, 3));

}  // namespace
}  // namespace percept::storage
