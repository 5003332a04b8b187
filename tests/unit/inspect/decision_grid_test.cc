#include "server/inspect/decision_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"
#include "tests/unit/inspect/oracles.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A data set that trains on `rows` of D inputs.
data::Dataset TrainingOn(int32_t inputs, std::vector<float> rows, int32_t classes = 2) {
  data::Dataset dataset;
  dataset.inputs = inputs;
  dataset.classes = classes;
  data::Split& train = dataset.split(data::SplitKind::kTrain);
  train.examples = static_cast<int64_t>(rows.size()) / inputs;
  train.labels.assign(static_cast<size_t>(train.examples), 0);
  train.dense = std::move(rows);
  return dataset;
}

const data::Dataset& Square() {
  static const auto* const dataset = new data::Dataset(TrainingOn(2, {-1, -5, 3, 5}));
  return *dataset;
}

GridWindow Window(int32_t columns, int32_t rows) {
  GridWindow window;
  window.columns = columns;
  window.rows = rows;
  return window;
}

int LabelAt(const DecisionGrid& grid, int32_t row, int32_t column) {
  return static_cast<unsigned char>(grid.labels[row * grid.columns + column]);
}

int ConfidenceAt(const DecisionGrid& grid, int32_t row, int32_t column) {
  return static_cast<unsigned char>(grid.confidence[row * grid.columns + column]);
}

// The middle of a cell as single precision has it.
double Middle(const GridRange& range, int32_t cell, int32_t cells) {
  return static_cast<float>(range.min + (cell + 0.5) * (range.max - range.min) / cells);
}

TEST(DecisionGrid, EachCellMatchesTheOracle) {
  for (const ModelSpec& spec : AllSpecs()) {
    if (spec.kind == ModelKind::kPerceptron) continue;
    SCOPED_TRACE(NameOf(spec));
    const TrainedModel model = RandomModel(spec, {2, 3});
    // More cells than are computed together, in a last block of a few rows.
    ASSERT_OK_AND_ASSIGN(const DecisionGrid grid,
                         MakeDecisionGrid(model, Square(), Window(150, 115), "", Always));
    ASSERT_THAT(grid.labels, SizeIs(150 * 115));
    ASSERT_THAT(grid.confidence, SizeIs(150 * 115));
    const ml::oracle::Network oracle = OracleOf(model);
    for (int32_t row = 0; row < 115; ++row) {
      for (int32_t column = 0; column < 150; ++column) {
        const ml::oracle::Vector p = oracle.Probabilities(
            {Middle(grid.x_range, column, 150), Middle(grid.y_range, row, 115)});
        const int label = LabelAt(grid, row, column);
        const double largest = *std::max_element(p.begin(), p.end());
        ASSERT_NEAR(p[label], largest, 1e-6) << row << ", " << column;
        ASSERT_NEAR(ConfidenceAt(grid, row, column), 255.0 * largest, 0.51);
      }
    }
  }
}

TEST(DecisionGrid, CoversTheTrainingSplitWithATenthOnEitherSide) {
  ASSERT_OK_AND_ASSIGN(
      const DecisionGrid grid,
      MakeDecisionGrid(RandomModel(MlpSpec({3}), {2, 2}), Square(), GridWindow(), "", Always));
  EXPECT_DOUBLE_EQ(grid.x_range.min, -1.4);
  EXPECT_DOUBLE_EQ(grid.x_range.max, 3.4);
  EXPECT_DOUBLE_EQ(grid.y_range.min, -6.0);
  EXPECT_DOUBLE_EQ(grid.y_range.max, 6.0);
  EXPECT_EQ(grid.columns, 128);
  EXPECT_EQ(grid.rows, 128);
  EXPECT_THAT(grid.lines, IsEmpty());
  ASSERT_OK_AND_ASSIGN(const DecisionGrid flat,
                       MakeDecisionGrid(RandomModel(MlpSpec({3}), {2, 2}),
                                        TrainingOn(2, {4, 0, 4, 1}), GridWindow(), "", Always));
  EXPECT_EQ(flat.x_range.min, 3.0);
  EXPECT_EQ(flat.x_range.max, 5.0);
}

TEST(DecisionGrid, HoldsInputsThatDoNotVaryAtTheirMeans) {
  // The perceptron's third column is the bias: w x = 2 x - y + 3.
  const TrainedModel model = ModelOf<double>(PerceptronSpec(), {3, 2}, {2.0, -1.0, 3.0});
  GridWindow window = Window(40, 30);
  window.x_range = {-4.0, 4.0};
  window.y_range = {-3.0, 3.0};
  ASSERT_OK_AND_ASSIGN(
      const DecisionGrid grid,
      MakeDecisionGrid(model, TrainingOn(3, {1, 2, 1, -3, 4, 1}), window, "", Always));
  EXPECT_THAT(grid.base_inputs, ElementsAre(0, 0, 1));
  for (int32_t row = 0; row < 30; ++row) {
    for (int32_t column = 0; column < 40; ++column) {
      const double sum = 2.0 * (-4.0 + (column + 0.5) * 0.2) - (-3.0 + (row + 0.5) * 0.2) + 3.0;
      ASSERT_EQ(LabelAt(grid, row, column), sum >= 0.0 ? 1 : 0);
      ASSERT_EQ(ConfidenceAt(grid, row, column), 255);
    }
  }
  ASSERT_THAT(grid.lines, SizeIs(1));
  EXPECT_EQ(grid.lines[0].label, 1);
  EXPECT_EQ(grid.lines[0].weight_x, 2.0);
  EXPECT_EQ(grid.lines[0].weight_y, -1.0);
  EXPECT_EQ(grid.lines[0].offset, 3.0);
}

TEST(DecisionGrid, HasALineForEachClassOfALinearModelThatHasOne) {
  // Class 1 looks at neither axis.
  const TrainedModel model =
      ModelOf<float>(MultiperceptronSpec(), {3, 3}, {1, 2, 10, 0, 0, 5, -1, 0, 0.5f, 7, 8, 9});
  GridWindow window = Window(2, 2);
  window.x_input = 1;
  window.y_input = 0;
  window.base_inputs = {55, 66, 0.1f};
  ASSERT_OK_AND_ASSIGN(
      const DecisionGrid grid,
      MakeDecisionGrid(model, TrainingOn(3, {0, 0, 0, 1, 1, 1}, 3), window, "", Always));
  ASSERT_THAT(grid.lines, SizeIs(2));
  EXPECT_EQ(grid.lines[0].label, 0);
  EXPECT_EQ(grid.lines[0].weight_x, 2.0);
  EXPECT_EQ(grid.lines[0].weight_y, 1.0);
  EXPECT_NEAR(grid.lines[0].offset, 8.0, 1e-6);
  EXPECT_EQ(grid.lines[1].label, 2);
  EXPECT_EQ(grid.lines[1].weight_x, 0.0);
  EXPECT_EQ(grid.lines[1].weight_y, -1.0);
  EXPECT_NEAR(grid.lines[1].offset, 9.05, 1e-6);
  EXPECT_EQ(grid.x_input, 1);
  EXPECT_EQ(grid.y_input, 0);
  EXPECT_THAT(grid.base_inputs, ElementsAre(0, 0, 0.1f));
}

TEST(DecisionGrid, OfManyInputsMatchesTheOracleOnItsPlane) {
  const TrainedModel model = RandomModel(MlpSpec({20, 6}), {30, 4});
  std::vector<float> rows(2 * 30);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<float>(i));
  GridWindow window = Window(17, 5);
  window.x_input = 29;
  window.y_input = 3;
  ASSERT_OK_AND_ASSIGN(const DecisionGrid grid,
                       MakeDecisionGrid(model, TrainingOn(30, rows, 4), window, "", Always));
  const ml::oracle::Network oracle = OracleOf(model);
  for (int32_t row = 0; row < 5; ++row) {
    for (int32_t column = 0; column < 17; ++column) {
      ml::oracle::Vector x(30);
      for (size_t i = 0; i < 30; ++i) x[i] = (rows[i] + rows[30 + i]) / 2.0;
      x[29] = Middle(grid.x_range, column, 17);
      x[3] = Middle(grid.y_range, row, 5);
      const ml::oracle::Vector p = oracle.Probabilities(x);
      const double largest = *std::max_element(p.begin(), p.end());
      ASSERT_NEAR(p[LabelAt(grid, row, column)], largest, 1e-5);
      ASSERT_NEAR(ConfidenceAt(grid, row, column), 255.0 * largest, 0.51);
    }
  }
}

TEST(DecisionGrid, AsksWhichInputsToVaryWhereTheDataLeaveAChoice) {
  const TrainedModel model = RandomModel(MlpSpec({3}), {3, 2});
  const data::Dataset dataset = TrainingOn(3, {0, 0, 0, 1, 1, 1});
  EXPECT_THAT(MakeDecisionGrid(model, dataset, GridWindow(), "", Always),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("x_input: must name the input on this axis, as 3 of 3"),
                             HasSubstr("y_input: must name"), HasSubstr("base_inputs"))));
  GridWindow window;
  window.x_input = 2;
  window.y_input = 0;
  EXPECT_OK(MakeDecisionGrid(model, dataset, window, "", Always));
}

TEST(DecisionGrid, RefusesEachFieldOutOfItsRange) {
  const TrainedModel model = RandomModel(MlpSpec({3}), {2, 2});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const struct {
    const char* message;
    void (*change)(GridWindow&);
  } cases[] = {
      {"columns: must be in [0, 1024], got 1025", [](GridWindow& w) { w.columns = 1025; }},
      {"rows: must be in [0, 1024], got -1", [](GridWindow& w) { w.rows = -1; }},
      {"x_input: must be in [0, 2), got 2", [](GridWindow& w) { w.x_input = 2; }},
      {"y_input: must be in [0, 2), got -1", [](GridWindow& w) { w.y_input = -1; }},
      {"y_input: must be other than x_input, got 1", [](GridWindow& w) { w.x_input = 1; }},
      {"x_range.max: must be above min, 3, got 3",
       [](GridWindow& w) {
         w.x_range = {3.0, 3.0};
       }},
      {"y_range.max: must be a finite number of single precision, got 1e+39",
       [](GridWindow& w) {
         w.y_range = {0.0, 1e39};
       }},
      {"base_inputs: must be 2 numbers, or none, got 3",
       [](GridWindow& w) {
         w.base_inputs = {1, 2, 3};
       }},
      {"base_inputs[1]: must be finite, got inf",
       [](GridWindow& w) {
         w.base_inputs = {1, std::numeric_limits<float>::infinity()};
       }},
  };
  for (const auto& c : cases) {
    GridWindow window;
    c.change(window);
    EXPECT_THAT(MakeDecisionGrid(model, Square(), window, "", Always),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)));
  }
  GridWindow window;
  window.x_range = {nan, 1.0};
  EXPECT_THAT(MakeDecisionGrid(model, Square(), window, "", Always),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("x_range.min")));
}

TEST(DecisionGrid, RefusesModelsItCannotShow) {
  EXPECT_THAT(MakeDecisionGrid(RandomModel(MlpSpec({3}), {1, 2}), TrainingOn(1, {0, 1}),
                               GridWindow(), "", Always),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("the model has one")));
  EXPECT_THAT(
      MakeDecisionGrid(RandomModel(MlpSpec({3}), {2, 257}), Square(), GridWindow(), "", Always),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("at most 256 classes")));
}

TEST(DecisionGrid, RefusesWhatWouldTakeTooLong) {
  const TrainedModel model = RandomModel(MlpSpec({512, 512}), {2, 2});
  EXPECT_THAT(MakeDecisionGrid(model, Square(), Window(1024, 1024), "", Always),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("1024 x 1024 cells")));
}

TEST(DecisionGrid, IsCancelledWhereNobodyWaits) {
  EXPECT_THAT(MakeDecisionGrid(RandomModel(MlpSpec({3}), {2, 2}), Square(), GridWindow(), "",
                               [] { return false; }),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(DecisionGrid, OfAModelThatDivergedIsSureOfNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const TrainedModel model =
      ModelOf<float>(MultiperceptronSpec(), {2, 2}, {nan, nan, nan, nan, 0, 0});
  ASSERT_OK_AND_ASSIGN(const DecisionGrid grid,
                       MakeDecisionGrid(model, Square(), Window(20, 20), "", Always));
  EXPECT_EQ(grid.confidence, std::string(400, '\0'));
}

}  // namespace
}  // namespace percept::inspect
