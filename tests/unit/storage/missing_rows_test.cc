// What the store says of rows that have gone, as damage to the trees of the database can make them.
#include <memory>
#include <string>

#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullEpoch;
using ::percept::testing::FullSnapshot;
using ::percept::testing::FullTestEvaluation;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A store with the job "a", which has snapshots in two blocks, epochs and test evaluations.
class MissingRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
    ASSERT_OK(jobs().Insert(NewJob("a")));
    ASSERT_OK(snapshots().Append(
        {Pending("a", {FullSnapshot(0), FullSnapshot(1)}), Pending("a", {FullSnapshot(2)})}));
    ASSERT_OK(snapshots().AppendEpochs({{"a", FullEpoch(0)}, {"a", FullEpoch(1)}}));
    for (const int64_t number : {0, 1}) {
      ASSERT_OK(jobs().AppendTestEvaluation("a", FullTestEvaluation(number)));
    }
  }

  void EndJob() {
    JobRecord ended = NewJob("a");
    ended.state = JobState::kSucceeded;
    ASSERT_OK(jobs().Update(ended, JobState::kQueued));
  }

  void Run(const std::string& sql) { RawDatabase(path_).Run(sql); }

  JobRepository& jobs() { return store_->jobs(); }
  SnapshotRepository& snapshots() { return store_->snapshots(); }
  auto Read(int64_t start_index, int limit) {
    return snapshots().Read("a", start_index, limit, SnapshotRepository::View::kMetrics, 0);
  }
  absl::Status Visit(int64_t start_index, int64_t end_index) {
    return snapshots().VisitHeads("a", start_index, end_index, [](const SnapshotHead&) {});
  }

  const TempDir folder_;
  const std::string path_ = folder_.File("percept.db");
  std::unique_ptr<Store> store_;
};

auto IsMissing(const std::string& record) {
  return StatusIs(absl::StatusCode::kDataLoss, record + ": the stored record is missing");
}

TEST_F(MissingRowsTest, OfTheNewestSnapshotsStillCountAndAreNamed) {
  EndJob();
  Run("DELETE FROM snapshot_blocks WHERE first_index = 2");
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 3);
  EXPECT_EQ(jobs().List({}, true, std::nullopt, 10)->jobs[0].snapshot_count, 3);
  for (const int64_t start : {0, 1, 2})
    EXPECT_THAT(Read(start, 10), IsMissing("jobs/a/snapshots/2"));
  EXPECT_THAT(Visit(0, 3), IsMissing("jobs/a/snapshots/2"));
  EXPECT_EQ(ReasonOf(Visit(0, 3)), "RECORD_CORRUPT");
  EXPECT_THAT(snapshots().BestIndex("a"), IsMissing("jobs/a/snapshots/2"));
  // The others are still there.
  EXPECT_THAT(*Read(0, 2), SizeIs(2));
  EXPECT_OK(Visit(0, 2));
  EXPECT_THAT(*Read(3, 10), IsEmpty());
}

TEST_F(MissingRowsTest, OfOlderSnapshotsLeaveNoBest) {
  EndJob();
  Run("DELETE FROM snapshot_blocks WHERE first_index = 0");
  EXPECT_THAT(snapshots().BestIndex("a"), IsMissing("jobs/a/snapshots/0"));
}

TEST_F(MissingRowsTest, OfAllSnapshotsAreNamed) {
  EndJob();
  Run("DELETE FROM snapshot_blocks");
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 3);
  EXPECT_THAT(Read(0, 1), IsMissing("jobs/a/snapshots/0"));
  EXPECT_THAT(snapshots().BestIndex("a"), IsMissing("jobs/a/snapshots/0"));
}

TEST_F(MissingRowsTest, OfTheNewestEpochsAreCountedAndNamed) {
  EndJob();
  EXPECT_EQ(jobs().Get("a")->missing_epochs, 0);
  Run("DELETE FROM epochs WHERE epoch = 1");
  EXPECT_EQ(jobs().Get("a")->missing_epochs, 1);
  EXPECT_THAT(snapshots().ReadEpochs("a", 0, 10), IsMissing("jobs/a: epoch 1"));
  EXPECT_THAT(snapshots().ReadEpochs("a", 1, 1), IsMissing("jobs/a: epoch 1"));
  EXPECT_THAT(*snapshots().ReadEpochs("a", 0, 1), ElementsAre(FullEpoch(0)));
  EXPECT_THAT(*snapshots().ReadEpochs("a", 2, 10), IsEmpty());
}

TEST_F(MissingRowsTest, OfOlderEpochsAreNamed) {
  EndJob();
  Run("DELETE FROM epochs WHERE epoch = 0");
  EXPECT_THAT(snapshots().ReadEpochs("a", 0, 1), IsMissing("jobs/a: epoch 0"));
  EXPECT_THAT(*snapshots().ReadEpochs("a", 1, 10), ElementsAre(FullEpoch(1)));
}

TEST_F(MissingRowsTest, OfTestEvaluationsStillCountAsDamaged) {
  Run("DELETE FROM test_evaluations WHERE number = 1");
  EXPECT_EQ(jobs().Get("a")->damaged_test_evaluations, 1);
  ASSERT_OK(jobs().AppendTestEvaluation("a", FullTestEvaluation(2)));
  EXPECT_THAT(jobs().Get("a")->test_evaluations,
              ElementsAre(FullTestEvaluation(0), FullTestEvaluation(2)));
  EXPECT_EQ(jobs().Get("a")->damaged_test_evaluations, 1);
  Run("DELETE FROM test_evaluations");
  EXPECT_EQ(jobs().Get("a")->damaged_test_evaluations, 3);
}

TEST_F(MissingRowsTest, OfAJobThatHasNotEndedAreMadeAgain) {
  Run("DELETE FROM snapshot_blocks WHERE first_index = 2;"
      "DELETE FROM parameter_blocks WHERE first_index = 2;"
      "DELETE FROM epochs WHERE epoch = 1");
  EXPECT_EQ(jobs().Get("a")->snapshot_count, 2);
  ASSERT_OK(snapshots().Append({Pending("a", {FullSnapshot(2)})}));
  ASSERT_OK(snapshots().AppendEpochs({{"a", FullEpoch(1)}}));
  EndJob();
  EXPECT_THAT(*Read(0, 10), SizeIs(3));
  EXPECT_THAT(*snapshots().ReadEpochs("a", 0, 10), SizeIs(2));
}

TEST_F(MissingRowsTest, OfTheIndexOfIdsDoNotMakeAJobUnknown) {
  // As where the key of the job's entry is damaged: it still leads to the job's row.
  Run("PRAGMA writable_schema = ON;"
      "CREATE TABLE emptied (id TEXT NOT NULL UNIQUE);"
      "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
      "'sqlite_autoindex_emptied_1') WHERE name = 'sqlite_autoindex_jobs_1';"
      "PRAGMA writable_schema = RESET");
  store_ = nullptr;
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  EXPECT_THAT(jobs().Get("a"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/a: ")));
  EXPECT_THAT(jobs().Get("b"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(jobs().List({}, true, std::nullopt, 10)->jobs, SizeIs(1));
}

}  // namespace
}  // namespace percept::storage
