#include "server/rpc/convert_job.h"

#include <string>

#include "gmock/gmock.h"

#include "server/base/status.h"
#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

v1::JobSpec Spec() {
  v1::JobSpec spec;
  spec.set_dataset("datasets/xor");
  spec.mutable_mlp()->add_hidden_units(8);
  return spec;
}

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

TEST(ModelNumbers, AreThoseOfTheContract) {
  EXPECT_EQ(static_cast<int>(Activation::kTanh), v1::ACTIVATION_TANH);
  EXPECT_EQ(static_cast<int>(Activation::kSigmoid), v1::ACTIVATION_SIGMOID);
  EXPECT_EQ(static_cast<int>(Activation::kRelu), v1::ACTIVATION_RELU);
  EXPECT_EQ(static_cast<int>(Activation::kGelu), v1::ACTIVATION_GELU);
  EXPECT_EQ(v1::Activation_ARRAYSIZE, 5);
  EXPECT_EQ(static_cast<int>(Initialization::kPytorch), v1::INITIALIZATION_PYTORCH);
  EXPECT_EQ(static_cast<int>(Initialization::kXavier), v1::INITIALIZATION_XAVIER);
  EXPECT_EQ(static_cast<int>(Initialization::kHe), v1::INITIALIZATION_HE);
  EXPECT_EQ(v1::Initialization_ARRAYSIZE, 4);
}

TEST(JobSpec, HasTheDocumentedDefaults) {
  ASSERT_OK_AND_ASSIGN(const storage::JobSpec spec, SpecFromProto(Spec()));
  EXPECT_EQ(spec.dataset, "xor");
  EXPECT_THAT(spec.model.hidden_units, ElementsAre(8));
  EXPECT_EQ(spec.model.activation, Activation::kTanh);
  EXPECT_EQ(spec.model.initialization, Initialization::kPytorch);
  EXPECT_EQ(spec.training, TrainingSpec{});
  EXPECT_EQ(spec.training.learning_rate, 0.1);
  EXPECT_EQ(spec.training.epochs, 5);
  EXPECT_EQ(spec.training.batch_size, 100);
  EXPECT_TRUE(spec.training.shuffle);
  EXPECT_TRUE(spec.training.evaluate);
  EXPECT_EQ(spec.seed, 0);
  EXPECT_EQ(spec.priority, 0);
  EXPECT_EQ(spec.time_limit, absl::InfiniteDuration());
}

TEST(JobSpec, ComesBackWithEveryFieldAndItsDefaultsFilledIn) {
  v1::JobSpec given = Spec();
  given.mutable_mlp()->add_hidden_units(4096);
  given.mutable_mlp()->set_activation(v1::ACTIVATION_GELU);
  given.mutable_mlp()->set_initialization(v1::INITIALIZATION_HE);
  v1::TrainingSpec* training = given.mutable_training();
  training->set_learning_rate(1000);
  training->set_epochs(1000000);
  training->set_batch_size(1000000);
  training->set_no_shuffle(true);
  training->set_report_frequency(1000000000000);
  training->set_evaluate_every(1000000000);
  training->set_no_evaluate(true);
  training->mutable_sgd();
  training->mutable_constant();
  given.set_seed(~uint64_t{0});
  given.set_train_on(v1::TRAIN_ON_TRAIN);
  given.set_label(std::string(200, 'x'));
  given.set_priority(-100);
  given.mutable_time_limit()->set_seconds(90);
  given.mutable_time_limit()->set_nanos(1000);
  ASSERT_OK_AND_ASSIGN(const storage::JobSpec spec, SpecFromProto(given));
  training::JobView view;
  view.record.spec = spec;
  EXPECT_EQ(ToProto(view).spec().SerializeAsString(), given.SerializeAsString());
}

TEST(JobSpec, LearningRateIsTakenExactly) {
  v1::JobSpec given = Spec();
  given.mutable_training()->set_learning_rate(1e-300);
  EXPECT_EQ(SpecFromProto(given)->training.learning_rate, 1e-300);
  given.mutable_training()->set_learning_rate(1000.0000000000001);
  EXPECT_THAT(SpecFromProto(given),
              StatusIs(kInvalid, HasSubstr("training.learning_rate: must be in (0, 1000]")));
}

TEST(JobSpec, TimeLimitIsKeptToTheMicrosecond) {
  v1::JobSpec given = Spec();
  given.mutable_time_limit()->set_nanos(1999);
  EXPECT_EQ(SpecFromProto(given)->time_limit, absl::Microseconds(1));
  given.mutable_time_limit()->set_nanos(999);
  EXPECT_THAT(SpecFromProto(given),
              StatusIs(kInvalid, "time_limit: must be at least a microsecond, got 999ns"));
}

TEST(JobSpec, WithSeveralFaultsIsToldOfAll) {
  v1::JobSpec given = Spec();
  given.mutable_mlp()->set_hidden_units(0, 0);
  given.mutable_training()->set_epochs(-3);
  given.set_priority(101);
  EXPECT_THAT(SpecFromProto(given),
              StatusIs(kInvalid,
                       "mlp.hidden_units[0]: must be in [1, 4096], got 0; training.epochs: must be "
                       "in [1, 1000000], got -3; priority: must be in [-100, 100], got 101"));
}

TEST(JobSpec, OfAnotherModelIsUnimplementedWithAReason) {
  v1::JobSpec given = Spec();
  given.mutable_perceptron();
  const auto refused = SpecFromProto(given);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("perceptron: ")));
  EXPECT_EQ(ReasonOf(refused.status()), "NOT_SUPPORTED");
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
