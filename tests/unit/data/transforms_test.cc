#include "server/data/transforms.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "server/data/generators/generator.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/data/small_datasets.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two columns, one row of training for each pair.
Dataset Pairs(std::vector<float> values) {
  Dataset dataset;
  dataset.inputs = 2;
  dataset.classes = 1;
  Split& train = dataset.split(SplitKind::kTrain);
  train.examples = static_cast<int64_t>(values.size() / 2);
  train.labels.assign(values.size() / 2, 0);
  train.dense = std::move(values);
  return dataset;
}

std::vector<Expression> Features(const std::vector<std::string>& texts, int32_t inputs) {
  std::vector<Expression> features;
  for (const std::string& text : texts) features.push_back(Expression::Parse(text, inputs).value());
  return features;
}

TEST(TakeTwoClasses, KeepsTheOrderAndTheSplits) {
  ASSERT_OK_AND_ASSIGN(const Dataset taken, TakeTwoClasses(ThreeClasses(), 2, 0, "f"));
  EXPECT_EQ(taken.inputs, 1);
  EXPECT_EQ(taken.classes, 2);
  EXPECT_THAT(taken.split(SplitKind::kTrain).dense, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(taken.split(SplitKind::kTrain).labels, ElementsAre(1, 0, 1, 0));
  EXPECT_EQ(taken.split(SplitKind::kTrain).examples, 4);
  EXPECT_THAT(taken.split(SplitKind::kValidation).dense, ElementsAre(100, 101));
  EXPECT_THAT(taken.split(SplitKind::kValidation).labels, ElementsAre(0, 1));
  EXPECT_THAT(taken.split(SplitKind::kTest).dense, ElementsAre(200, 202, 203));
  EXPECT_THAT(taken.split(SplitKind::kTest).labels, ElementsAre(1, 0, 0));
}

TEST(TakeTwoClasses, KeepsPixelsAsBytesAndTheirShape) {
  ASSERT_OK_AND_ASSIGN(const Dataset taken, TakeTwoClasses(Pixels(), 1, 0, "f"));
  EXPECT_TRUE(taken.is_sparse);
  EXPECT_EQ(taken.image_shape, (ImageShape{4, 1, 1}));
  const Split& train = taken.split(SplitKind::kTrain);
  EXPECT_EQ(train.examples, 3);
  EXPECT_THAT(train.labels, ElementsAre(0, 1, 0));
  EXPECT_THAT(train.sparse.row_start, ElementsAre(0, 1, 3, 5));
  EXPECT_THAT(train.sparse.columns, ElementsAre(2, 0, 3, 1, 2));
  EXPECT_THAT(train.sparse.values, ElementsAre(51, 255, 7, 8, 9));
  EXPECT_THAT(train.dense, IsEmpty());
  EXPECT_THAT(taken.split(SplitKind::kValidation).sparse.values, ElementsAre(102, 204));
  EXPECT_THAT(taken.split(SplitKind::kTest).sparse.row_start, ElementsAre(0));
}

TEST(TakeTwoClasses, NamesTheLabelThatCannotBeTaken) {
  EXPECT_THAT(
      TakeTwoClasses(ThreeClasses(), 3, -1, "dataset.binary"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("dataset.binary.positive_label: must be in [0, 2], got 3"),
                     HasSubstr("dataset.binary.negative_label: must be in [0, 2], got -1"))));
  EXPECT_THAT(TakeTwoClasses(ThreeClasses(), 1, 1, "dataset.binary"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dataset.binary.negative_label: must be other than positive_label, got 1"));
  Dataset without_one = ThreeClasses();
  for (int32_t& label : without_one.split(SplitKind::kTrain).labels) label = label == 1 ? 0 : label;
  EXPECT_THAT(
      TakeTwoClasses(without_one, 2, 1, "dataset.binary"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "dataset.binary.negative_label: must be the label of a training example, got 1"));
}

TEST(ComputeFeatures, MakesXorSeparable) {
  const Dataset dataset = Generate({GeneratorKind::kXor, 20, 10, 4, 3});
  ASSERT_OK_AND_ASSIGN(
      const Dataset computed,
      ComputeFeatures(dataset, Features({"x0", "x0*x1/abs(x0)"}, 2), std::nullopt, "f"));
  EXPECT_EQ(computed.inputs, 2);
  EXPECT_EQ(computed.classes, 2);
  EXPECT_FALSE(computed.is_sparse);
  for (size_t split = 0; split < kSplitCount; ++split) {
    const Split& from = dataset.splits[split];
    const Split& to = computed.splits[split];
    EXPECT_EQ(to.examples, from.examples);
    EXPECT_EQ(to.labels, from.labels);
    ASSERT_EQ(to.dense.size(), from.dense.size());
    for (size_t row = 0; row < from.labels.size(); ++row) {
      const double x = from.dense[2 * row];
      const double y = from.dense[2 * row + 1];
      EXPECT_EQ(to.dense[2 * row], from.dense[2 * row]);
      EXPECT_FLOAT_EQ(to.dense[2 * row + 1], static_cast<float>(x * y / std::abs(x)));
      // Class 0 is above the axis, class 1 below it.
      EXPECT_EQ(to.dense[2 * row + 1] > 0.0f, from.labels[row] == 0);
    }
  }
}

TEST(ComputeFeatures, ReadsPixelsAsFractionsAndDropsTheShape) {
  ASSERT_OK_AND_ASSIGN(const Dataset computed,
                       ComputeFeatures(Pixels(), Features({"x2 + 10*x3"}, 4), std::nullopt, "f"));
  EXPECT_FALSE(computed.is_sparse);
  EXPECT_EQ(computed.image_shape, std::nullopt);
  EXPECT_EQ(computed.inputs, 1);
  EXPECT_EQ(computed.split(SplitKind::kTrain).dense[0], 0.2f);
  EXPECT_FLOAT_EQ(computed.split(SplitKind::kTrain).dense[1], 70.0f / 255.0f);
  EXPECT_EQ(computed.split(SplitKind::kTrain).dense[2], 0.0f);
  EXPECT_EQ(computed.split(SplitKind::kValidation).dense[0], 8.0f);
}

TEST(ComputeFeatures, NamesWhereAResultIsNotFinite) {
  Dataset dataset = Pairs({1, 2, 3, 4});
  dataset.split(SplitKind::kValidation) = {3, {1, 1, 2, 2, 5, 0}, {}, {0, 0, 0}};
  EXPECT_THAT(
      ComputeFeatures(dataset, Features({"x0", "x0/x1"}, 2), std::nullopt, "dataset.derived"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "dataset.derived.features[1]: must be finite for every example unless "
               "nonfinite_replacement is set, got inf in validation row 2, column 1 where "
               "x0 = 5, x1 = 0"));
  EXPECT_THAT(
      ComputeFeatures(dataset, Features({"log(-x1)"}, 2), std::nullopt, "dataset.derived"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               AllOf(HasSubstr("dataset.derived.features[0]"), HasSubstr("nan in train row"),
                     HasSubstr("row 0, column 0 where x1 = 2"))));
}

TEST(ComputeFeatures, TakesAReplacementForWhatIsNotFinite) {
  ASSERT_OK_AND_ASSIGN(const Dataset computed, ComputeFeatures(Pairs({1, 0, -1, 0, 0, 0, 6, 2}),
                                                               Features({"x0/x1"}, 2), -7.5, "f"));
  EXPECT_THAT(computed.split(SplitKind::kTrain).dense, ElementsAre(-7.5f, -7.5f, -7.5f, 3.0f));
}

TEST(ComputeFeatures, RefusesWhatAFloatCannotHold) {
  // 10^60 is finite in double precision.
  EXPECT_THAT(
      ComputeFeatures(Pairs({1e30f, 0}), Features({"-x0*x0"}, 2), std::nullopt, "f"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("f.features[0]: must be finite")));
  ASSERT_OK_AND_ASSIGN(const Dataset replaced,
                       ComputeFeatures(Pairs({1e30f, 0}), Features({"-x0*x0"}, 2), 1.0, "f"));
  EXPECT_THAT(replaced.split(SplitKind::kTrain).dense, ElementsAre(1.0f));
}

TEST(Normalise, MeasuresTheTrainingSplitAlone) {
  Dataset dataset = Pairs({1, 10, 3, 20, 1, 30, 3, 40});
  dataset.split(SplitKind::kValidation) = {1, {5, 25}, {}, {0}};
  dataset.split(SplitKind::kTest) = {1, {2, -25}, {}, {0}};
  ASSERT_OK_AND_ASSIGN(const Dataset normalised, Normalise(dataset, "f"));
  const std::vector<float>& train = normalised.split(SplitKind::kTrain).dense;
  EXPECT_THAT(std::vector<float>({train[0], train[2], train[4], train[6]}),
              ElementsAre(-1, 1, -1, 1));
  // Mean 25, variance 125.
  EXPECT_FLOAT_EQ(train[1], static_cast<float>(-15 / std::sqrt(125.0)));
  EXPECT_FLOAT_EQ(train[7], static_cast<float>(15 / std::sqrt(125.0)));
  EXPECT_EQ(normalised.split(SplitKind::kValidation).dense[0], 3.0f);
  EXPECT_EQ(normalised.split(SplitKind::kValidation).dense[1], 0.0f);
  EXPECT_EQ(normalised.split(SplitKind::kTest).dense[0], 0.0f);
  EXPECT_FLOAT_EQ(normalised.split(SplitKind::kTest).dense[1],
                  static_cast<float>(-50 / std::sqrt(125.0)));
  EXPECT_EQ(normalised.split(SplitKind::kTest).labels, dataset.split(SplitKind::kTest).labels);
}

TEST(Normalise, OnlyShiftsAConstantColumn) {
  // A tenth is no float: the mean of many is another number in its last digits.
  std::vector<float> values;
  for (int row = 0; row < 1000; ++row) {
    values.push_back(0.1f);
    values.push_back(static_cast<float>(row));
  }
  Dataset dataset = Pairs(std::move(values));
  dataset.split(SplitKind::kValidation) = {1, {0.35f, 0}, {}, {0}};
  ASSERT_OK_AND_ASSIGN(const Dataset normalised, Normalise(dataset, "f"));
  for (size_t row = 0; row < 1000; ++row)
    EXPECT_EQ(normalised.split(SplitKind::kTrain).dense[2 * row], 0.0f);
  EXPECT_FLOAT_EQ(normalised.split(SplitKind::kValidation).dense[0], 0.25f);
}

TEST(Normalise, LosesNoDigitsWhereTheMeanIsLarge) {
  ASSERT_OK_AND_ASSIGN(const Dataset normalised,
                       Normalise(Pairs({1e9f, 0, 1e9f + 64, 0, 1e9f, 0, 1e9f + 64, 0}), "f"));
  const std::vector<float>& train = normalised.split(SplitKind::kTrain).dense;
  EXPECT_THAT(std::vector<float>({train[0], train[2], train[4], train[6]}),
              ElementsAre(-1, 1, -1, 1));
}

TEST(Normalise, TurnsPixelsIntoFloatsAndKeepsTheShape) {
  ASSERT_OK_AND_ASSIGN(const Dataset normalised, Normalise(Pixels(), "f"));
  EXPECT_FALSE(normalised.is_sparse);
  EXPECT_EQ(normalised.image_shape, (ImageShape{4, 1, 1}));
  EXPECT_EQ(normalised.split(SplitKind::kTrain).dense.size(), 16);
  // Column 3 of training: 0, 7, 0, 0 over 255; one of four, sqrt(3) deviations above the mean.
  EXPECT_NEAR(normalised.split(SplitKind::kTrain).dense[7], std::sqrt(3.0), 1e-6);
  EXPECT_NEAR(normalised.split(SplitKind::kTrain).dense[3], -1 / std::sqrt(3.0), 1e-6);
}

TEST(Normalise, RefusesWhatAFloatCannotHold) {
  Dataset dataset = Pairs({0, 0, 1e-30f, 0});
  dataset.split(SplitKind::kTest) = {2, {0, 0, 1e20f, 0}, {}, {0, 0}};
  EXPECT_THAT(Normalise(dataset, "dataset.normalised"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("dataset.normalised: must stay within"),
                             HasSubstr("in test row 1, column 0"))));
}

TEST(JoinTrainAndValidation, PutsOneAfterTheOther) {
  const Dataset joined = JoinTrainAndValidation(ThreeClasses());
  const Split& train = joined.split(SplitKind::kTrain);
  EXPECT_EQ(train.examples, 9);
  EXPECT_THAT(train.dense, ElementsAre(0, 1, 2, 3, 4, 5, 100, 101, 102));
  EXPECT_THAT(train.labels, ElementsAre(2, 0, 1, 2, 0, 1, 0, 2, 1));
  EXPECT_THAT(joined.split(SplitKind::kValidation).dense, ElementsAre(100, 101, 102));
  EXPECT_THAT(joined.split(SplitKind::kTest).dense, ElementsAre(200, 201, 202, 203));
}

TEST(JoinTrainAndValidation, JoinsRowsOfPixels) {
  const Dataset joined = JoinTrainAndValidation(Pixels());
  const Split& train = joined.split(SplitKind::kTrain);
  EXPECT_EQ(train.examples, 5);
  EXPECT_THAT(train.sparse.row_start, ElementsAre(0, 1, 3, 3, 5, 7));
  EXPECT_THAT(train.sparse.columns, ElementsAre(2, 0, 3, 1, 2, 1, 3));
  EXPECT_THAT(train.sparse.values, ElementsAre(51, 255, 7, 8, 9, 102, 204));
}

}  // namespace
}  // namespace percept::data
