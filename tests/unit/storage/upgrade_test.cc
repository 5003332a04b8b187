// Stores that earlier versions have written.
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "gmock/gmock.h"

#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullDataset;
using ::percept::testing::FullEpoch;
using ::percept::testing::FullSources;
using ::percept::testing::FullTestEvaluation;
using ::percept::testing::FullUpload;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// As the program of version 1 wrote them, checksums and all.
constexpr char kRowsOfVersion1[] = R"sql(
INSERT INTO datasets VALUES('bare',0,200,100,0,0,'installed',0,0,NULL,NULL,NULL,0,'',0,'',0,'',
  '0123',0,-9223372036854775808,'',506525627);
INSERT INTO datasets VALUES('points',5,11,12,13,-1,'',6,3,2,3,1,6,'1,2,3',4,'4,0,0',0,'0,0,0',
  'abcdef',8589934592,1600000000654321,'grace',2859887229);
INSERT INTO jobs VALUES(1,'full','ada','request-full','xor',2,'64,4096,1',4,3,
  0.10000000000000000555,7,11,0,1000000000000,999999999,0,3,3,-6,'first',-100,1500000,5,
  1700000000123456,1700000001000001,1700000002000002,1,'the loss became inf at step 17',1,3,
  987654321,'x86-64-v3','00ff',784,10,60000,50890,1099511627776,1070799574);
INSERT INTO jobs VALUES(2,'bare','ada','','mnist',3,'',1,1,0.10000000000000000555,5,100,1,0,0,1,1,
  1,0,'',0,9223372036854775807,1,1700000003000003,NULL,NULL,0,'',0,0,0,'','',0,0,0,0,0,365113450);
INSERT INTO snapshots VALUES(1,0,1,2,3,0.5,0.25,0.75,0.125,1700000000000000,3889935968,2019105436);
INSERT INTO snapshots VALUES(1,1,11,102,3,NULL,NULL,NULL,'nan',1700000000000001,3793477815,
  745371966);
INSERT INTO snapshot_parameters VALUES(1,0,X'706172616d6574657273',X'0000000000000000ffffffff',
  2723404966);
INSERT INTO snapshot_parameters VALUES(1,1,X'6f7468657220706172616d6574657273',
  X'0100000000000000ffffffff',971773067);
)sql";

// What it knew nothing of has the values by which it trained.
void SetTrainingOfVersion1(TrainingSpec& training) {
  training.iterations = 1000;
  training.momentum = 0.9;
  training.beta1 = 0.9;
  training.beta2 = 0.999;
  training.epsilon = 1e-8;
  training.weight_decay = 0.0;
  training.schedule_gamma = 0.0;
  training.schedule_sigma = 0;
  training.schedule_rho = 0.0;
  training.patience = 0;
}

JobRecord FullJobOfVersion1() {
  JobRecord job;
  job.id = "full";
  job.owner = "ada";
  job.request_id = "request-full";
  job.spec.dataset = "xor";
  job.spec.model = {
      ModelKind::kMultiperceptron, {64, 4096, 1}, Activation::kGelu, Initialization::kHe};
  job.spec.training.learning_rate = 0.1;
  job.spec.training.epochs = 7;
  job.spec.training.batch_size = 11;
  job.spec.training.shuffle = false;
  job.spec.training.report_frequency = 1000000000000;
  job.spec.training.evaluate_every = 999999999;
  job.spec.training.evaluate = false;
  job.spec.training.optimizer = OptimizerKind::kAdam;
  job.spec.training.schedule = ScheduleKind::kInverse;
  SetTrainingOfVersion1(job.spec.training);
  job.spec.seed = std::numeric_limits<uint64_t>::max() - 5;
  job.spec.init_from = std::nullopt;
  job.spec.train_on = TrainOn::kTrain;
  job.spec.label = "first";
  job.spec.priority = -100;
  job.spec.time_limit = absl::Milliseconds(1500);
  job.state = JobState::kFailed;
  job.create_time = absl::FromUnixMicros(1700000000123456);
  job.start_time = absl::FromUnixMicros(1700000001000001);
  job.end_time = absl::FromUnixMicros(1700000002000002);
  job.error_reason = JobErrorReason::kDiverged;
  job.error_message = "the loss became inf at step 17";
  job.cancel_requested = true;
  job.attempt = 3;
  job.run_time = absl::Microseconds(987654321);
  job.instruction_set = "x86-64-v3";
  job.dataset_digest = "00ff";
  job.inputs = 784;
  job.classes = 10;
  job.train_examples = 60000;
  job.parameter_count = 50890;
  job.memory_estimate_bytes = int64_t{1} << 40;
  job.snapshot_count = 2;
  return job;
}

JobRecord BareJobOfVersion1() {
  JobRecord job;
  job.id = "bare";
  job.owner = "ada";
  job.spec.dataset = "mnist";
  SetTrainingOfVersion1(job.spec.training);
  job.create_time = absl::FromUnixMicros(1700000003000003);
  return job;
}

class UpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    {
      ASSERT_OK_AND_ASSIGN(const auto connection,
                           Connection::Open(path_, Connection::Mode::kCreate));
      ASSERT_OK(connection->Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF"));
      ASSERT_OK(Migrate(*connection, Migrations().first(1)));
      ASSERT_OK(connection->Execute(kRowsOfVersion1));
    }
    Open();
  }

  void Open() {
    store_ = nullptr;
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  }

  const TempDir folder_;
  const std::string path_ = folder_.File("percept.db");
  std::unique_ptr<Store> store_;
};

TEST_F(UpgradeTest, ReachesTheNewestVersion) {
  EXPECT_EQ(RawDatabase(path_).Query("PRAGMA user_version"),
            std::to_string(Migrations().size()) + "\n");
}

TEST_F(UpgradeTest, KeepsTheJobsOfVersion1) {
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(*store_->jobs().Get("full"), FullJobOfVersion1());
    EXPECT_EQ(*store_->jobs().Get("bare"), BareJobOfVersion1());
    EXPECT_THAT(store_->jobs().List({}, false, std::nullopt, 10)->jobs,
                ElementsAre(FullJobOfVersion1(), BareJobOfVersion1()));
    EXPECT_THAT(store_->jobs().ListUnfinished()->jobs, ElementsAre(BareJobOfVersion1()));
    EXPECT_EQ(store_->jobs().GetByRequestId("ada", "request-full")->id, "full");
    Open();
  }
}

TEST_F(UpgradeTest, KeepsTheDataSetsOfVersion1) {
  data::DatasetRecord points = FullDataset("points");
  points.source = data::GeneratorSource{data::GeneratorKind::kBullseye, 11, 12, 13,
                                        std::numeric_limits<uint64_t>::max()};
  points.visibility = Visibility::kClass;  // Of which version 1 knew nothing.
  data::DatasetRecord bare;
  bare.id = "bare";
  bare.source = data::InstalledSource{"installed"};
  bare.digest = "0123";
  EXPECT_THAT(*store_->datasets().List("", 10, std::nullopt), ElementsAre(bare, points));
  EXPECT_EQ(*store_->datasets().CountByDigest("abcdef"), 1);
}

TEST_F(UpgradeTest, KeepsTheSnapshotsOfVersion1) {
  ASSERT_OK_AND_ASSIGN(
      const auto snapshots,
      store_->snapshots().Read("full", 0, 10, SnapshotRepository::View::kFull, 1 << 20));
  ASSERT_EQ(snapshots.size(), 2);
  EXPECT_EQ(snapshots[0].metrics, (Metrics{0.5, 0.25, 0.75, 0.125}));
  EXPECT_EQ(*snapshots[0].parameters, "parameters");
  EXPECT_EQ(snapshots[1].metrics.validation_accuracy, std::nullopt);
  EXPECT_TRUE(std::isnan(snapshots[1].metrics.training_loss.value()));
  EXPECT_EQ(*snapshots[1].parameters, "other parameters");
  EXPECT_THAT(*snapshots[1].batch_indices, ElementsAre(1, 0, 0xffffffff));
}

TEST_F(UpgradeTest, PacksTheSnapshotsOfVersion1IntoABlock) {
  RawDatabase raw(path_);
  EXPECT_EQ(raw.Query("SELECT first_index || ' ' || snapshots || ' ' || best_index "
                      "FROM snapshot_blocks"),
            "0 2 0\n");
  EXPECT_EQ(*store_->snapshots().BestIndex("full"), 0);
  EXPECT_EQ(raw.Query("SELECT count(*) FROM sqlite_schema WHERE name IN "
                      "('snapshots', 'snapshot_parameters')"),
            "0\n");
}

TEST_F(UpgradeTest, LeavesADamagedSnapshotOfVersion1Out) {
  const std::string path = folder_.File("damaged.db");
  {
    ASSERT_OK_AND_ASSIGN(const auto connection, Connection::Open(path, Connection::Mode::kCreate));
    ASSERT_OK(Migrate(*connection, Migrations().first(1)));
    ASSERT_OK(connection->Execute(kRowsOfVersion1));
    ASSERT_OK(connection->Execute("UPDATE snapshots SET step = 5 WHERE snapshot_index = 0"));
  }
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenSqliteStore(path));
  const auto view = SnapshotRepository::View::kFull;
  EXPECT_THAT(store->snapshots().Read("full", 0, 10, view, 1 << 20),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("jobs/full/snapshots/0")));
  EXPECT_EQ(store->snapshots().Read("full", 1, 10, view, 1 << 20)->size(), 1);
  EXPECT_EQ(store->jobs().Get("full")->snapshot_count, 2);
}

TEST_F(UpgradeTest, GoesOnWithTheRecordsOfVersion1) {
  JobRecord running = BareJobOfVersion1();
  running.state = JobState::kRunning;
  running.attempt = 1;
  ASSERT_OK(store_->jobs().Update(running, JobState::kQueued));
  EXPECT_EQ(*store_->jobs().Get("bare"), running);
  ASSERT_OK(store_->snapshots().Append({Pending("full", 2)}));
  ASSERT_OK(store_->snapshots().AppendEpochs({{"full", FullEpoch(0)}}));
  ASSERT_OK(store_->jobs().AppendTestEvaluation("full", FullTestEvaluation(0)));
  const absl::Time time = absl::FromUnixMicros(1700000000000001);
  ASSERT_OK(store_->datasets().RecordTestRead("points", time));
  ASSERT_OK(store_->datasets().Insert(FullDataset("more", FullSources().back())));
  ASSERT_OK(store_->uploads().Insert(FullUpload("u1")));
  Open();
  EXPECT_EQ(*store_->jobs().Get("bare"), running);
  JobRecord full = FullJobOfVersion1();
  full.snapshot_count = 3;
  full.test_evaluations = {FullTestEvaluation(0)};
  EXPECT_EQ(*store_->jobs().Get("full"), full);
  EXPECT_THAT(*store_->snapshots().ReadEpochs("full", 0, 10), ElementsAre(FullEpoch(0)));
  EXPECT_EQ(store_->datasets().Get("points")->test_read_count, 1);
  EXPECT_EQ(*store_->datasets().Get("more"), FullDataset("more", FullSources().back()));
  EXPECT_EQ(*store_->uploads().Get("u1"), FullUpload("u1"));
}

TEST_F(UpgradeTest, SeesDamageInARecordOfVersion1) {
  // A value where version 1 had no column.
  RawDatabase raw(path_);
  raw.Run("UPDATE jobs SET momentum = 0.9 WHERE id = 'bare'");
  EXPECT_THAT(store_->jobs().Get("bare"), StatusIs(absl::StatusCode::kDataLoss));
  raw.Run("UPDATE jobs SET momentum = NULL WHERE id = 'bare'");
  EXPECT_OK(store_->jobs().Get("bare"));
  raw.Run("UPDATE datasets SET seed = 5 WHERE id = 'points'");
  EXPECT_THAT(store_->datasets().Get("points"), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(UpgradeTest, DeletesWhatVersion2AddedWithTheJob) {
  ASSERT_OK(store_->snapshots().AppendEpochs({{"full", FullEpoch(0)}}));
  ASSERT_OK(store_->jobs().AppendTestEvaluation("full", FullTestEvaluation(0)));
  RawDatabase raw(path_);
  raw.Run("PRAGMA foreign_keys = ON; DELETE FROM jobs WHERE id = 'full'");
  EXPECT_EQ(raw.Query("SELECT count(*) FROM epochs"), "0\n");
  EXPECT_EQ(raw.Query("SELECT count(*) FROM test_evaluations"), "0\n");
  EXPECT_EQ(raw.Query("SELECT count(*) FROM snapshot_blocks"), "0\n");
  EXPECT_EQ(raw.Query("SELECT count(*) FROM parameter_blocks"), "0\n");
}

}  // namespace
}  // namespace percept::storage
