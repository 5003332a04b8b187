#include "server/inspect/demo/manual_classifier.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

#include "server/data/generators/generator.h"
#include "tests/support/status_matchers.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

data::Dataset Points(int32_t inputs, std::vector<float> values, std::vector<int32_t> labels) {
  data::Dataset dataset;
  dataset.inputs = inputs;
  dataset.classes = 2;
  data::Split& split = dataset.split(data::SplitKind::kTrain);
  split.examples = static_cast<int64_t>(labels.size());
  split.dense = std::move(values);
  split.labels = std::move(labels);
  return dataset;
}

TEST(ClassifyByLine, CountsByTrueClassAndSide) {
  // x + y - 1: 0 (on the line, so class 1), 1, -1, 2, -3.
  const data::Dataset points = Points(2, {0, 1, 1, 1, 0, 0, 3, 0, -1, -1}, {1, 0, 0, 1, 1});
  ASSERT_OK_AND_ASSIGN(const LineVerdict verdict,
                       ClassifyByLine(points, data::SplitKind::kTrain, {1, 1, -1}, 100));
  EXPECT_EQ(verdict.accuracy, 0.6);
  EXPECT_THAT(verdict.counts, ElementsAre(ElementsAre(1, 1), ElementsAre(1, 2)));
  EXPECT_THAT(verdict.wrong_indices, ElementsAre(1, 4));
}

TEST(ClassifyByLine, ListsNoMoreMistakesThanAsked) {
  const data::Dataset points = Points(2, std::vector<float>(10, 1.0f), {0, 0, 1, 0, 0});
  ASSERT_OK_AND_ASSIGN(const LineVerdict verdict,
                       ClassifyByLine(points, data::SplitKind::kTrain, {1, 0, 0}, 2));
  EXPECT_EQ(verdict.accuracy, 0.2);
  EXPECT_THAT(verdict.wrong_indices, ElementsAre(0, 1));
}

TEST(ClassifyByLine, TakesALineOfZerosForClassOneEverywhere) {
  const data::Dataset points = Points(2, {1, 2, 3, 4}, {1, 0});
  ASSERT_OK_AND_ASSIGN(const LineVerdict verdict,
                       ClassifyByLine(points, data::SplitKind::kTrain, {}, 100));
  EXPECT_THAT(verdict.counts, ElementsAre(ElementsAre(0, 1), ElementsAre(0, 1)));
}

TEST(ClassifyByLine, TakesTheNotebooksBiasColumn) {
  const data::Dataset points =
      data::Generate({.generator = data::GeneratorKind::kTwoNormals, .seed = 1});
  // The perpendicular bisector of the means (0, -2.5) and (-2, 2.5), positive towards the first.
  const Line line = {2.0, -5.0, 2.0};
  ASSERT_OK_AND_ASSIGN(const LineVerdict verdict,
                       ClassifyByLine(points, data::SplitKind::kTrain, line, 100));
  // By hand over the 400 points.
  const data::Split& split = points.split(data::SplitKind::kTrain);
  std::vector<int64_t> wrong;
  for (size_t row = 0; row < split.labels.size(); ++row) {
    const float* point = split.dense.data() + 3 * row;
    const double side = 2.0 * point[0] - 5.0 * point[1] + 2.0 * point[2];
    if ((side >= 0.0) != (split.labels[row] == 1)) wrong.push_back(static_cast<int64_t>(row));
  }
  EXPECT_EQ(verdict.wrong_indices, wrong);
  EXPECT_EQ(verdict.accuracy, 1.0 - static_cast<double>(wrong.size()) / 400);
  EXPECT_GT(verdict.accuracy, 0.98);
  // Turned about, the wrong ones are right.
  ASSERT_OK_AND_ASSIGN(const LineVerdict turned,
                       ClassifyByLine(points, data::SplitKind::kTrain, {-2.0, 5.0, -2.0}, 1000));
  EXPECT_NEAR(turned.accuracy, 1.0 - verdict.accuracy, 1e-12);
}

void ExpectRefused(const data::Dataset& dataset, const std::string& message) {
  EXPECT_THAT(ClassifyByLine(dataset, data::SplitKind::kTrain, {1, 1, 1}, 100),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(message)));
}

TEST(ClassifyByLine, RefusesWhatNoLineDivides) {
  ExpectRefused(Points(1, {1, 2}, {0, 1}), "got 1 inputs and 2 classes");
  ExpectRefused(Points(4, {1, 2, 3, 4}, {0}), "got 4 inputs and 2 classes");
  ExpectRefused(Points(3, {1, 2, 1, 3, 4, 0.5}, {0, 1}), "got a third input that is 0.5 in row 1");
  data::Dataset three = Points(2, {1, 2}, {2});
  three.classes = 3;
  ExpectRefused(three, "got 2 inputs and 3 classes");
  ExpectRefused(Points(2, {}, {}), "has no examples in its train split");
  data::Dataset bytes = Points(2, {}, {1});
  bytes.is_sparse = true;
  ExpectRefused(bytes, "got inputs that are bytes");
}

}  // namespace
}  // namespace percept::inspect
