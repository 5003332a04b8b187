// What the store says of records that were changed behind its back.
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullCheckpoint;
using ::percept::testing::FullDataset;
using ::percept::testing::FullEpoch;
using ::percept::testing::FullJob;
using ::percept::testing::FullSnapshot;
using ::percept::testing::FullSources;
using ::percept::testing::FullTestEvaluation;
using ::percept::testing::FullUpload;
using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

// A store with a record of every kind: the jobs "g7b2", which has a checkpoint, and "k3v9", which
// has everything else.
class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
    InsertJobs();
    for (const data::Source& source : FullSources()) {
      datasets_.push_back(absl::StrCat("points", datasets_.size()));
      ASSERT_OK(datasets().Insert(FullDataset(datasets_.back(), source)));
    }
    ASSERT_OK(datasets().RecordTestRead("points0", absl::FromUnixSeconds(1700000000)));
    ASSERT_OK(uploads().Insert(FullUpload("u1")));
    raw_ = std::make_unique<RawDatabase>(path_);
    raw_->Run("PRAGMA synchronous = OFF");
  }

  void InsertJobs() {
    ASSERT_OK(jobs().Insert(NewJob("g7b2")));
    ASSERT_OK(snapshots().Append({Pending("g7b2", 0), Pending("g7b2", 1)}));
    ASSERT_OK(snapshots().SaveCheckpoint("g7b2", FullCheckpoint(std::string(5 << 20, 's'))));
    ASSERT_OK(jobs().Insert(FullJob("k3v9")));
    SnapshotRecord unset = FullSnapshot(2);
    unset.metrics = {};
    ASSERT_OK(snapshots().Append(
        {Pending("k3v9", {FullSnapshot(0), FullSnapshot(1)}), Pending("k3v9", {unset})}));
    ASSERT_OK(snapshots().AppendEpochs({{"k3v9", FullEpoch(0)}, {"k3v9", EpochRecord{1, {}}}}));
    for (const int64_t number : {0, 1}) {
      ASSERT_OK(jobs().AppendTestEvaluation("k3v9", FullTestEvaluation(number)));
    }
    JobRecord deleted = NewJob("deleted");
    deleted.state = JobState::kCancelled;
    ASSERT_OK(jobs().Insert(deleted));
    ASSERT_OK(jobs().Delete("deleted"));
  }

  JobRepository& jobs() { return store_->jobs(); }
  SnapshotRepository& snapshots() { return store_->snapshots(); }
  data::DatasetRepository& datasets() { return store_->datasets(); }
  data::UploadRepository& uploads() { return store_->uploads(); }

  // Reads the first snapshots of "k3v9".
  absl::Status ReadSnapshots(SnapshotRepository::View view) {
    return snapshots().Read("k3v9", 0, 10, view, 1000).status();
  }

  std::vector<std::string> Lines(const std::string& sql) {
    return absl::StrSplit(raw_->Query(sql), '\n', absl::SkipEmpty());
  }

  const TempDir folder_;
  const std::string path_ = folder_.File("percept.db");
  std::unique_ptr<Store> store_;
  std::vector<std::string> datasets_;  // One of every source.
  std::unique_ptr<RawDatabase> raw_;
};

// What becomes of a value, as SQL with $ in its place: single bits of numbers, characters and bytes
// at either end, its sign, its length, whether it is set.
const std::vector<std::string>& ChangesOf(const std::string& type) {
  static const auto* const of_integers = new std::vector<std::string>{
      "($ | 1) - ($ & 1)", "($ | 64) - ($ & 64)", "($ | 4294967296) - ($ & 4294967296)", "NULL"};
  static const auto* const of_reals =
      new std::vector<std::string>{"$ + 0.0009765625", "-$", "$ * 2", "NULL"};
  static const auto* const of_text = new std::vector<std::string>{
      "$ || '7'", "char(unicode($) + 1) || substr($, 2)", "substr($, 2)", "NULL"};
  static const auto* const of_blobs = new std::vector<std::string>{
      "CAST($ || x'00' AS BLOB)", "CAST(x'5a' || substr($, 2) AS BLOB)",
      "CAST(substr($, 1, length($) - 1) || x'5b' AS BLOB)", "substr($, 2)"};
  static const auto* const of_nothing = new std::vector<std::string>{"1", "0.5", "'a'"};
  if (type == "integer") return *of_integers;
  if (type == "real") return *of_reals;
  if (type == "text") return *of_text;
  return type == "blob" ? *of_blobs : *of_nothing;
}

// Rows of a table, how they are read, and what the reader says of damage.
struct StoredKind {
  std::string table;
  std::string where;  // Picks one row.
  std::function<absl::Status()> read;
  std::string name;                 // In the message.
  std::set<std::string> keys = {};  // Columns without whose value nobody looks at the row.
};

class DamagedColumnTest : public DamageTest {
 protected:
  std::vector<StoredKind> Kinds() {
    using View = SnapshotRepository::View;
    const auto read_heads = [this] { return ReadSnapshots(View::kMetrics); };
    const auto read_parameters = [this] { return ReadSnapshots(View::kFull); };
    const auto read_epochs = [this] { return snapshots().ReadEpochs("k3v9", 0, 9).status(); };
    const auto read_checkpoint = [this] { return snapshots().ReadCheckpoint("g7b2").status(); };
    const auto read_upload = [this] { return uploads().Get("u1").status(); };
    std::vector<StoredKind> kinds = {
        {"jobs",
         "id = 'k3v9'",
         [this] { return jobs().Get("k3v9").status(); },
         "jobs/k3v9",
         {"id"}},
        {"deleted_jobs", "true", [this] { return jobs().Purge().status(); }, "deleted job "},
        {"snapshot_blocks", "job = 2 AND first_index = 0", read_heads, "jobs/k3v9/snapshots/0"},
        {"snapshot_blocks",
         "job = 2 AND first_index = 2",
         read_heads,
         "jobs/k3v9/snapshots/2",
         {"job"}},
        {"parameter_blocks", "job = 2 AND first_index = 0", read_parameters,
         "jobs/k3v9/snapshots/0-1: "},
        {"epochs", "epoch = 0", read_epochs, "jobs/k3v9: epoch ", {"job"}},
        {"epochs", "epoch = 1", read_epochs, "jobs/k3v9: epoch ", {"job"}},
        {"checkpoints", "true", read_checkpoint, "jobs/g7b2: checkpoint", {"job"}},
        {"checkpoint_pieces", "number = 0", read_checkpoint, "jobs/g7b2: checkpoint"},
        {"checkpoint_pieces", "number = 1", read_checkpoint, "jobs/g7b2: checkpoint"},
        {"test_reads",
         "true",
         [this] { return datasets().GetTestReads("points0").status(); },
         "datasets/points0",
         {"dataset"}},
        {"uploads", "true", [this] { return uploads().Get("u1").status(); }, "uploads/u1", {"id"}},
        {"upload_files", "number = 0", read_upload, "uploads/u1: file 0"},
        {"upload_files", "number = 1", read_upload, "uploads/u1: file 1"},
    };
    for (const std::string& id : datasets_) {
      kinds.push_back({"datasets",
                       "id = '" + id + "'",
                       [this] { return datasets().List("", 100, std::nullopt).status(); },
                       "datasets/" + id,
                       {"id"}});
    }
    return kinds;
  }

  void ExpectEveryChangeIsSeen(const StoredKind& kind) {
    raw_->Run("CREATE TEMP TABLE kept AS SELECT * FROM main." + kind.table);
    for (const std::string& column :
         Lines("SELECT name FROM pragma_table_info('" + kind.table + "')")) {
      if (!kind.keys.contains(column)) ExpectEveryChangeIsSeen(kind, column);
    }
    raw_->Run("DROP TABLE temp.kept");
    EXPECT_OK(kind.read());
  }

  void ExpectEveryChangeIsSeen(const StoredKind& kind, const std::string& column) {
    const std::string from_row = absl::StrCat(" FROM main.", kind.table, " WHERE ", kind.where);
    const std::vector<std::string> types =
        Lines(absl::StrCat("SELECT typeof(", column, ")", from_row));
    ASSERT_EQ(types.size(), 1) << kind.table << " where " << kind.where;
    int changes = 0;
    for (const std::string& change : ChangesOf(types[0])) {
      const std::string changed = absl::StrReplaceAll(change, {{"$", column}});
      if (Lines(absl::StrCat("SELECT ", column, " IS ", changed, from_row))[0] == "1") continue;
      if (!raw_->TryRun(absl::StrCat("UPDATE main.", kind.table, " SET ", column, " = ", changed,
                                     " WHERE ", kind.where))) {
        continue;  // Not a value that the table takes.
      }
      ++changes;
      EXPECT_THAT(kind.read(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(kind.name)))
          << kind.table << "." << column << " = " << changed;
      raw_->Run(absl::StrCat("DELETE FROM main.", kind.table, "; INSERT INTO main.", kind.table,
                             " SELECT * FROM temp.kept"));
    }
    EXPECT_GT(changes, 0) << kind.table << "." << column;
  }
};

TEST_F(DamagedColumnTest, IsSeenInEveryTable) {
  for (const StoredKind& kind : Kinds()) ExpectEveryChangeIsSeen(kind);
}

TEST_F(DamagedColumnTest, LeavesNoTableOut) {
  // Test evaluations and what a job's filters go by have tests below. The table `store` has a mark
  // that is checked by whether there is a log, and a counter that nobody reads.
  std::set<std::string> tables = {"store", "test_evaluations"};
  for (const StoredKind& kind : Kinds()) tables.insert(kind.table);
  EXPECT_THAT(Lines("SELECT name FROM sqlite_schema WHERE type = 'table'"),
              UnorderedElementsAreArray(tables));
}

TEST_F(DamageTest, OfAJobIsSeenByEveryWayToIt) {
  raw_->Run("UPDATE jobs SET state = 1, priority = 5 WHERE id = 'k3v9'");
  const auto is_damaged = StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9"));
  EXPECT_THAT(jobs().Get("k3v9"), is_damaged);
  EXPECT_EQ(ReasonOf(jobs().Get("k3v9").status()), "RECORD_CORRUPT");
  EXPECT_THAT(jobs().GetByRequestId("ada", "request-k3v9"), is_damaged);
  EXPECT_THAT(jobs().Update(FullJob("k3v9"), JobState::kQueued), is_damaged);
  EXPECT_THAT(jobs().Insert(FullJob("k3v9")), is_damaged);
}

TEST_F(DamageTest, OfAJobHidesNoOtherFromAList) {
  for (const char* id : {"later", "last"}) ASSERT_OK(jobs().Insert(NewJob(id)));
  raw_->Run("UPDATE jobs SET priority = 5 WHERE id IN ('k3v9', 'later')");
  ASSERT_OK_AND_ASSIGN(const auto page, jobs().List({}, false, std::nullopt, 2));
  EXPECT_EQ(page.jobs.size(), 1);
  EXPECT_EQ(page.jobs[0].id, "g7b2");
  EXPECT_THAT(page.damaged, ElementsAre("k3v9"));
  ASSERT_OK_AND_ASSIGN(const auto next, jobs().List({}, false, page.next, 1));
  EXPECT_THAT(next.jobs, IsEmpty());
  EXPECT_THAT(next.damaged, ElementsAre("later"));
  ASSERT_OK_AND_ASSIGN(const auto last, jobs().List({}, false, next.next, 1));
  EXPECT_EQ(last.jobs.size(), 1);
  EXPECT_THAT(last.damaged, IsEmpty());
  EXPECT_EQ(last.next, std::nullopt);
}

TEST_F(DamageTest, OfAJobHidesNoOtherThatIsUnfinished) {
  ASSERT_OK(jobs().Insert(NewJob("later")));
  raw_->Run("UPDATE jobs SET label = 'x' WHERE id = 'g7b2'");
  ASSERT_OK_AND_ASSIGN(const auto page, jobs().ListUnfinished());
  EXPECT_THAT(page.jobs, ElementsAre(NewJob("later")));
  EXPECT_THAT(page.damaged, ElementsAre("g7b2"));
}

TEST_F(DamageTest, OfAJobsIdIsShownInPrintableCharacters) {
  raw_->Run("UPDATE jobs SET id = CAST(x'6bff00' AS TEXT) WHERE id = 'k3v9'");
  ASSERT_OK_AND_ASSIGN(const auto page, jobs().List({}, false, std::nullopt, 10));
  EXPECT_THAT(page.damaged, ElementsAre("k\\xff\\x00"));
}

TEST_F(DamageTest, KeepsNoJobFromBeingDeleted) {
  // In whatever state it seems to be, if it is not the origin of another.
  raw_->Run("UPDATE jobs SET state = 2 WHERE id = 'k3v9'");
  ASSERT_OK(jobs().Delete("k3v9"));
  EXPECT_THAT(jobs().Get("k3v9"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(jobs().List({}, false, std::nullopt, 10)->damaged, IsEmpty());
}

TEST_F(DamageTest, OfADeletedJobsNoteCostsNoOtherJobAnything) {
  raw_->Run("UPDATE deleted_jobs SET sequence = 2");
  EXPECT_THAT(jobs().Purge(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(jobs().Get("k3v9")->snapshot_count, 3);
  // Others are still purged.
  JobRecord other = NewJob("other");
  other.state = JobState::kFailed;
  ASSERT_OK(jobs().Insert(other));
  ASSERT_OK(jobs().Delete("other"));
  EXPECT_TRUE(*jobs().Purge());
  EXPECT_THAT(jobs().Purge(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(DamageTest, OfATestEvaluationIsCountedAndHidesNothingElse) {
  const auto evaluations = [&] {
    const JobRecord job = *jobs().Get("k3v9");
    EXPECT_EQ(job.test_evaluations.size() + job.damaged_test_evaluations, 2);
    return job.test_evaluations;
  };
  for (const std::string& column :
       Lines("SELECT name FROM pragma_table_info('test_evaluations') WHERE name <> 'job'")) {
    for (const int64_t number : {0, 1}) {
      raw_->Run("CREATE TEMP TABLE kept AS SELECT * FROM main.test_evaluations");
      raw_->Run(absl::StrCat("UPDATE test_evaluations SET ", column, " = ", column,
                             " + 8 WHERE number = ", number));
      EXPECT_THAT(evaluations(), ElementsAre(FullTestEvaluation(1 - number))) << column;
      raw_->Run(
          "DELETE FROM main.test_evaluations; INSERT INTO main.test_evaluations "
          "SELECT * FROM kept; DROP TABLE temp.kept");
    }
  }
  raw_->Run("DELETE FROM test_evaluations WHERE number = 0");
  EXPECT_THAT(evaluations(), ElementsAre(FullTestEvaluation(1)));
}

TEST_F(DamageTest, OfABlockOfParametersHidesNoOthers) {
  raw_->Run("UPDATE parameter_blocks SET ends = x'00' WHERE job = 2 AND first_index = 0");
  EXPECT_OK(ReadSnapshots(SnapshotRepository::View::kMetrics));
  EXPECT_OK(snapshots().Read("k3v9", 2, 10, SnapshotRepository::View::kFull, 1000));
}

TEST_F(DamageTest, IsNotWrittenOverByThinning) {
  const auto thin = [&](int64_t begin, int64_t end) {
    return store_->snapshots().Thin("k3v9", begin, end, [](int64_t) { return false; });
  };
  ASSERT_OK(store_->snapshots().Append({Pending("k3v9", {FullSnapshot(3), FullSnapshot(4)})}));
  raw_->Run(
      "UPDATE parameter_blocks SET parameters = zeroblob(length(parameters)) "
      "WHERE first_index = 0");
  const auto is_damaged =
      StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/0-1: "));
  EXPECT_THAT(thin(0, 5), is_damaged);
  EXPECT_EQ(store_->jobs().Get("k3v9")->thinned_count, FullJob("k3v9").thinned_count);
  EXPECT_EQ(*thin(2, 5), 2);
  EXPECT_THAT(store_->snapshots().Read("k3v9", 0, 1, SnapshotRepository::View::kFull, 1),
              is_damaged);
}

TEST_F(DamageTest, IsNotTakenForThinningWhereParametersAreMissing) {
  raw_->Run("DELETE FROM parameter_blocks WHERE first_index = 0");
  EXPECT_THAT(store_->snapshots().Read("k3v9", 0, 1, SnapshotRepository::View::kFull, 1),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/0-1: ")));
}

TEST_F(DamageTest, NamesTheJobAndTheIndicesOfABlock) {
  raw_->Run("UPDATE snapshot_blocks SET heads = zeroblob(length(heads)) WHERE first_index = 0");
  EXPECT_THAT(snapshots().Read("k3v9", 1, 1, SnapshotRepository::View::kMetrics, 0),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/0-1: ")));
}

TEST_F(DamageTest, OfABlocksBestLeavesNoBest) {
  raw_->Run("UPDATE snapshot_blocks SET best_accuracy = 1.5 WHERE first_index = 2");
  EXPECT_THAT(snapshots().BestIndex("k3v9"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/2: ")));
}

TEST_F(DamageTest, IsSeenByThoseWhoVisitHeads) {
  const auto visit = [&](int64_t start, int64_t end) {
    return snapshots().VisitHeads("k3v9", start, end, [](const SnapshotHead&) {});
  };
  raw_->Run("UPDATE snapshot_blocks SET heads = zeroblob(length(heads)) WHERE first_index = 2");
  EXPECT_OK(visit(0, 2));
  EXPECT_THAT(visit(0, 3),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/2: ")));
  raw_->Run("DELETE FROM snapshot_blocks WHERE first_index = 0");
  EXPECT_THAT(visit(1, 2),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/k3v9/snapshots/1: ")));
}

TEST_F(DamageTest, IsSeenWhereABlockIsMissing) {
  raw_->Run("DELETE FROM snapshot_blocks WHERE first_index = 0");
  for (const int64_t start : {0, 1}) {
    EXPECT_THAT(snapshots().Read("k3v9", start, 10, SnapshotRepository::View::kMetrics, 0),
                StatusIs(absl::StatusCode::kDataLoss,
                         HasSubstr(absl::StrCat("jobs/k3v9/snapshots/", start))));
  }
  EXPECT_OK(snapshots().Read("k3v9", 2, 10, SnapshotRepository::View::kMetrics, 0));
}

TEST_F(DamageTest, IsSeenWhereAPieceOfACheckpointIsMissing) {
  for (const char* number : {"0", "1"}) {
    raw_->Run("CREATE TEMP TABLE kept AS SELECT * FROM main.checkpoint_pieces");
    raw_->Run(absl::StrCat("DELETE FROM checkpoint_pieces WHERE number = ", number));
    EXPECT_THAT(snapshots().ReadCheckpoint("g7b2"),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/g7b2: checkpoint")));
    raw_->Run(
        "DELETE FROM main.checkpoint_pieces; INSERT INTO main.checkpoint_pieces "
        "SELECT * FROM kept; DROP TABLE temp.kept");
  }
}

TEST_F(DamageTest, OfACheckpointIsOverWithTheNextOne) {
  raw_->Run("UPDATE checkpoints SET step = 5; UPDATE checkpoint_pieces SET state = x'00'");
  ASSERT_OK(snapshots().SaveCheckpoint("g7b2", FullCheckpoint()));
  EXPECT_EQ(**snapshots().ReadCheckpoint("g7b2"), FullCheckpoint());
}

TEST_F(DamageTest, OfTestReadsIsSeenByEveryWayToThem) {
  raw_->Run("UPDATE test_reads SET reads = 5");
  const auto is_damaged = StatusIs(absl::StatusCode::kDataLoss, HasSubstr("datasets/points0"));
  EXPECT_THAT(datasets().Get("points0"), is_damaged);
  EXPECT_THAT(datasets().RecordTestRead("points0", absl::Now()), is_damaged);
}

TEST_F(DamageTest, KeepsNoDataSetFromBeingDeleted) {
  raw_->Run("UPDATE datasets SET owner = 'x'; UPDATE test_reads SET reads = 5");
  EXPECT_THAT(datasets().Get("points0"), StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK(datasets().Delete("points0"));
  EXPECT_OK(datasets().Insert(FullDataset("points0")));
  EXPECT_OK(datasets().Get("points0"));
}

TEST_F(DamageTest, OfAnUploadHidesNoOther) {
  for (const char* id : {"u0", "u2"}) ASSERT_OK(uploads().Insert(FullUpload(id)));
  raw_->Run(
      "UPDATE uploads SET owner = 'x' WHERE id = 'u1';"
      "UPDATE upload_files SET size_bytes = 5 WHERE upload = 'u0'");
  ASSERT_OK_AND_ASSIGN(const auto listing, uploads().List());
  EXPECT_THAT(listing.uploads, ElementsAre(FullUpload("u2")));
  EXPECT_THAT(listing.damaged, ElementsAre("u0", "u1"));
  ASSERT_OK(uploads().Delete("u1"));
  EXPECT_THAT(uploads().List()->damaged, ElementsAre("u0"));
}

TEST_F(DamageTest, IsSeenWhereAnUploadsFileIsMissing) {
  raw_->Run("DELETE FROM upload_files WHERE number = 1");
  EXPECT_THAT(uploads().Get("u1"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("uploads/u1: file 1")));
}

}  // namespace
}  // namespace percept::storage
