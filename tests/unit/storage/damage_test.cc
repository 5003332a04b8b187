// What the store says of records that were changed behind its back.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/storage/raw_database.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullDataset;
using ::percept::testing::FullEpoch;
using ::percept::testing::FullJob;
using ::percept::testing::FullSnapshot;
using ::percept::testing::FullSources;
using ::percept::testing::FullTestEvaluation;
using ::percept::testing::FullUpload;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::HasSubstr;

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
    ASSERT_OK(store_->jobs().Insert(FullJob("k3v9")));
    SnapshotRecord unset = FullSnapshot(2);
    unset.metrics = {};
    ASSERT_OK(store_->snapshots().Append(
        {Pending("k3v9", {FullSnapshot(0), FullSnapshot(1)}), Pending("k3v9", {unset})}));
    ASSERT_OK(
        store_->snapshots().AppendEpochs({{"k3v9", FullEpoch(0)}, {"k3v9", EpochRecord{1, {}}}}));
    for (const int64_t number : {0, 1}) {
      ASSERT_OK(store_->jobs().AppendTestEvaluation("k3v9", FullTestEvaluation(number)));
    }
    for (const data::Source& source : FullSources()) {
      datasets_.push_back(absl::StrCat("points", datasets_.size()));
      ASSERT_OK(store_->datasets().Insert(FullDataset(datasets_.back(), source)));
    }
    ASSERT_OK(store_->datasets().RecordTestRead("points0", absl::FromUnixSeconds(1700000000)));
    ASSERT_OK(store_->uploads().Insert(FullUpload("u1")));
    raw_ = std::make_unique<RawDatabase>(path_);
    raw_->Run("PRAGMA synchronous = OFF");
  }

  std::vector<std::string> ColumnsOf(const std::string& table) {
    return absl::StrSplit(raw_->Query("SELECT name FROM pragma_table_info('" + table + "')"), '\n',
                          absl::SkipEmpty());
  }

  // Changes one column of the rows that `where` selects, to a value of the same type.
  void Change(const std::string& table, const std::string& column, const std::string& where) {
    raw_->Run(absl::StrCat("UPDATE ", table, " SET ", column, " = CASE typeof(", column,
                           ") WHEN 'integer' THEN ", column, " + 100 WHEN 'real' THEN ", column,
                           " + 0.5 WHEN 'text' THEN ", column, " || '7' WHEN 'blob' THEN CAST(",
                           column, " || x'00' AS BLOB) ELSE 1 END WHERE ", where));
  }

  // Runs `check` with each column of a table changed in turn.
  template <typename Check>
  void ForEachChangedColumn(const std::string& table, const std::string& where, Check check) {
    const std::vector<std::string> columns = ColumnsOf(table);
    ASSERT_GT(columns.size(), 3);
    for (const std::string& column : columns) {
      raw_->Run("CREATE TEMP TABLE kept AS SELECT * FROM main." + table);
      Change(table, column, where);
      check(column);
      raw_->Run("DELETE FROM main." + table + "; INSERT INTO main." + table +
                " SELECT * FROM kept; DROP TABLE temp.kept");
    }
  }

  const TempDir folder_;
  const std::string path_ = folder_.File("percept.db");
  std::unique_ptr<Store> store_;
  std::vector<std::string> datasets_;  // One of every source.
  std::unique_ptr<RawDatabase> raw_;
};

TEST_F(DamageTest, IsSeenInEveryColumnOfAJob) {
  ForEachChangedColumn("jobs", "true", [&](const std::string& column) {
    const auto page = store_->jobs().List({}, true, std::nullopt, 10);
    EXPECT_THAT(page, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9"))) << column;
    EXPECT_EQ(ReasonOf(page.status()), "RECORD_CORRUPT");
  });
  EXPECT_OK(store_->jobs().Get("k3v9"));
}

TEST_F(DamageTest, IsSeenByEveryWayToAJob) {
  raw_->Run("UPDATE jobs SET state = 1, priority = 5");
  EXPECT_THAT(store_->jobs().Get("k3v9"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9")));
  EXPECT_THAT(store_->jobs().GetByRequestId("ada", "request-k3v9"),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store_->jobs().ListUnfinished(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store_->jobs().Update(FullJob("k3v9"), JobState::kQueued),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store_->jobs().Insert(FullJob("k3v9")), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(DamageTest, IsSeenInEveryColumnOfABlockOfSnapshots) {
  const auto read = [&] {
    return store_->snapshots().Read("k3v9", 0, 10, SnapshotRepository::View::kMetrics, 0);
  };
  for (const std::string row : {"0", "2"}) {  // With metrics and without.
    ForEachChangedColumn("snapshot_blocks", "first_index = " + row, [&](const std::string& column) {
      if (column == "job" && row == "2") return;  // The last block has gone, as if it never was.
      EXPECT_THAT(read(),
                  StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/" + row)))
          << column << " of " << row;
    });
  }
  EXPECT_OK(read());
}

TEST_F(DamageTest, IsSeenByThoseWhoVisitHeads) {
  const auto visit = [&](int64_t start, int64_t end) {
    return store_->snapshots().VisitHeads("k3v9", start, end, [](const SnapshotHead&) {});
  };
  raw_->Run("UPDATE snapshot_blocks SET heads = zeroblob(length(heads)) WHERE first_index = 2");
  EXPECT_OK(visit(0, 2));
  EXPECT_THAT(visit(0, 3),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/2: ")));
  raw_->Run("DELETE FROM snapshot_blocks WHERE first_index = 0");
  EXPECT_THAT(visit(1, 2),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/1: ")));
}

TEST_F(DamageTest, IsSeenInEveryColumnOfABlockOfParameters) {
  ForEachChangedColumn("parameter_blocks", "first_index = 0", [&](const std::string& column) {
    EXPECT_THAT(store_->snapshots().Read("k3v9", 0, 10, SnapshotRepository::View::kFull, 1000),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/0-1: ")))
        << column;
    EXPECT_OK(store_->snapshots().Read("k3v9", 0, 10, SnapshotRepository::View::kMetrics, 0));
    EXPECT_OK(store_->snapshots().Read("k3v9", 2, 10, SnapshotRepository::View::kFull, 1000));
  });
  EXPECT_OK(store_->snapshots().Read("k3v9", 0, 10, SnapshotRepository::View::kFull, 1000));
}

TEST_F(DamageTest, NamesTheJobAndTheIndicesOfABlock) {
  raw_->Run("UPDATE snapshot_blocks SET heads = zeroblob(length(heads)) WHERE first_index = 0");
  EXPECT_THAT(store_->snapshots().Read("k3v9", 1, 1, SnapshotRepository::View::kMetrics, 0),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/0-1: ")));
}

TEST_F(DamageTest, IsSeenWhereABlockIsMissing) {
  raw_->Run("DELETE FROM snapshot_blocks WHERE first_index = 0");
  for (const int64_t start : {0, 1}) {
    EXPECT_THAT(store_->snapshots().Read("k3v9", start, 10, SnapshotRepository::View::kMetrics, 0),
                StatusIs(absl::StatusCode::kDataLoss,
                         HasSubstr(absl::StrCat("jobs/k3v9/snapshots/", start))));
  }
  EXPECT_OK(store_->snapshots().Read("k3v9", 2, 10, SnapshotRepository::View::kMetrics, 0));
}

TEST_F(DamageTest, IsSeenInEveryColumnOfAnEpoch) {
  for (const std::string row : {"0", "1"}) {  // With metrics and without.
    ForEachChangedColumn("epochs", "epoch = " + row, [&](const std::string& column) {
      if (column == "job") return;  // The epoch has gone, as if it had never been.
      EXPECT_THAT(store_->snapshots().ReadEpochs("k3v9", 0, 10),
                  StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9: epoch ")))
          << column << " of " << row;
    });
  }
  EXPECT_OK(store_->snapshots().ReadEpochs("k3v9", 0, 10));
}

TEST_F(DamageTest, IsSeenInEveryColumnOfATestEvaluation) {
  for (const std::string row : {"0", "1"}) {
    ForEachChangedColumn("test_evaluations", "number = " + row, [&](const std::string& column) {
      if (column == "job" && row == "1") return;  // The last one has gone.
      EXPECT_THAT(store_->jobs().Get("k3v9"),
                  StatusIs(absl::StatusCode::kDataLoss,
                           HasSubstr("jobs/k3v9: test evaluation " + row + ": ")))
          << column;
    });
  }
  EXPECT_OK(store_->jobs().Get("k3v9"));
}

TEST_F(DamageTest, IsSeenWhereATestEvaluationIsMissing) {
  raw_->Run("DELETE FROM test_evaluations WHERE number = 0");
  EXPECT_THAT(store_->jobs().Get("k3v9"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9: test evaluation 0: ")));
}

TEST_F(DamageTest, IsSeenInEveryColumnOfADataSet) {
  for (const std::string& id : datasets_) {
    ForEachChangedColumn("datasets", "id = '" + id + "'", [&](const std::string& column) {
      EXPECT_THAT(store_->datasets().List("", 100),
                  StatusIs(absl::StatusCode::kDataLoss, HasSubstr("datasets/" + id)))
          << column;
    });
    EXPECT_OK(store_->datasets().Get(id));
  }
}

TEST_F(DamageTest, IsSeenInEveryColumnOfTestReads) {
  ForEachChangedColumn("test_reads", "true", [&](const std::string& column) {
    if (column == "dataset") return;  // The row has gone, as if the split was never read.
    const auto is_damaged = StatusIs(absl::StatusCode::kDataLoss, HasSubstr("datasets/points0"));
    EXPECT_THAT(store_->datasets().Get("points0"), is_damaged) << column;
    EXPECT_THAT(store_->datasets().GetTestReads("points0"), is_damaged) << column;
    EXPECT_THAT(store_->datasets().RecordTestRead("points0", absl::Now()), is_damaged) << column;
  });
  EXPECT_OK(store_->datasets().Get("points0"));
}

TEST_F(DamageTest, KeepsNoDataSetFromBeingDeleted) {
  raw_->Run("UPDATE datasets SET owner = 'x'; UPDATE test_reads SET reads = 5");
  EXPECT_THAT(store_->datasets().Get("points0"), StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK(store_->datasets().Delete("points0"));
  EXPECT_OK(store_->datasets().Insert(FullDataset("points0")));
  EXPECT_OK(store_->datasets().Get("points0"));
}

TEST_F(DamageTest, IsSeenInEveryColumnOfAnUpload) {
  ForEachChangedColumn("uploads", "true", [&](const std::string& column) {
    EXPECT_THAT(store_->uploads().List(),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("uploads/u1")))
        << column;
  });
  EXPECT_OK(store_->uploads().Get("u1"));
}

TEST_F(DamageTest, IsSeenInEveryColumnOfAnUploadsFile) {
  for (const std::string row : {"0", "1"}) {
    ForEachChangedColumn("upload_files", "number = " + row, [&](const std::string& column) {
      EXPECT_THAT(store_->uploads().Get("u1"),
                  StatusIs(absl::StatusCode::kDataLoss, HasSubstr("uploads/u1: file " + row)))
          << column;
    });
  }
  EXPECT_OK(store_->uploads().Get("u1"));
}

TEST_F(DamageTest, IsSeenWhereAnUploadsFileIsMissing) {
  raw_->Run("DELETE FROM upload_files WHERE number = 1");
  EXPECT_THAT(store_->uploads().Get("u1"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("uploads/u1: file 1")));
}

}  // namespace
}  // namespace percept::storage
