// What the kill run compares with finds what it is there to find.
#include "tests/robustness/promises.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"

#include "tests/robustness/run_record.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::Job JobIn(v1::JobState state) {
  v1::Job job;
  job.set_name("jobs/one");
  job.set_owner("ann");
  job.mutable_spec()->set_dataset("datasets/points");
  job.set_state(state);
  job.mutable_progress()->set_snapshot_count(5);
  return job;
}

Promises PromisesOf(const v1::Job& job) {
  Promises promises;
  promises.created = job;
  return promises;
}

Faults Check(const Promises& promises, const v1::Job& shown) {
  return CheckPromises(promises, &shown);
}

TEST(Promises, OfAJobThatIsAsItWasAreKept) {
  const v1::Job running = JobIn(v1::JOB_STATE_RUNNING);
  EXPECT_THAT(Check(PromisesOf(running), running), IsEmpty());
  EXPECT_THAT(Check(PromisesOf(running), JobIn(v1::JOB_STATE_SUCCEEDED)), IsEmpty());
}

TEST(Promises, OfALostJobAreBrokenUnlessItsDeletionWasAskedFor) {
  Promises promises = PromisesOf(JobIn(v1::JOB_STATE_QUEUED));
  EXPECT_THAT(CheckPromises(promises, nullptr), ElementsAre(HasSubstr("created: ")));
  for (const Belief deleted : {Belief::kUnknown, Belief::kYes}) {
    promises.deleted = deleted;
    EXPECT_THAT(CheckPromises(promises, nullptr), IsEmpty());
  }
  EXPECT_THAT(Check(promises, JobIn(v1::JOB_STATE_SUCCEEDED)), ElementsAre(HasSubstr("deleted: ")));
}

TEST(Promises, OfAnotherSpecOrOwnerAreBroken) {
  const v1::Job job = JobIn(v1::JOB_STATE_QUEUED);
  v1::Job other = job;
  other.mutable_spec()->set_seed(1);
  EXPECT_THAT(Check(PromisesOf(job), other), ElementsAre(HasSubstr("created: ")));
  other = job;
  other.set_owner("bob");
  EXPECT_THAT(Check(PromisesOf(job), other), ElementsAre(HasSubstr("created: ")));
}

TEST(Promises, OfAPauseHoldUntilTheJobEnds) {
  const v1::Job running = JobIn(v1::JOB_STATE_RUNNING);
  v1::Job pausing = running;
  pausing.set_pause_requested(true);
  Promises promises = PromisesOf(running);
  EXPECT_THAT(Check(promises, pausing), ElementsAre(HasSubstr("paused: nobody")));
  promises.paused = Belief::kUnknown;
  EXPECT_THAT(Check(promises, running), IsEmpty());
  EXPECT_THAT(Check(promises, pausing), IsEmpty());
  promises.paused = Belief::kYes;
  EXPECT_THAT(Check(promises, running), ElementsAre(HasSubstr("paused: was acknowledged")));
  EXPECT_THAT(Check(promises, pausing), IsEmpty());
  EXPECT_THAT(Check(promises, JobIn(v1::JOB_STATE_PAUSED)), IsEmpty());
  EXPECT_THAT(Check(promises, JobIn(v1::JOB_STATE_SUCCEEDED)), IsEmpty());
}

TEST(Promises, OfACancellationHold) {
  const v1::Job running = JobIn(v1::JOB_STATE_RUNNING);
  const v1::Job cancelled = JobIn(v1::JOB_STATE_CANCELLED);
  Promises promises = PromisesOf(running);
  EXPECT_THAT(Check(promises, cancelled), ElementsAre(HasSubstr("cancelled: nobody")));
  promises.cancelled = Belief::kYes;
  EXPECT_THAT(Check(promises, running), ElementsAre(HasSubstr("cancelled: was acknowledged")));
  EXPECT_THAT(Check(promises, cancelled), IsEmpty());
}

TEST(Promises, OfSnapshotsThatWereSentHold) {
  Promises promises = PromisesOf(JobIn(v1::JOB_STATE_RUNNING));
  promises.snapshots_sent = 6;
  EXPECT_THAT(Check(promises, promises.created), ElementsAre(HasSubstr("snapshots: ")));
}

TEST(Promises, OfAnEndHoldToTheLastByte) {
  Promises promises = PromisesOf(JobIn(v1::JOB_STATE_SUCCEEDED));
  promises.ended = promises.created;
  EXPECT_THAT(Check(promises, promises.created), IsEmpty());
  v1::Job other = promises.created;
  other.mutable_end_time()->set_nanos(1000);
  EXPECT_THAT(Check(promises, other), ElementsAre(HasSubstr("ended: ")));
}

RunRecord RunOf(int snapshots) {
  RunRecord run;
  run.job = JobIn(v1::JOB_STATE_SUCCEEDED);
  for (int index = 0; index < snapshots; ++index) {
    v1::Snapshot& snapshot = run.snapshots.emplace_back();
    snapshot.set_index(index);
    snapshot.mutable_metrics()->set_validation_loss(1.0 / (index + 3));
  }
  run.epochs.resize(2);
  run.parameters = "bits";
  return run;
}

TEST(CompareRuns, FindsNothingWhereTimesAndNamesAloneDiffer) {
  RunRecord run = RunOf(3);
  run.snapshots[1].set_name("jobs/two/snapshots/1");
  run.snapshots[1].mutable_create_time()->set_nanos(1000);
  EXPECT_THAT(CompareRuns(run, RunOf(3)), IsEmpty());
}

TEST(CompareRuns, FindsADifferentBit) {
  RunRecord run = RunOf(3);
  run.snapshots[1].mutable_metrics()->set_validation_loss(0.25000000000000006);
  EXPECT_THAT(CompareRuns(run, RunOf(3)), ElementsAre(HasSubstr("snapshot 1: ")));
  run = RunOf(3);
  run.epochs[1].mutable_metrics()->set_training_loss(0.0);
  EXPECT_THAT(CompareRuns(run, RunOf(3)), ElementsAre(HasSubstr("epoch 1: ")));
  run = RunOf(3);
  run.parameters = "bitt";
  EXPECT_THAT(CompareRuns(run, RunOf(3)), ElementsAre(HasSubstr("parameters: ")));
}

TEST(CompareRuns, FindsWhatIsMissingTooManyOrTwice) {
  EXPECT_THAT(CompareRuns(RunOf(2), RunOf(3)), ElementsAre("snapshots: there are 2 of 3"));
  EXPECT_THAT(CompareRuns(RunOf(4), RunOf(3)), ElementsAre("snapshots: there are 4 of 3"));
  RunRecord run = RunOf(3);
  run.snapshots[2] = run.snapshots[1];
  EXPECT_THAT(CompareRuns(run, RunOf(3)), ElementsAre(HasSubstr("snapshot 2: ")));
}

TEST(CompareRuns, TakesTheBeginningOfACancelledRun) {
  RunRecord run = RunOf(2);
  EXPECT_THAT(CompareRuns(run, RunOf(3)), ElementsAre("snapshots: there are 2 of 3"));
  run.job.set_state(v1::JOB_STATE_CANCELLED);
  EXPECT_THAT(CompareRuns(run, RunOf(3)), IsEmpty());
}

TEST(CompareRuns, FindsAnotherEnd) {
  RunRecord run = RunOf(3);
  run.job.set_state(v1::JOB_STATE_FAILED);
  EXPECT_THAT(CompareRuns(run, RunOf(3)), ElementsAre(HasSubstr("state: is JOB_STATE_FAILED")));
}

TEST(CheckKept, FindsWhatIsNotStoredAsItWasSent) {
  RunRecord stored = RunOf(2);
  WatchRecord watch;
  for (const v1::Snapshot& snapshot : stored.snapshots) {
    watch.events.push_back({.kind = WatchEvent::Kind::kSnapshot, .snapshot = snapshot});
  }
  EXPECT_THAT(CheckKept({watch}, stored), IsEmpty());
  stored.snapshots[1].mutable_create_time()->set_nanos(1000);
  EXPECT_THAT(CheckKept({watch}, stored), ElementsAre(HasSubstr("kept: ")));
  stored.snapshots.pop_back();
  EXPECT_THAT(CheckKept({watch}, stored), ElementsAre(HasSubstr("kept: ")));
}

}  // namespace
}  // namespace percept::testing
