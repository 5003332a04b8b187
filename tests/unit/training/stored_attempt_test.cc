#include "server/training/stored_attempt.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/ml/engine.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/training/cutting_clock.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/job_store.h"
#include "tests/unit/training/resumption.h"

// Attempts over a store, which crash, or find there what they cannot use.
namespace percept::training {
namespace {

using storage::CheckpointRecord;
using storage::JobErrorReason;
using storage::JobRecord;
using storage::SnapshotRecord;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr StopSignal::Request kCrash = StopSignal::Request::kCancel;

// A checkpoint is made at every tenth look at the clock.
constexpr absl::Duration kLook = absl::Seconds(1);
constexpr absl::Duration kInterval = absl::Seconds(10);

// A job in a store, run by one attempt after the other.
class JobInStore {
 public:
  JobInStore(const storage::JobSpec& spec, const data::GeneratorSource& source)
      : job(JobFor(spec, data::Generate(source))) {
    EXPECT_OK(catalogue_.Create(spec.dataset, source, "ada"));
    EXPECT_OK(jobs.store.jobs().Insert(job));
  }

  AttemptReport Run(Cut cut = kUncut) {
    const Engine engine = EngineOfNextAttempt(job, ml::InstructionSet::kX86_64V2);
    job.instruction_set = engine.instruction_set;
    job.engine_revision = engine.revision;
    job.engine_changed = engine.changed;
    ++job.attempt;
    SnapshotWriter writer(&jobs.store.snapshots());
    StopSignal stop;
    LiveProgress progress;
    const CuttingClock clock(cut, kLook, stop);
    return RunStoredAttempt({.job = &job,
                             .store = &jobs.store,
                             .catalogue = &catalogue_,
                             .writer = &writer,
                             .history = OpenHistory(),
                             .checkpoint_interval = kInterval,
                             .clock = &clock,
                             .stop = &stop,
                             .progress = &progress});
  }

  std::vector<SnapshotRecord> Snapshots() { return jobs.Snapshots(job.id); }

  std::vector<storage::EpochRecord> Epochs() {
    return jobs.store.snapshots().ReadEpochs(job.id, 0, 1'000'000).value();
  }

  CheckpointRecord Checkpoint() {
    return jobs.store.snapshots().ReadCheckpoint(job.id).value().value();
  }

  // Puts another checkpoint in the place of the one there.
  void Replace(const CheckpointRecord& checkpoint) {
    EXPECT_OK(jobs.store.snapshots().SaveCheckpoint(job.id, checkpoint));
  }

  JobStore jobs{{}};
  JobRecord job;

 private:
  std::shared_ptr<SnapshotHistory> OpenHistory() {
    return std::make_shared<SnapshotHistory>(
        job, &jobs.store.snapshots(), [](const auto&, const auto&, SnapshotView, std::string&) {},
        jobs.store.jobs().Get(job.id).value().snapshot_count, /*ended=*/false);
  }

  CuttingClock catalogue_clock_{kUncut, absl::ZeroDuration(), unused_};
  StopSignal unused_;
  data::Catalogue catalogue_{{}, &jobs.store.datasets(), &catalogue_clock_};
};

JobInStore XorJob() { return {XorSpec(), XorSource()}; }

// What an undisturbed run of it hands on.
Kept WholeOf(const storage::JobSpec& spec, const data::GeneratorSource& source) {
  return RunWhole({spec, data::Generate(source), &TestKernels()});
}

void ExpectWhole(JobInStore& job, const Kept& whole) {
  ExpectSameSnapshots(job.Snapshots(), whole.snapshots);
  EXPECT_TRUE(job.Epochs() == whole.epochs) << "the epochs differ";
}

// --- Crashes ---

struct CrashVariant {
  const char* name;
  storage::JobSpec spec;
  data::GeneratorSource source;
};
void PrintTo(const CrashVariant& variant, std::ostream* out) { *out << variant.name; }

std::vector<CrashVariant> CrashVariants() {
  std::vector<CrashVariant> variants;
  for (const NamedSpec& each : SpecsOfAllKinds()) {
    variants.push_back({each.name, each.spec, XorSource()});
  }
  variants.push_back({"EvaluatedOnAThread", LargeEvaluationSpec(), LargeEvaluationSource()});
  return variants;
}

class CrashedAttempts : public ::testing::TestWithParam<CrashVariant> {};

TEST_P(CrashedAttempts, GiveTheSameBitsAlsoWhereTheRecoveryCrashesTwice) {
  const Kept whole = WholeOf(GetParam().spec, GetParam().source);
  for (const int64_t looks : {3, 14, 29, 45, 71}) {
    SCOPED_TRACE(looks);
    JobInStore job(GetParam().spec, GetParam().source);
    ASSERT_EQ(job.Run({looks, kCrash}).outcome.kind, Outcome::Kind::kCancelled);
    // Crashes before it has come to where the first one was, then after that.
    ASSERT_EQ(job.Run({2, kCrash}).outcome.kind, Outcome::Kind::kCancelled);
    job.Run({17, kCrash});
    const AttemptReport report = job.Run();
    ASSERT_EQ(report.outcome.kind, Outcome::Kind::kSucceeded) << report.outcome.message;
    ExpectWhole(job, whole);
  }
}

INSTANTIATE_TEST_SUITE_P(StoredAttempt, CrashedAttempts, ::testing::ValuesIn(CrashVariants()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(StoredAttempt, GoesOnFromTheCheckpointAndNotFromTheStart) {
  JobInStore job = XorJob();
  job.Run({35, kCrash});
  EXPECT_EQ(job.Checkpoint().step, 29);
  EXPECT_EQ(job.Checkpoint().snapshot_count, 29);
  EXPECT_THAT(job.Snapshots(), SizeIs(35));
  ASSERT_EQ(job.Run({0}).outcome.kind, Outcome::Kind::kStopped);
  EXPECT_EQ(job.Checkpoint().step, 29);
  EXPECT_EQ(job.Checkpoint().attempt, 2);
  EXPECT_THAT(job.Snapshots(), SizeIs(35));
}

TEST(StoredAttempt, StoppedWhileItRecomputesItGoesOnFromThere) {
  JobInStore job = XorJob();
  job.Run({35, kCrash});
  ASSERT_EQ(job.Run({3}).outcome.kind, Outcome::Kind::kStopped);
  EXPECT_EQ(job.Checkpoint().step, 32);
  EXPECT_EQ(job.Checkpoint().snapshot_count, 32);
  ASSERT_EQ(job.Run().outcome.kind, Outcome::Kind::kSucceeded);
  ExpectWhole(job, WholeOf(XorSpec(), XorSource()));
}

TEST(StoredAttempt, WhatComesOutDifferentAfterTheCheckpointEndsTheJob) {
  JobInStore job = XorJob();
  job.Run({35, kCrash});
  CheckpointRecord checkpoint = job.Checkpoint();
  checkpoint.state[checkpoint.state.size() - 20] ^= 1;  // A weight.
  job.Replace(checkpoint);
  const Outcome outcome = job.Run().outcome;
  EXPECT_EQ(outcome.reason, JobErrorReason::kNotResumable);
  EXPECT_THAT(outcome.message, HasSubstr("snapshot 29 came out different"));
}

TEST(StoredAttempt, TellsTheTimeThatEarlierOnesTook) {
  JobInStore job = XorJob();
  job.job.run_time = absl::Seconds(7);
  EXPECT_EQ(job.Run({35, kCrash}).earlier_run_time, absl::Seconds(7));
  // The record does not know of the attempt that crashed.
  EXPECT_EQ(job.Run({0}).earlier_run_time, absl::Seconds(37));
}

// --- Checkpoints of no use ---

// Runs a job that crashed to its end; returns what was logged.
std::string LogOfRecovery(JobInStore& job) {
  ::testing::internal::CaptureStderr();
  const AttemptReport report = job.Run();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(report.outcome.kind, Outcome::Kind::kSucceeded) << report.outcome.message;
  ExpectWhole(job, WholeOf(XorSpec(), XorSource()));
  return log;
}

TEST(StoredAttempt, ADamagedCheckpointIsToldInOneLineAndTheJobComputedAgain) {
  JobInStore job = XorJob();
  job.Run({35, kCrash});
  CheckpointRecord checkpoint = job.Checkpoint();
  checkpoint.state.resize(checkpoint.state.size() / 2);
  job.Replace(checkpoint);
  const std::string log = LogOfRecovery(job);
  EXPECT_THAT(log, HasSubstr("job=job error=\"checkpoint: its model must have"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1);
}

TEST(StoredAttempt, WithoutACheckpointTheJobIsComputedAgainSilently) {
  JobInStore job = XorJob();
  job.Run({5, kCrash});
  EXPECT_EQ(LogOfRecovery(job), "");
}

// --- Other engines ---

// Has the job's attempts so far been made by an engine that is no more.
void AgeEngine(JobInStore& job) {
  job.job.engine_revision = ml::kEngineRevision - 1;
  CheckpointRecord checkpoint = job.Checkpoint();
  checkpoint.engine_revision = job.job.engine_revision;
  job.Replace(checkpoint);
}

// Alters what a stored attempt goes on from, as another engine's rounding would.
void AlterCheckpoint(JobInStore& job) {
  CheckpointRecord checkpoint = job.Checkpoint();
  checkpoint.state[checkpoint.state.size() - 20] ^= 1;
  job.Replace(checkpoint);
}

void ExpectStepsRiseTo(int64_t last_step, const std::vector<SnapshotRecord>& snapshots) {
  for (size_t index = 0; index < snapshots.size(); ++index) {
    EXPECT_EQ(snapshots[index].index, static_cast<int64_t>(index));
    EXPECT_TRUE(index == 0 || snapshots[index].step > snapshots[index - 1].step) << index;
  }
  EXPECT_EQ(snapshots.back().step, last_step);
}

TEST(ChangedEngine, GoesOnAfterWhatIsStoredWithoutComparing) {
  JobInStore job = XorJob();
  job.Run({35, kCrash});
  const std::vector<SnapshotRecord> before = job.Snapshots();
  AgeEngine(job);
  AlterCheckpoint(job);
  ASSERT_EQ(job.Run().outcome.kind, Outcome::Kind::kSucceeded);
  EXPECT_TRUE(job.job.engine_changed);
  const std::vector<SnapshotRecord> after = job.Snapshots();
  ExpectStepsRiseTo(80, after);
  EXPECT_THAT(after, SizeIs(81));
  ExpectSameSnapshots({after.begin(), after.begin() + 35}, before);
  EXPECT_NE(*after.back().parameters, *WholeOf(XorSpec(), XorSource()).snapshots.back().parameters);
}

TEST(ChangedEngine, WithoutACheckpointTheJobIsComputedFromItsStart) {
  JobInStore job = XorJob();
  job.Run({5, kCrash});
  job.job.engine_revision = ml::kEngineRevision - 1;
  ASSERT_EQ(job.Run().outcome.kind, Outcome::Kind::kSucceeded);
  EXPECT_TRUE(job.job.engine_changed);
  ExpectWhole(job, WholeOf(XorSpec(), XorSource()));
}

TEST(ChangedEngine, StoppedBehindWhatIsStoredItGoesOnFromThere) {
  JobInStore job = XorJob();
  job.Run({38, kCrash});
  AgeEngine(job);
  AlterCheckpoint(job);
  ASSERT_EQ(job.Run({3}).outcome.kind, Outcome::Kind::kStopped);
  EXPECT_EQ(job.Checkpoint().step, 32);
  EXPECT_EQ(job.Checkpoint().snapshot_count, 38);
  ASSERT_EQ(job.Run({2, kCrash}).outcome.kind, Outcome::Kind::kCancelled);
  ASSERT_EQ(job.Run().outcome.kind, Outcome::Kind::kSucceeded);
  ExpectStepsRiseTo(80, job.Snapshots());
  EXPECT_THAT(job.Snapshots(), SizeIs(81));
}

TEST(ChangedEngine, ComparesAgainWhatItsOwnAttemptsStored) {
  JobInStore job = XorJob();
  job.Run({18, kCrash});
  AgeEngine(job);
  job.Run({25, kCrash});  // From step 9; its newest checkpoint is that of step 28.
  ASSERT_EQ(job.Checkpoint().step, 28);
  AlterCheckpoint(job);
  EXPECT_EQ(job.Run().outcome.reason, JobErrorReason::kNotResumable);
}

TEST(ChangedEngine, APerceptronsEndIsNotLeftOut) {
  JobInStore job(PerceptronSpec(), TwoNormalsSource());
  ASSERT_EQ(job.Run().outcome.kind, Outcome::Kind::kSucceeded);
  const size_t whole = job.Snapshots().size();
  job.job.engine_revision = ml::kEngineRevision - 1;
  ASSERT_EQ(job.Run().outcome.kind, Outcome::Kind::kSucceeded);
  // Crashed between its last snapshot and its success: the present engine's end is one more.
  EXPECT_THAT(job.Snapshots(), SizeIs(whole + 1));
}

// --- What attempts run with ---

TEST(EngineOfNextAttempt, IsThePresentOneForTheFirst) {
  const Engine engine = EngineOfNextAttempt({}, ml::InstructionSet::kX86_64V2);
  EXPECT_EQ(engine.instruction_set, "x86-64-v2");
  EXPECT_EQ(engine.revision, ml::kEngineRevision);
  EXPECT_FALSE(engine.changed);
}

TEST(EngineOfNextAttempt, KeepsTheInstructionSetOfTheOneBefore) {
  JobRecord job;
  job.attempt = 1;
  job.instruction_set = "x86-64-v2";
  job.engine_revision = ml::kEngineRevision;
  const Engine engine = EngineOfNextAttempt(job, ml::BestInstructionSet());
  EXPECT_EQ(engine.instruction_set, "x86-64-v2");
  EXPECT_FALSE(engine.changed);
}

TEST(EngineOfNextAttempt, HasChangedWhereTheMachineOrTheRevisionHas) {
  JobRecord job;
  job.attempt = 1;
  job.instruction_set = "x86-64-v9";
  job.engine_revision = ml::kEngineRevision;
  Engine engine = EngineOfNextAttempt(job, ml::InstructionSet::kX86_64V2);
  EXPECT_EQ(engine.instruction_set, "x86-64-v2");
  EXPECT_TRUE(engine.changed);

  job.instruction_set = "x86-64-v2";
  --job.engine_revision;
  engine = EngineOfNextAttempt(job, ml::InstructionSet::kX86_64V2);
  EXPECT_EQ(engine.revision, ml::kEngineRevision);
  EXPECT_TRUE(engine.changed);
}

TEST(EngineOfNextAttempt, HasChangedForGoodOnceItHas) {
  JobRecord job;
  job.attempt = 2;
  job.instruction_set = "x86-64-v2";
  job.engine_revision = ml::kEngineRevision;
  job.engine_changed = true;
  EXPECT_TRUE(EngineOfNextAttempt(job, ml::InstructionSet::kX86_64V2).changed);
}

}  // namespace
}  // namespace percept::training
