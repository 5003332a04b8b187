// Batch and ConfusionMatrix: what a model makes of its data.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/inspect_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using Code = grpc::StatusCode;

class InspectExamplesTest : public InspectFixture {
 protected:
  v1::BatchResponse MustGetBatch(const std::string& snapshot, int32_t max_examples = 0) {
    v1::BatchRequest request;
    request.set_snapshot(snapshot);
    request.set_max_examples(max_examples);
    v1::BatchResponse response;
    const grpc::Status asked = client().Batch(request, &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response;
  }

  v1::ConfusionMatrixResponse MustAsk(const v1::ConfusionMatrixRequest& request) {
    v1::ConfusionMatrixResponse response;
    const grpc::Status asked = client().ConfusionMatrix(request, &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response;
  }

  // What the snapshot holds of its batch.
  std::vector<int64_t> BatchIndices(const std::string& snapshot) {
    const v1::Snapshot read = client().GetSnapshot(snapshot).snapshot;
    return {read.batch_indices().begin(), read.batch_indices().end()};
  }
};

std::string SnapshotOf(const v1::Job& job, int64_t index) {
  return absl::StrCat(job.name(), "/snapshots/", index);
}

TEST_F(InspectExamplesTest, BatchIsTheMinibatchOfTheSnapshot) {
  const Run& run = Xor();
  const v1::ReadExamplesResponse all = MustReadAll("xor", v1::SPLIT_TRAIN);
  for (const int64_t index : {0, 5}) {
    const std::string snapshot = SnapshotOf(run.job, index);
    const std::vector<int64_t> indices = BatchIndices(snapshot);
    ASSERT_EQ(indices.size(), 5u);
    const v1::BatchResponse batch = MustGetBatch(snapshot);
    EXPECT_EQ(batch.batch_size(), 5);
    ASSERT_EQ(batch.predictions_size(), 5);
    ASSERT_EQ(batch.inputs_size(), 10);
    for (int n = 0; n < 5; ++n) {
      const auto row = static_cast<int>(indices[n]);
      EXPECT_EQ(batch.predictions(n).example_index(), row);
      EXPECT_EQ(batch.predictions(n).split(), v1::SPLIT_TRAIN);
      EXPECT_EQ(batch.predictions(n).true_label(), all.labels(row));
      EXPECT_EQ(batch.inputs(2 * n), all.inputs(2 * row));
      EXPECT_EQ(batch.inputs(2 * n + 1), all.inputs(2 * row + 1));
    }
    EXPECT_EQ(MustGetBatch(snapshot, 2).predictions_size(), 2);
    EXPECT_EQ(MustGetBatch(snapshot, 2).batch_size(), 5);
  }
  const v1::BatchResponse end = MustGetBatch(Last(run));
  EXPECT_EQ(end.batch_size(), 0);
  EXPECT_EQ(end.predictions_size(), 0);
}

TEST_F(InspectExamplesTest, BatchOfThePerceptronIsTheExampleThatCausedTheChange) {
  const Run& run = Perceptron();
  EXPECT_EQ(MustGetBatch(SnapshotOf(run.job, 0)).batch_size(), 0);
  const v1::BatchResponse cause = MustGetBatch(SnapshotOf(run.job, 1));
  EXPECT_EQ(cause.batch_size(), 1);
  ASSERT_EQ(cause.predictions_size(), 1);
  EXPECT_EQ(cause.predictions(0).example_index(), BatchIndices(SnapshotOf(run.job, 1))[0]);
  EXPECT_EQ(cause.inputs_size(), 3);
}

TEST_F(InspectExamplesTest, BatchOverBothSplitsSaysOfEachExampleWhereItIsFrom) {
  Xor();
  v1::JobSpec spec = MlpSpec("xor", {3}, /*epochs=*/1, /*batch_size=*/100);
  spec.set_train_on(v1::TRAIN_ON_TRAIN_AND_VALIDATION);
  const Run run = MustTrain(spec);
  const std::string snapshot = SnapshotOf(run.job, 0);
  const std::vector<int64_t> indices = BatchIndices(snapshot);
  const v1::BatchResponse batch = MustGetBatch(snapshot);
  ASSERT_EQ(batch.predictions_size(), 100);
  const v1::ReadExamplesResponse train = MustReadAll("xor", v1::SPLIT_TRAIN);
  const v1::ReadExamplesResponse validation = MustReadAll("xor", v1::SPLIT_VALIDATION);
  int from_validation = 0;
  for (int n = 0; n < 100; ++n) {
    const bool is_train = indices[n] < train.labels_size();
    const v1::ReadExamplesResponse& source = is_train ? train : validation;
    const auto row = static_cast<int>(is_train ? indices[n] : indices[n] - train.labels_size());
    from_validation += is_train ? 0 : 1;
    EXPECT_EQ(batch.predictions(n).split(), is_train ? v1::SPLIT_TRAIN : v1::SPLIT_VALIDATION);
    EXPECT_EQ(batch.predictions(n).example_index(), row);
    EXPECT_EQ(batch.predictions(n).true_label(), source.labels(row));
    EXPECT_EQ(batch.inputs(2 * n), source.inputs(2 * row));
  }
  EXPECT_GT(from_validation, 10);
}

TEST_F(InspectExamplesTest, BatchOfPictures) {
  const v1::BatchResponse batch = MustGetBatch(SnapshotOf(Digits().job, 1), 20);
  EXPECT_EQ(batch.batch_size(), 100);
  EXPECT_EQ(batch.predictions_size(), 20);
  EXPECT_EQ(batch.inputs_size(), 20 * 784);
  EXPECT_EQ(batch.image_shape().height(), 28);
}

TEST_F(InspectExamplesTest, BatchShowsAsManyPicturesAsFit) {
  const Run run = MustTrain(MlpSpec("mnist", {4}, /*epochs=*/1, /*batch_size=*/1000));
  const v1::BatchResponse batch = MustGetBatch(SnapshotOf(run.job, 0), 1000);
  EXPECT_EQ(batch.batch_size(), 1000);
  EXPECT_LT(batch.predictions_size(), 1000);
  EXPECT_GT(batch.predictions_size(), 500);
  EXPECT_LE(batch.ByteSizeLong(), size_t{2} << 20);
}

TEST_F(InspectExamplesTest, BatchRefusals) {
  for (const int32_t wrong : {-1, 1001}) {
    v1::BatchRequest request;
    request.set_snapshot(Last(Xor()));
    request.set_max_examples(wrong);
    v1::BatchResponse response;
    ExpectViolation(client().Batch(request, &response), "max_examples",
                    absl::StrCat("must be in [0, 1000], got ", wrong));
  }
}

TEST_F(InspectExamplesTest, ConfusionMatrixAgreesWithReportsAndPredictions) {
  const Run& run = Digits();
  v1::ConfusionMatrixRequest request;
  request.set_snapshot(Last(run));
  const v1::ConfusionMatrixResponse confusion = MustAsk(request);
  EXPECT_EQ(confusion.split(), v1::SPLIT_VALIDATION);
  EXPECT_EQ(confusion.classes(), 10);
  ASSERT_EQ(confusion.counts_size(), 100);
  const v1::Metrics& metrics = run.snapshots.back().metrics();
  EXPECT_EQ(confusion.accuracy(), metrics.validation_accuracy());
  EXPECT_NEAR(confusion.loss(), metrics.validation_loss(), 1e-6);
  int64_t all = 0;
  ASSERT_EQ(confusion.class_measures_size(), 10);
  for (int k = 0; k < 10; ++k) {
    int64_t of_class = 0;
    int64_t predicted = 0;
    for (int j = 0; j < 10; ++j) {
      of_class += confusion.counts(10 * k + j);
      predicted += confusion.counts(10 * j + k);
    }
    all += of_class;
    EXPECT_EQ(confusion.class_measures(k).label(), k);
    EXPECT_DOUBLE_EQ(confusion.class_measures(k).precision(),
                     static_cast<double>(confusion.counts(11 * k)) / predicted);
    EXPECT_DOUBLE_EQ(confusion.class_measures(k).recall(),
                     static_cast<double>(confusion.counts(11 * k)) / of_class);
  }
  EXPECT_EQ(all, 10'000);
  ASSERT_EQ(confusion.mistakes_size(), 20);
  v1::PredictRequest predict;
  predict.set_snapshot(request.snapshot());
  for (const v1::Mistake& mistake : confusion.mistakes()) {
    predict.mutable_examples()->add_indices(mistake.example_index());
  }
  v1::PredictResponse predicted;
  ASSERT_TRUE(client().Predict(predict, &predicted).ok());
  for (int i = 0; i < 20; ++i) {
    const v1::Mistake& mistake = confusion.mistakes(i);
    EXPECT_EQ(predicted.predictions(i).label(), mistake.predicted_label());
    EXPECT_EQ(predicted.predictions(i).true_label(), mistake.true_label());
    EXPECT_EQ(predicted.predictions(i).probabilities(mistake.predicted_label()),
              mistake.confidence());
    if (i > 0) {
      EXPECT_LE(mistake.confidence(), confusion.mistakes(i - 1).confidence());
    }
  }
}

TEST_F(InspectExamplesTest, ConfusionMatrixOfTheSplitThatIsAsked) {
  v1::ConfusionMatrixRequest request;
  request.set_snapshot(Last(Perceptron()));
  request.set_split(v1::SPLIT_TRAIN);
  request.set_max_mistakes(0);
  const v1::ConfusionMatrixResponse confusion = MustAsk(request);
  EXPECT_EQ(confusion.split(), v1::SPLIT_TRAIN);
  EXPECT_EQ(confusion.counts(0) + confusion.counts(1), 200);
  EXPECT_EQ(confusion.mistakes_size(), 0);
  EXPECT_EQ(confusion.accuracy(), Perceptron().snapshots.back().metrics().training_accuracy());
}

TEST_F(InspectExamplesTest, ConfusionMatrixRefusals) {
  const auto refused = [&](const std::function<void(v1::ConfusionMatrixRequest&)>& change) {
    v1::ConfusionMatrixRequest request;
    request.set_snapshot(Last(Xor()));
    change(request);
    v1::ConfusionMatrixResponse response;
    return client().ConfusionMatrix(request, &response);
  };
  ExpectViolation(refused([](auto& r) { r.set_split(static_cast<v1::Split>(-3)); }), "split",
                  "must be one of the enumeration's values, got -3");
  ExpectViolation(refused([](auto& r) { r.set_max_mistakes(1001); }), "max_mistakes",
                  "must be in [0, 1000], got 1001");
  ExpectViolation(refused([](auto& r) { r.set_max_mistakes(-1); }), "max_mistakes",
                  "must be in [0, 1000], got -1");
  EXPECT_EQ(refused([](auto& r) { r.set_split(v1::SPLIT_TEST); }).error_code(),
            Code::PERMISSION_DENIED);
  EXPECT_EQ(MustGetJob(Xor().job.name()).test_evaluation_count(), 0);
}

}  // namespace
}  // namespace percept::testing
