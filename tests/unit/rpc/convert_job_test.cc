#include "server/rpc/convert_job.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(JobNumbers, AreThoseOfTheContract) {
  using storage::JobErrorReason;
  using storage::JobState;
  EXPECT_EQ(static_cast<int>(JobState::kQueued), v1::JOB_STATE_QUEUED);
  EXPECT_EQ(static_cast<int>(JobState::kRunning), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(static_cast<int>(JobState::kPaused), v1::JOB_STATE_PAUSED);
  EXPECT_EQ(static_cast<int>(JobState::kSucceeded), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(static_cast<int>(JobState::kFailed), v1::JOB_STATE_FAILED);
  EXPECT_EQ(static_cast<int>(JobState::kCancelled), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(v1::JobState_ARRAYSIZE, 7);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kNone), v1::JOB_ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kDiverged), v1::JOB_ERROR_REASON_DIVERGED);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kTimeLimit), v1::JOB_ERROR_REASON_TIME_LIMIT);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kMemoryLimit), v1::JOB_ERROR_REASON_MEMORY_LIMIT);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kDatasetUnavailable),
            v1::JOB_ERROR_REASON_DATASET_UNAVAILABLE);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kStorage), v1::JOB_ERROR_REASON_STORAGE);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kNotResumable), v1::JOB_ERROR_REASON_NOT_RESUMABLE);
  EXPECT_EQ(static_cast<int>(JobErrorReason::kInternal), v1::JOB_ERROR_REASON_INTERNAL);
  EXPECT_EQ(v1::JobErrorReason_ARRAYSIZE, 8);
}

TEST(Metrics, ThatWereNotTakenStayUnset) {
  const v1::Metrics none = ToProto(storage::Metrics{});
  EXPECT_FALSE(none.has_validation_accuracy());
  EXPECT_FALSE(none.has_training_loss());
  const v1::Metrics zero =
      ToProto(storage::Metrics{.validation_accuracy = 0.0, .training_loss = 0.5});
  EXPECT_TRUE(zero.has_validation_accuracy());
  EXPECT_FALSE(zero.has_validation_loss());
  EXPECT_EQ(zero.training_loss(), 0.5);
}

TEST(JobView, OfAFailedJobSaysWhy) {
  training::JobView view;
  view.record.id = "a";
  view.record.state = storage::JobState::kFailed;
  view.record.error_reason = storage::JobErrorReason::kDiverged;
  view.record.error_message = "too fast";
  const v1::Job job = ToProto(view);
  EXPECT_EQ(job.name(), "jobs/a");
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.error().reason(), v1::JOB_ERROR_REASON_DIVERGED);
  EXPECT_EQ(job.error().message(), "too fast");
  EXPECT_FALSE(job.has_wait());
}

TEST(JobView, ShowsEachUseOfTheTestSplitOldestFirst) {
  training::JobView view;
  view.record.test_evaluations = {{.time = absl::FromUnixMicros(1700000000123456),
                                   .snapshot_index = 4,
                                   .accuracy = 0.75,
                                   .loss = 0.5},
                                  {.time = absl::FromUnixMicros(1700000001000000),
                                   .snapshot_index = 9,
                                   .accuracy = 0.875,
                                   .loss = 0.25}};
  const v1::Job job = ToProto(view);
  ASSERT_EQ(job.test_evaluations_size(), 2);
  EXPECT_EQ(job.test_evaluations(0).time().seconds(), 1700000000);
  EXPECT_EQ(job.test_evaluations(0).time().nanos(), 123456000);
  EXPECT_EQ(job.test_evaluations(0).snapshot_index(), 4);
  EXPECT_EQ(job.test_evaluations(0).accuracy(), 0.75);
  EXPECT_EQ(job.test_evaluations(0).loss(), 0.5);
  EXPECT_EQ(job.test_evaluations(1).snapshot_index(), 9);
  EXPECT_EQ(job.test_evaluation_count(), 2);
  view.record.damaged_test_evaluations = 3;
  EXPECT_EQ(ToProto(view).test_evaluation_count(), 5);
}

TEST(JobView, OfAPerceptronHasNoEpochs) {
  training::JobView view;
  view.record.spec.training.epochs = 7;
  EXPECT_EQ(ToProto(view).progress().total_epochs(), 7);
  view.record.spec.model.kind = ModelKind::kPerceptron;
  EXPECT_EQ(ToProto(view).progress().total_epochs(), 0);
}

TEST(JobView, OfAQueuedJobSaysWhereItStands) {
  training::JobView view;
  view.place = training::JobQueue::Place{.position = 3, .owner_ahead = "ann"};
  view.wait_message = "queued, 3rd of 3: all workers are busy";
  const v1::Job job = ToProto(view);
  EXPECT_EQ(job.wait().queue_position(), 3);
  EXPECT_EQ(job.wait().owner_ahead(), "ann");
  EXPECT_EQ(job.wait().message(), "queued, 3rd of 3: all workers are busy");
  EXPECT_FALSE(job.has_error());
  EXPECT_FALSE(job.has_start_time());
}

TEST(JobView, SaysWhatIsAskedForAndWhatItRanWith) {
  training::JobView view;
  EXPECT_FALSE(ToProto(view).pause_requested());
  EXPECT_FALSE(ToProto(view).engine_changed());
  view.record.pause_requested = true;
  view.record.engine_revision = 7;
  view.record.engine_changed = true;
  const v1::Job job = ToProto(view);
  EXPECT_TRUE(job.pause_requested());
  EXPECT_EQ(job.engine_revision(), 7);
  EXPECT_TRUE(job.engine_changed());
}

TEST(JobView, CountsTheSnapshotsThatKeepTheirParameters) {
  training::JobView view;
  view.record.spec.model.kind = ModelKind::kMlp;
  view.record.spec.model.hidden_units = {3};
  view.record.inputs = 2;
  view.record.classes = 2;
  view.record.snapshot_count = 10;
  view.record.thinned_count = 4;
  view.max_kept_snapshots = 7;
  const v1::JobRetention retention = ToProto(view).retention();
  EXPECT_EQ(retention.kept_snapshots(), 6);
  EXPECT_EQ(retention.thinned_snapshots(), 4);
  EXPECT_EQ(retention.parameter_bytes(), 6 * 17 * 4);
  EXPECT_EQ(retention.max_kept_snapshots(), 7);
}

TEST(JobView, NamesItsRecordsThatCannotBeRead) {
  training::JobView view;
  EXPECT_EQ(ToProto(view).damaged_size(), 0);
  view.damaged = {"jobs/k/snapshots/2-5: damaged", "jobs/k: epoch 7: damaged"};
  const v1::Job job = ToProto(view);
  EXPECT_THAT(job.damaged(),
              ElementsAre("jobs/k/snapshots/2-5: damaged", "jobs/k: epoch 7: damaged"));
}

TEST(JobFilter, OfNothingMatchesAll) {
  for (const char* text : {"", "  "}) {
    ASSERT_OK_AND_ASSIGN(const storage::JobFilter filter, FilterFromText(text));
    EXPECT_FALSE(filter.state || filter.owner || filter.dataset || filter.label);
  }
}

TEST(JobFilter, TakesEachFieldOnce) {
  ASSERT_OK_AND_ASSIGN(
      const storage::JobFilter filter,
      FilterFromText("state = running AND owner=ann AND dataset=datasets/xor AND label=\"a = b\""));
  EXPECT_EQ(filter.state, storage::JobState::kRunning);
  EXPECT_EQ(filter.owner, "ann");
  EXPECT_EQ(filter.dataset, "xor");
  EXPECT_EQ(filter.label, "a = b");
  EXPECT_THAT(FilterFromText("owner=ann AND owner=bob"),
              StatusIs(kInvalid, HasSubstr("filter: must have one condition for each field")));
}

TEST(JobFilter, KeepsAndWithinQuotes) {
  ASSERT_OK_AND_ASSIGN(const storage::JobFilter filter,
                       FilterFromText("label=\"this AND that\" AND owner=\"\""));
  EXPECT_EQ(filter.label, "this AND that");
  EXPECT_EQ(filter.owner, "");
}

TEST(JobFilter, ThatIsHalfUnderstoodIsRefused) {
  for (const char* text :
       {"owner", "owner=ann AND", "owner=ann AND ", " AND owner=ann", "owner=ann AND  AND label=x",
        "owner=ann and label=x", "label=two words", "label=\"open", "label=close\"", "label=\"",
        "colour=red", "STATE=RUNNING", "owner=ann AND colour"}) {
    EXPECT_THAT(FilterFromText(text), StatusIs(kInvalid, HasSubstr("filter: must be conditions")))
        << text;
  }
  EXPECT_THAT(FilterFromText("state=SLEEPING"),
              StatusIs(kInvalid, HasSubstr("a state must be one of QUEUED, RUNNING, PAUSED")));
}

}  // namespace
}  // namespace percept::rpc
