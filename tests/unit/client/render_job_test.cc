#include "client/cli/render_job.h"

#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Job FailedJob() {
  v1::Job job;
  job.set_name("jobs/7f3k");
  job.set_state(v1::JOB_STATE_FAILED);
  job.mutable_spec()->mutable_mlp()->add_hidden_units(64);
  job.mutable_spec()->mutable_mlp()->add_hidden_units(32);
  job.mutable_spec()->set_label("evil\x1b[2J");
  job.mutable_error()->set_reason(v1::JOB_ERROR_REASON_DIVERGED);
  job.mutable_error()->set_message("the loss became infinite");
  job.mutable_create_time()->set_seconds(1000);
  return job;
}

TEST(RenderJob, ShowsWhyItFailedAndDisarmsItsLabel) {
  const std::string text = RenderJob(FailedJob(), absl::FromUnixSeconds(1012), Terminal());
  EXPECT_THAT(text, HasSubstr("jobs/7f3k  FAILED\n"));
  EXPECT_THAT(text, HasSubstr("the loss became infinite  (diverged)"));
  EXPECT_THAT(text, HasSubstr("mlp 64,32"));
  EXPECT_THAT(text, HasSubstr("(12 s ago)"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(RenderJob, ShowsWhoMaySeeItWhereTheServerSays) {
  v1::Job job = FailedJob();
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), Not(HasSubstr("visible to")));
  job.set_visibility(v1::VISIBILITY_PRIVATE);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), ContainsRegex("visible to +private\n"));
}

TEST(RenderJobs, ShowsDashesForWhatIsUnset) {
  const std::string text = RenderJobs({FailedJob()}, absl::FromUnixSeconds(1012));
  EXPECT_THAT(text, HasSubstr("JOB   STATE   WHY  MODEL"));
  EXPECT_THAT(text, HasSubstr("7f3k  FAILED       mlp 64,32"));
  EXPECT_THAT(text, HasSubstr("-"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

v1::Job PerceptronJob() {
  v1::Job job;
  job.set_name("jobs/p1");
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  job.mutable_spec()->set_dataset("datasets/normals");
  job.mutable_spec()->mutable_perceptron()->set_learning_rate(1);
  job.mutable_spec()->mutable_perceptron()->set_iterations(200);
  job.mutable_progress()->set_step(17);
  job.mutable_progress()->set_instances(400);
  job.mutable_progress()->set_total_instances(400);
  job.mutable_progress()->mutable_latest()->set_training_accuracy(0.9875);
  job.mutable_progress()->mutable_latest()->set_training_loss(0.0123);
  return job;
}

TEST(RenderJob, CountsThePerceptronsChangesAndNoEpochs) {
  const std::string text = RenderJob(PerceptronJob(), absl::Now(), Terminal());
  EXPECT_THAT(text, HasSubstr("iterations     200\n"));
  EXPECT_THAT(text, HasSubstr("progress       100 %, 400 instances, 17 changes\n"));
  EXPECT_THAT(text, HasSubstr("accuracy       0.988  (training)\n"));
  EXPECT_THAT(text, Not(HasSubstr("epoch")));
}

TEST(RenderOutcome, CountsThePerceptronsChangesAndNoEpochs) {
  const std::string text = RenderOutcome(PerceptronJob(), BestSnapshot(), Terminal());
  EXPECT_THAT(text, HasSubstr("changes    17\n"));
  EXPECT_THAT(text, Not(HasSubstr("epochs")));
}

TEST(RenderJobs, ShowsTrainingFiguresWhereNothingWasEvaluated) {
  const std::string text = RenderJobs({PerceptronJob()}, absl::Now());
  EXPECT_THAT(text, HasSubstr("100 %  train 0.988  0.0123"));
}

TEST(RenderJob, ShowsTheWholeSpec) {
  v1::Job job;
  v1::JobSpec& spec = *job.mutable_spec();
  spec.set_dataset("datasets/mnist");
  spec.mutable_mlp()->add_hidden_units(64);
  spec.mutable_mlp()->set_activation(v1::ACTIVATION_RELU);
  spec.mutable_mlp()->set_initialization(v1::INITIALIZATION_HE);
  spec.set_init_from("jobs/a/snapshots/3");
  spec.set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  spec.set_seed(7);
  spec.set_priority(-2);
  spec.mutable_time_limit()->set_seconds(90);
  v1::TrainingSpec& training = *spec.mutable_training();
  training.set_learning_rate(0.01);
  training.set_epochs(1);
  training.set_batch_size(5);
  training.set_no_shuffle(true);
  training.set_report_frequency(10);
  training.set_weight_decay(1e-4);
  training.mutable_early_stopping()->set_patience(3);
  training.mutable_adam()->set_beta1(0.9);
  training.mutable_adam()->set_beta2(0.999);
  training.mutable_adam()->set_epsilon(1e-8);
  training.mutable_step()->set_gamma(0.7);
  training.mutable_step()->set_sigma(1000);
  const std::string text = RenderJob(job, absl::Now(), Terminal());
  for (const char* line :
       {"model          mlp 64, relu, he start\n",
        "data           mnist, train and validation together\n",
        "training       1 epoch in batches of 5, in the data's order\n",
        "optimizer      adam, beta1 0.9, beta2 0.999, epsilon 1e-08\n",
        "learning rate  0.01, times 0.7 every 1,000 steps\n", "weight decay   0.0001\n",
        "stops early    after 3 epochs without a lower validation loss\n",
        "reports        every 10 instances\n", "start from     jobs/a/snapshots/3\n",
        "seed           7\n", "priority       -2\n", "time limit     1 min 30 s\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(RenderJob, ShowsEachUseOfTheTestSplit) {
  v1::Job job;
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), HasSubstr("test used  never\n"));
  job.set_test_evaluation_count(1);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), HasSubstr("test used  1 time\n"));
  v1::TestEvaluation& evaluation = *job.add_test_evaluations();
  evaluation.set_accuracy(0.951);
  evaluation.set_loss(0.168);
  evaluation.set_snapshot_index(33);
  evaluation.mutable_time()->set_seconds(1000);
  const std::string text = RenderJob(job, absl::FromUnixSeconds(1012), Terminal());
  EXPECT_THAT(text, HasSubstr("test used  1 time\n"));
  EXPECT_THAT(text, HasSubstr("test 1     0.951 accuracy, 0.168 loss, snapshot 33, "));
  EXPECT_THAT(text, HasSubstr("(12 s ago)"));
}

TEST(RenderJob, ShowsWhatWasAskedOfItUntilItHasFollowed) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_RUNNING);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), Not(HasSubstr("asked for")));
  job.set_pause_requested(true);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), ContainsRegex("asked for +pausing\n"));
  job.set_cancel_requested(true);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), ContainsRegex("asked for +cancelling\n"));
  job.mutable_end_time()->set_seconds(1);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), Not(HasSubstr("asked for")));
}

TEST(RenderJob, ShowsHeartbeatAndTimeLeftOfOneThatRuns) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_RUNNING);
  job.mutable_progress()->mutable_heartbeat_time()->set_seconds(1000);
  job.mutable_progress()->mutable_estimated_end_time()->set_seconds(1100);
  const std::string text = RenderJob(job, absl::FromUnixSeconds(1010), Terminal());
  EXPECT_THAT(text, ContainsRegex("heartbeat +10 s ago\n"));
  EXPECT_THAT(text, ContainsRegex("time left +1 min 30 s\n"));
}

TEST(RenderJob, SaysHowManySnapshotsKeepTheirParameters) {
  v1::Job job;
  job.mutable_progress()->set_snapshot_count(1'200'000);
  job.mutable_retention()->set_kept_snapshots(1'200'000);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), ContainsRegex("snapshots +1,200,000\n"));
  job.mutable_retention()->set_kept_snapshots(800'000);
  job.mutable_retention()->set_thinned_snapshots(400'000);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()),
              ContainsRegex("snapshots +1,200,000, parameters of 800,000 kept\n"));
}

TEST(RenderJob, SaysThatItsEngineChanged) {
  v1::Job job;
  job.set_instruction_set("x86-64-v3");
  job.set_engine_revision(5);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()),
              ContainsRegex("kernels +x86-64-v3, engine revision 5\n"));
  job.set_engine_changed(true);
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()),
              HasSubstr("revision 5; others before, so that a repetition need not have the same"));
}

TEST(RenderJobs, SaysWhyEachIsNotFinished) {
  v1::Job queued;
  queued.set_name("jobs/q");
  queued.set_state(v1::JOB_STATE_QUEUED);
  queued.mutable_wait()->set_queue_position(1200);
  v1::Job running;
  running.set_name("jobs/r");
  running.set_state(v1::JOB_STATE_RUNNING);
  running.mutable_progress()->mutable_estimated_end_time()->set_seconds(1012);
  v1::Job pausing = running;
  pausing.set_name("jobs/p");
  pausing.set_pause_requested(true);
  const std::string text = RenderJobs({queued, running, pausing}, absl::FromUnixSeconds(1000));
  EXPECT_THAT(text, ContainsRegex("\nq +QUEUED +place 1,200 "));
  EXPECT_THAT(text, ContainsRegex("\nr +RUNNING +12 s left "));
  EXPECT_THAT(text, ContainsRegex("\np +RUNNING +pausing "));
}

TEST(RenderJob, NamesEachRecordThatCannotBeRead) {
  v1::Job job;
  EXPECT_THAT(RenderJob(job, absl::Now(), Terminal()), Not(HasSubstr("damaged")));
  job.add_damaged("jobs/k/snapshots/2-5: its checksum is wrong");
  job.add_damaged("jobs/k: epoch 7: \x1b[2J");
  const std::string text = RenderJob(job, absl::Now(), Terminal());
  EXPECT_THAT(text, ContainsRegex("damaged +jobs/k/snapshots/2-5: its checksum is wrong\n"));
  EXPECT_THAT(text, ContainsRegex("damaged +jobs/k: epoch 7: "));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(RenderJobs, SaysWhichAreDamaged) {
  v1::Job queued;
  queued.set_name("jobs/q");
  queued.set_state(v1::JOB_STATE_QUEUED);
  queued.mutable_wait()->set_queue_position(3);
  queued.add_damaged("jobs/q/snapshots/2: its checksum is wrong");
  v1::Job ended = queued;
  ended.set_name("jobs/e");
  ended.set_state(v1::JOB_STATE_SUCCEEDED);
  ended.clear_wait();
  const std::string text = RenderJobs({queued, ended}, absl::Now());
  EXPECT_THAT(text, ContainsRegex("\nq +QUEUED +place 3, damaged "));
  EXPECT_THAT(text, ContainsRegex("\ne +SUCCEEDED +damaged "));
}

TEST(JobSummary, NamesModelDataAndSnapshots) {
  v1::Job job;
  job.mutable_spec()->mutable_mlp()->add_hidden_units(64);
  job.mutable_spec()->set_dataset("datasets/mnist");
  job.mutable_progress()->set_snapshot_count(34);
  EXPECT_EQ(JobSummary(job), "mlp 64 on mnist, 34 snapshots");
}

TEST(RenderOutcome, SaysThatTrainingStoppedEarly) {
  v1::Job job = FailedJob();
  job.mutable_progress()->set_epoch(3);
  job.mutable_progress()->set_total_epochs(50);
  EXPECT_THAT(RenderOutcome(job, BestSnapshot(), Terminal()), HasSubstr("epochs     3/50\n"));
  job.set_state(v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(RenderOutcome(job, BestSnapshot(), Terminal()),
              HasSubstr("epochs     3/50  (stopped early)\n"));
}

TEST(RenderOutcome, NamesTheBestSnapshotWhenItIsKnown) {
  v1::Snapshot snapshot;
  snapshot.set_index(33);
  snapshot.mutable_metrics()->set_validation_accuracy(0.951);
  BestSnapshot best;
  EXPECT_THAT(RenderOutcome(FailedJob(), best, Terminal()), Not(HasSubstr("best")));
  best.Consider(snapshot);
  EXPECT_THAT(RenderOutcome(FailedJob(), best, Terminal()), HasSubstr("0.951  (snapshot 33)"));
}

TEST(StateText, IsColouredOnlyWhereThereIsColour) {
  Terminal colour;
  colour.colour = true;
  EXPECT_EQ(StateText(v1::JOB_STATE_SUCCEEDED, Terminal()), "SUCCEEDED");
  EXPECT_EQ(StateText(v1::JOB_STATE_SUCCEEDED, colour), "\x1b[32mSUCCEEDED\x1b[0m");
}

}  // namespace
}  // namespace percept::cli
