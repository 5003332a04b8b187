#include "server/inspect/input_statistics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace percept::inspect {
namespace {

TEST(InputStatistics, OfDenseExamples) {
  data::Dataset dataset;
  dataset.inputs = 2;
  data::Split& train = dataset.split(data::SplitKind::kTrain);
  train.examples = 3;
  train.dense = {5, -2, 3, -2, 4, 1};
  train.labels = {0, 0, 0};
  const auto inputs = StatisticsOf(dataset, data::SplitKind::kTrain);
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].min, 3.0);
  EXPECT_EQ(inputs[0].max, 5.0);
  EXPECT_EQ(inputs[0].mean, 4.0);
  EXPECT_EQ(inputs[1].min, -2.0);
  EXPECT_EQ(inputs[1].max, 1.0);
  EXPECT_EQ(inputs[1].mean, -1.0);
}

TEST(InputStatistics, OfSparseExamplesCountTheZerosThatAreNotStored) {
  data::Dataset dataset;
  dataset.inputs = 3;
  dataset.is_sparse = true;
  data::Split& train = dataset.split(data::SplitKind::kTrain);
  train.examples = 2;
  train.labels = {0, 0};
  train.sparse.row_start = {0, 2, 3};
  train.sparse.columns = {0, 1, 1};
  train.sparse.values = {255, 51, 102};
  const auto inputs = StatisticsOf(dataset, data::SplitKind::kTrain);
  EXPECT_EQ(inputs[0].min, 0.0);
  EXPECT_EQ(inputs[0].max, 1.0);
  EXPECT_EQ(inputs[0].mean, 0.5);
  EXPECT_FLOAT_EQ(inputs[1].min, 0.2f);
  EXPECT_FLOAT_EQ(inputs[1].max, 0.4f);
  EXPECT_FLOAT_EQ(inputs[1].mean, 0.3f);
  EXPECT_EQ(inputs[2].max, 0.0);
}

TEST(InputStatistics, OfNoExamplesAreZeros) {
  data::Dataset dataset;
  dataset.inputs = 1;
  EXPECT_EQ(StatisticsOf(dataset, data::SplitKind::kValidation)[0].max, 0.0);
}

}  // namespace
}  // namespace percept::inspect
