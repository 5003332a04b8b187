// Predict: values, examples, their rules.
#include <functional>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/inspect_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using Code = grpc::StatusCode;

class InspectPredictTest : public InspectFixture {
 protected:
  v1::PredictRequest RequestFor(const Run& run) {
    v1::PredictRequest request;
    request.set_snapshot(Last(run));
    return request;
  }

  v1::PredictResponse MustPredict(const v1::PredictRequest& request) {
    v1::PredictResponse response;
    const grpc::Status predicted = client().Predict(request, &response);
    EXPECT_TRUE(predicted.ok()) << predicted.error_message();
    return response;
  }

  grpc::Status Refused(const v1::PredictRequest& request) {
    v1::PredictResponse response;
    return client().Predict(request, &response);
  }
};

TEST_F(InspectPredictTest, ValuesMatchTheOracle) {
  for (const Run* run : {&Xor(), &Multiperceptron()}) {
    v1::PredictRequest request = RequestFor(*run);
    for (const float value : {6.5f, -7.0f, 0.25f, 1.0f, -7.0f, -7.5f}) {
      request.mutable_values()->add_values(value);
    }
    const v1::PredictResponse response = MustPredict(request);
    EXPECT_EQ(response.snapshot_index(), run->snapshots.back().index());
    ASSERT_EQ(response.predictions_size(), 3);
    EXPECT_FALSE(response.has_image_shape());
    const ml::oracle::Network oracle = OracleOf(*run, request.snapshot());
    for (int n = 0; n < 3; ++n) {
      const v1::Prediction& prediction = response.predictions(n);
      const ml::oracle::Vector p = oracle.Probabilities(
          {request.values().values(2 * n), request.values().values(2 * n + 1)});
      ASSERT_EQ(prediction.probabilities_size(), static_cast<int>(p.size()));
      ASSERT_EQ(prediction.scores_size(), static_cast<int>(p.size()));
      for (int k = 0; k < prediction.probabilities_size(); ++k) {
        EXPECT_NEAR(prediction.probabilities(k), p[k], 1e-6);
        EXPECT_LE(prediction.probabilities(k), prediction.probabilities(prediction.label()));
      }
      EXPECT_FALSE(prediction.has_true_label());
      EXPECT_FALSE(prediction.has_example_index());
      EXPECT_EQ(prediction.split(), v1::SPLIT_UNSPECIFIED);
    }
  }
}

TEST_F(InspectPredictTest, PerceptronGivesItsSumAndItsStep) {
  const Run& run = Perceptron();
  v1::PredictRequest request = RequestFor(run);
  request.mutable_examples()->set_split(v1::SPLIT_TRAIN);
  request.mutable_examples()->set_max_examples(10'000);
  const v1::PredictResponse response = MustPredict(request);
  ASSERT_EQ(response.predictions_size(), 400);
  int correct = 0;
  for (const v1::Prediction& prediction : response.predictions()) {
    ASSERT_EQ(prediction.scores_size(), 1);
    EXPECT_EQ(prediction.label(), prediction.scores(0) >= 0 ? 1 : 0);
    EXPECT_EQ(prediction.probabilities(prediction.label()), 1.0f);
    EXPECT_EQ(prediction.probabilities(1 - prediction.label()), 0.0f);
    correct += prediction.label() == prediction.true_label() ? 1 : 0;
  }
  EXPECT_DOUBLE_EQ(correct / 400.0, run.snapshots.back().metrics().training_accuracy());
}

TEST_F(InspectPredictTest, ExamplesAreTheValidationSplitsFirstByDefault) {
  v1::PredictRequest request = RequestFor(Digits());
  request.mutable_examples();
  const v1::PredictResponse response = MustPredict(request);
  ASSERT_EQ(response.predictions_size(), 1000);
  EXPECT_EQ(response.image_shape().height(), 28);
  int correct = 0;
  for (int n = 0; n < 1000; ++n) {
    const v1::Prediction& prediction = response.predictions(n);
    EXPECT_EQ(prediction.example_index(), n);
    EXPECT_EQ(prediction.split(), v1::SPLIT_VALIDATION);
    correct += prediction.label() == prediction.true_label() ? 1 : 0;
  }
  EXPECT_GT(correct, 700);
}

TEST_F(InspectPredictTest, ExamplesByIndexComeInTheOrderAsked) {
  v1::PredictRequest request = RequestFor(Digits());
  request.mutable_examples();
  const v1::PredictResponse all = MustPredict(request);
  for (const int64_t index : {999, 0, 17}) request.mutable_examples()->add_indices(index);
  const v1::PredictResponse some = MustPredict(request);
  ASSERT_EQ(some.predictions_size(), 3);
  for (int n = 0; n < 3; ++n) {
    const auto index = static_cast<int>(request.examples().indices(n));
    EXPECT_EQ(some.predictions(n).SerializeAsString(), all.predictions(index).SerializeAsString());
  }
}

TEST_F(InspectPredictTest, EachSnapshotHasItsOwnAnswer) {
  const Run& run = Xor();
  v1::PredictRequest request = RequestFor(run);
  request.mutable_examples();
  for (const char* which : {"0", "3", "best", "last"}) {
    request.set_snapshot(absl::StrCat(run.job.name(), "/snapshots/", which));
    const v1::PredictResponse response = MustPredict(request);
    int correct = 0;
    for (const v1::Prediction& prediction : response.predictions()) {
      correct += prediction.label() == prediction.true_label() ? 1 : 0;
    }
    const auto& metrics = run.snapshots[static_cast<size_t>(response.snapshot_index())].metrics();
    EXPECT_DOUBLE_EQ(static_cast<double>(correct) / response.predictions_size(),
                     metrics.validation_accuracy())
        << which;
  }
}

TEST_F(InspectPredictTest, FieldsThatBreakTheirRules) {
  const Run& run = Xor();
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::PredictRequest&)> change;
  } cases[] = {
      {"snapshot", "must be a name like", [](auto& r) { r.set_snapshot("jobs/x"); }},
      {"inputs", "must be set; choose values, examples or image",
       [](auto& r) { r.clear_inputs(); }},
      {"values.values", "must be 1 to 10000 rows of 2 numbers, got 0 numbers",
       [](auto& r) { r.mutable_values(); }},
      {"values.values", "must be 1 to 10000 rows of 2 numbers, got 3 numbers",
       [](auto& r) { r.mutable_values()->mutable_values()->Resize(3, 1.0f); }},
      {"values.values", "must be 1 to 10000 rows of 2 numbers, got 20002 numbers",
       [](auto& r) { r.mutable_values()->mutable_values()->Resize(20'002, 1.0f); }},
      {"values.values[1]", "must be finite, got inf",
       [](auto& r) {
         r.mutable_values()->add_values(1);
         r.mutable_values()->add_values(std::numeric_limits<float>::infinity());
       }},
      {"examples.split", "must be one of the enumeration's values, got 9",
       [](auto& r) { r.mutable_examples()->set_split(static_cast<v1::Split>(9)); }},
      {"examples.max_examples", "must be in [0, 10000], got -1",
       [](auto& r) { r.mutable_examples()->set_max_examples(-1); }},
      {"examples.max_examples", "must be in [0, 10000], got 10001",
       [](auto& r) { r.mutable_examples()->set_max_examples(10'001); }},
      {"examples.indices[1]", "must be in [0, 200), got 200",
       [](auto& r) {
         r.mutable_examples()->add_indices(0);
         r.mutable_examples()->add_indices(200);
       }},
      {"examples.indices[0]", "must be in [0, 200), got -1",
       [](auto& r) { r.mutable_examples()->add_indices(-1); }},
      {"examples.indices", "must be at most 10000, got 10001",
       [](auto& r) { r.mutable_examples()->mutable_indices()->Resize(10'001, 0); }},
      {"examples.max_examples", "must be unset where indices are given, got 5",
       [](auto& r) {
         r.mutable_examples()->add_indices(0);
         r.mutable_examples()->set_max_examples(5);
       }},
  };
  for (const auto& c : cases) {
    v1::PredictRequest request = RequestFor(run);
    c.change(request);
    ExpectViolation(Refused(request), c.field, c.description);
  }
}

TEST_F(InspectPredictTest, JobsAndSnapshotsThatAreNotThere) {
  v1::PredictRequest request;
  request.mutable_examples();
  request.set_snapshot("jobs/none/snapshots/last");
  EXPECT_EQ(Refused(request).error_code(), Code::NOT_FOUND);
  request.set_snapshot(absl::StrCat(Xor().job.name(), "/snapshots/100000"));
  EXPECT_EQ(Refused(request).error_code(), Code::OUT_OF_RANGE);
}

TEST_F(InspectPredictTest, TestSplitIsHeldOut) {
  v1::PredictRequest request = RequestFor(Xor());
  request.mutable_examples()->set_split(v1::SPLIT_TEST);
  const grpc::Status refused = Refused(request);
  EXPECT_EQ(refused.error_code(), Code::PERMISSION_DENIED);
  EXPECT_THAT(refused.error_message(), HasSubstr("examples.split: SPLIT_TEST is held out"));
  EXPECT_EQ(DetailsOf(refused).info.reason(), "TEST_SPLIT_PROTECTED");
}

TEST_F(InspectPredictTest, ValidationSplitThatIsEmptyIsAPrecondition) {
  v1::CreateDatasetRequest create = GeneratedDataset("bare", v1::GENERATOR_XOR);
  create.mutable_dataset()->mutable_generator()->set_validation_per_class(0);
  MustCreateDataset(create);
  const Run run = MustTrain(MlpSpec("bare", {3}, 1, 10));
  v1::PredictRequest request = RequestFor(run);
  request.mutable_examples()->set_split(v1::SPLIT_VALIDATION);
  EXPECT_EQ(Refused(request).error_code(), Code::FAILED_PRECONDITION);
  // By default it is the training split then.
  request.mutable_examples()->clear_split();
  EXPECT_EQ(MustPredict(request).predictions(0).split(), v1::SPLIT_TRAIN);
}

}  // namespace
}  // namespace percept::testing
