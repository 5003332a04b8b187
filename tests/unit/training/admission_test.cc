#include "server/training/admission.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/status.h"
#include "server/training/runner.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/training/example_jobs.h"

namespace percept::training {
namespace {

using percept::testing::StatusIs;
using storage::JobSpec;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// The record of a data set with so many examples of each class.
data::DatasetRecord DatasetOf(const std::vector<int64_t>& train,
                              const std::vector<int64_t>& validation) {
  data::DatasetRecord dataset;
  dataset.id = "points";
  dataset.inputs = 2;
  dataset.classes = static_cast<int32_t>(train.size());
  dataset.digest = "digest";
  const auto fill = [&](data::SplitKind kind, const std::vector<int64_t>& counts) {
    auto& split = dataset.splits[static_cast<size_t>(kind)];
    split.class_counts = counts;
    for (const int64_t count : counts) split.examples += count;
  };
  fill(data::SplitKind::kTrain, train);
  fill(data::SplitKind::kValidation, validation);
  fill(data::SplitKind::kTest, std::vector<int64_t>(train.size(), 7));
  return dataset;
}

absl::StatusOr<storage::JobRecord> AdmitTo(const JobSpec& spec, const data::DatasetRecord& dataset,
                                           int64_t max_memory_bytes = int64_t{1} << 30) {
  return Admit({spec, "ada", "request"}, dataset, max_memory_bytes,
               absl::FromUnixSeconds(1700000000));
}

JobSpec OnBoth(JobSpec spec) {
  spec.train_on = TrainOn::kTrainAndValidation;
  return spec;
}

TEST(Admission, ARecordTellsWhatTheJobIs) {
  const auto job = AdmitTo(XorSpec(), DatasetOf({200, 200}, {100, 100}));
  ASSERT_OK(job);
  EXPECT_THAT(job->id, Not(IsEmpty()));
  EXPECT_EQ(job->owner, "ada");
  EXPECT_EQ(job->request_id, "request");
  EXPECT_EQ(job->spec, XorSpec());
  EXPECT_EQ(job->dataset_digest, "digest");
  EXPECT_EQ(job->inputs, 2);
  EXPECT_EQ(job->classes, 2);
  EXPECT_EQ(job->train_examples, 400);
  EXPECT_EQ(job->parameter_count, 42);
}

TEST(Admission, ValidationExamplesCountWhereTheyAreTrainedOn) {
  const auto job = AdmitTo(OnBoth(XorSpec()), DatasetOf({200, 200}, {100, 50}));
  ASSERT_OK(job);
  EXPECT_EQ(job->train_examples, 550);
}

TEST(Admission, TrainingOnValidationWantsSome) {
  EXPECT_THAT(AdmitTo(OnBoth(XorSpec()), DatasetOf({200, 200}, {0, 0})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "train_on: must be TRAIN_ON_TRAIN without validation examples in the data "
                       "set, got TRAIN_ON_TRAIN_AND_VALIDATION"));
}

TEST(Admission, TrainingWantsExamples) {
  EXPECT_THAT(
      AdmitTo(XorSpec(), DatasetOf({0, 0}, {100, 100})),
      StatusIs(absl::StatusCode::kInvalidArgument, "dataset: must have training examples, got 0"));
}

TEST(Admission, APerceptronWantsTwoClasses) {
  const auto refused = AdmitTo(PerceptronSpec(), DatasetOf({10, 10, 10}, {0, 0, 0}));
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument,
                                "dataset: must have two classes for a perceptron, got 3; make a "
                                "binary view with percept dataset create --binary"));
  ASSERT_THAT(FieldViolationsOf(refused.status()), SizeIs(1));
  EXPECT_EQ(FieldViolationsOf(refused.status())[0].field, "dataset");
  EXPECT_OK(AdmitTo(PerceptronSpec(), DatasetOf({10, 10}, {0, 0})));
}

TEST(Admission, APerceptronWantsExamplesOfBothClassesInWhatItTrainsOn) {
  for (const bool positive : {false, true}) {
    const std::vector<int64_t> train =
        positive ? std::vector<int64_t>{10, 0} : std::vector<int64_t>{0, 10};
    EXPECT_THAT(AdmitTo(PerceptronSpec(), DatasetOf(train, {5, 5})),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("dataset: must have examples of both classes"),
                               HasSubstr(positive ? "none of class 1" : "none of class 0"))));
    EXPECT_OK(AdmitTo(OnBoth(PerceptronSpec()), DatasetOf(train, {5, 5})));
  }
}

JobSpec StoppingEarly() {
  JobSpec spec = XorSpec();
  spec.training.patience = 3;
  return spec;
}

TEST(Admission, EarlyStoppingWantsAValidationSplitThatIsEvaluatedAndNotTrainedOn) {
  EXPECT_OK(AdmitTo(StoppingEarly(), DatasetOf({200, 200}, {100, 100})));
  EXPECT_THAT(AdmitTo(StoppingEarly(), DatasetOf({200, 200}, {0, 0})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "training.early_stopping: must have a data set with validation examples, "
                       "got none"));
  JobSpec unevaluated = StoppingEarly();
  unevaluated.training.evaluate = false;
  EXPECT_THAT(AdmitTo(unevaluated, DatasetOf({200, 200}, {100, 100})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("training.early_stopping: must not go with "
                                 "training.no_evaluate")));
  EXPECT_THAT(AdmitTo(OnBoth(StoppingEarly()), DatasetOf({200, 200}, {100, 100})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("training.early_stopping: must have train_on TRAIN_ON_TRAIN")));
}

TEST(Admission, AllThatDoesNotFitIsNamedAtOnce) {
  JobSpec spec = OnBoth(StoppingEarly());
  spec.training.evaluate = false;
  EXPECT_THAT(FieldViolationsOf(AdmitTo(spec, DatasetOf({0, 0}, {0, 0})).status()), SizeIs(5));
}

TEST(Admission, EveryKindOfModelIsBoundedInMemory) {
  JobSpec multiperceptron = XorSpec();
  multiperceptron.model = {.kind = ModelKind::kMultiperceptron};
  for (const JobSpec& spec : {XorSpec(), multiperceptron, PerceptronSpec()}) {
    const auto job = AdmitTo(spec, DatasetOf({200, 200}, {0, 0}));
    ASSERT_OK(job);
    EXPECT_GE(job->memory_estimate_bytes, kMomentsInFlight * job->parameter_count * 4 + 1600);
    const auto refused =
        AdmitTo(spec, DatasetOf({200, 200}, {0, 0}), job->memory_estimate_bytes - 1);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted,
                                  HasSubstr("the job must need at most")));
    EXPECT_EQ(ReasonOf(refused.status()), "JOB_TOO_LARGE");
  }
}

TEST(Admission, AStartFromAnotherJobTakesMemoryToo) {
  JobSpec spec = XorSpec();
  spec.init_from = storage::SnapshotRef{"other", 0};
  EXPECT_EQ(AdmitTo(spec, DatasetOf({200, 200}, {0, 0}))->memory_estimate_bytes,
            AdmitTo(XorSpec(), DatasetOf({200, 200}, {0, 0}))->memory_estimate_bytes + 42 * 4);
}

// --- init_from ---

storage::JobRecord JobOf(const JobSpec& spec) {
  return *AdmitTo(spec, DatasetOf({200, 200}, {100, 100}));
}

TEST(ResolveInitFrom, TheNewestIsTheLastThereIs) {
  const storage::JobRecord job = JobOf(XorSpec());
  const storage::JobRecord origin = JobOf(XorSpec());
  EXPECT_EQ(*ResolveInitFrom(job, origin, 5, kNewestSnapshot),
            (storage::SnapshotRef{origin.id, 4}));
  EXPECT_EQ(*ResolveInitFrom(job, origin, 5, 2), (storage::SnapshotRef{origin.id, 2}));
}

TEST(ResolveInitFrom, AnIndexThatIsNotThereIsOutOfRange) {
  const storage::JobRecord job = JobOf(XorSpec());
  for (const int64_t index : {int64_t{5}, int64_t{-2}}) {
    EXPECT_THAT(ResolveInitFrom(job, job, 5, index),
                StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("has snapshots 0 to 4, got")));
  }
  EXPECT_THAT(ResolveInitFrom(job, job, 0, kNewestSnapshot),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("has no snapshots yet")));
}

TEST(ResolveInitFrom, ParametersMustBeThoseOfTheNewModel) {
  JobSpec wider = XorSpec();
  wider.model.hidden_units = {9};
  EXPECT_THAT(ResolveInitFrom(JobOf(XorSpec()), JobOf(wider), 1, 0),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("init_from: must have the parameters of the new model, "
                                       "linear0.weight [8, 2], linear0.bias [8]"),
                             HasSubstr("got linear0.weight [9, 2]"))));
  EXPECT_THAT(ResolveInitFrom(JobOf(XorSpec()), JobOf(PerceptronSpec()), 1, 0),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got weight [2] of float64")));
  JobSpec other_activation = XorSpec();
  other_activation.model.activation = Activation::kRelu;
  EXPECT_OK(ResolveInitFrom(JobOf(XorSpec()), JobOf(other_activation), 1, 0));
}

// --- Repeated requests ---

TEST(CheckRepeated, TheNewestSnapshotMayHaveBeenAnother) {
  JobRequest request{XorSpec(), "ada", "again"};
  request.spec.init_from = storage::SnapshotRef{"origin", kNewestSnapshot};
  storage::JobRecord earlier;
  earlier.spec = request.spec;
  earlier.spec.init_from->index = 7;
  EXPECT_OK(CheckRepeated(request, earlier));
  request.spec.init_from->index = 7;
  EXPECT_OK(CheckRepeated(request, earlier));

  request.spec.init_from->index = 8;
  EXPECT_THAT(CheckRepeated(request, earlier), StatusIs(absl::StatusCode::kAlreadyExists));
  request.spec.init_from = storage::SnapshotRef{"elsewhere", kNewestSnapshot};
  EXPECT_THAT(CheckRepeated(request, earlier), StatusIs(absl::StatusCode::kAlreadyExists));
  earlier.spec.init_from.reset();
  EXPECT_THAT(CheckRepeated(request, earlier), StatusIs(absl::StatusCode::kAlreadyExists));
}

}  // namespace
}  // namespace percept::training
