#include "server/data/carving.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/data/small_datasets.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// 60 rows: 30 of class 0, 20 of class 1, 10 of class 2, mixed.
Dataset Mixed() {
  std::vector<int32_t> labels;
  for (int row = 0; row < 60; ++row) labels.push_back(row % 6 < 3 ? 0 : row % 6 < 5 ? 1 : 2);
  Dataset dataset;
  dataset.inputs = 1;
  dataset.classes = 3;
  dataset.split(SplitKind::kTrain) = NumberedRows(labels, 0);
  return dataset;
}

std::vector<int64_t> CountClasses(const Split& split, int32_t classes) {
  std::vector<int64_t> counts(static_cast<size_t>(classes));
  for (const int32_t label : split.labels) ++counts[static_cast<size_t>(label)];
  return counts;
}

TEST(Carve, TakesItsShareOfEachClass) {
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(Mixed(), {0.2, 0.1, 5}, "upload"));
  EXPECT_THAT(CountClasses(carved.split(SplitKind::kTrain), 3), ElementsAre(21, 14, 7));
  EXPECT_THAT(CountClasses(carved.split(SplitKind::kValidation), 3), ElementsAre(6, 4, 2));
  EXPECT_THAT(CountClasses(carved.split(SplitKind::kTest), 3), ElementsAre(3, 2, 1));
  EXPECT_EQ(carved.classes, 3);
}

TEST(Carve, RoundsToTheNearestNumber) {
  // 4.5 of 30, 3 of 20 and 1.5 of 10.
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(Mixed(), {0.15, 0, 5}, "upload"));
  EXPECT_THAT(CountClasses(carved.split(SplitKind::kValidation), 3), ElementsAre(5, 3, 2));
}

TEST(Carve, KeepsTheOrderAndLosesNothing) {
  const Dataset whole = Mixed();
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(whole, {0.3, 0.3, 1}, "upload"));
  std::set<float> seen;
  for (const Split& split : carved.splits) {
    EXPECT_EQ(static_cast<size_t>(split.examples), split.labels.size());
    EXPECT_TRUE(std::is_sorted(split.dense.begin(), split.dense.end()));
    for (size_t row = 0; row < split.dense.size(); ++row) {
      const float number = split.dense[row];
      EXPECT_TRUE(seen.insert(number).second) << number;
      EXPECT_EQ(split.labels[row],
                whole.split(SplitKind::kTrain).labels[static_cast<size_t>(number)]);
    }
  }
  EXPECT_EQ(seen.size(), 60);
}

TEST(Carve, IsTheSameOnEveryMachine) {
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(Mixed(), {0.1, 0.05, 42}, "upload"));
  EXPECT_THAT(carved.split(SplitKind::kValidation).dense, ElementsAre(2, 23, 26, 40, 42, 45));
  EXPECT_THAT(carved.split(SplitKind::kTest).dense, ElementsAre(5, 13, 18, 46));
}

TEST(Carve, DependsOnTheSeed) {
  ASSERT_OK_AND_ASSIGN(const Dataset first, Carve(Mixed(), {0.2, 0, 1}, "upload"));
  ASSERT_OK_AND_ASSIGN(const Dataset again, Carve(Mixed(), {0.2, 0, 1}, "upload"));
  ASSERT_OK_AND_ASSIGN(const Dataset other, Carve(Mixed(), {0.2, 0, 2}, "upload"));
  EXPECT_EQ(ContentDigest(first), ContentDigest(again));
  EXPECT_NE(ContentDigest(first), ContentDigest(other));
}

TEST(Carve, ChoosesTheSameForValidationWhateverGoesToTheTest) {
  ASSERT_OK_AND_ASSIGN(const Dataset without, Carve(Mixed(), {0.2, 0, 1}, "upload"));
  ASSERT_OK_AND_ASSIGN(const Dataset with, Carve(Mixed(), {0.2, 0.2, 1}, "upload"));
  EXPECT_EQ(without.split(SplitKind::kValidation).dense, with.split(SplitKind::kValidation).dense);
}

TEST(Carve, LeavesOneOfEachClass) {
  Dataset dataset;
  dataset.inputs = 1;
  dataset.classes = 4;  // None of class 2.
  dataset.split(SplitKind::kTrain) = NumberedRows({0, 1, 1, 3, 3, 3}, 0);
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(std::move(dataset), {0.5, 0.49, 0}, "upload"));
  EXPECT_THAT(CountClasses(carved.split(SplitKind::kTrain), 4), ElementsAre(1, 1, 0, 1));
  EXPECT_THAT(CountClasses(carved.split(SplitKind::kValidation), 4), ElementsAre(0, 1, 0, 2));
  EXPECT_THAT(CountClasses(carved.split(SplitKind::kTest), 4), ElementsAre(0, 0, 0, 0));
}

TEST(Carve, LeavesAllWhereNothingIsAsked) {
  const Dataset whole = ThreeClasses();
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(whole, {0, 0, 9}, "upload"));
  EXPECT_EQ(ContentDigest(carved), ContentDigest(whole));
}

TEST(Carve, MovesRowsOfPixels) {
  Dataset dataset = Pixels();
  dataset.split(SplitKind::kValidation) = Split{};
  dataset.split(SplitKind::kTrain).labels = {0, 0, 0, 0};
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(dataset, {0.5, 0, 3}, "upload"));
  EXPECT_EQ(carved.split(SplitKind::kTrain).examples, 2);
  EXPECT_EQ(carved.split(SplitKind::kValidation).examples, 2);
  std::vector<int> values;
  for (const Split& split : carved.splits) {
    EXPECT_EQ(split.sparse.row_start.size(), split.labels.size() + 1);
    EXPECT_EQ(split.sparse.row_start.back(), split.sparse.values.size());
    values.insert(values.end(), split.sparse.values.begin(), split.sparse.values.end());
  }
  EXPECT_THAT(values, ::testing::UnorderedElementsAre(51, 255, 7, 8, 9));
}

TEST(Carve, RefusesASplitThatIsThereAlready) {
  Dataset dataset = ThreeClasses();
  EXPECT_THAT(Carve(dataset, {0.2, 0, 0}, "upload"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "upload.validation_fraction: must be 0 for files that hold a validation "
                       "split of their own, got 0.2"));
  EXPECT_THAT(Carve(dataset, {0, 0.2, 0}, "upload"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("upload.test_fraction")));
  dataset.split(SplitKind::kTest) = Split{};
  ASSERT_OK_AND_ASSIGN(const Dataset carved, Carve(dataset, {0, 0.5, 0}, "upload"));
  EXPECT_EQ(carved.split(SplitKind::kTest).examples, 3);
  EXPECT_EQ(carved.split(SplitKind::kValidation).dense,
            dataset.split(SplitKind::kValidation).dense);
}

TEST(Carve, NamesTheFractionThatIsOutOfRange) {
  for (const double fraction : {-0.1, 1.0, 2.0, HUGE_VAL, std::nan("")}) {
    EXPECT_THAT(Carve(Mixed(), {fraction, 0, 0}, "upload"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("upload.validation_fraction: must be in [0, 1), got")));
    EXPECT_THAT(Carve(Mixed(), {0, fraction, 0}, "upload"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("upload.test_fraction: must be in [0, 1), got")));
  }
  EXPECT_THAT(Carve(Mixed(), {0.5, 0.5, 0}, "upload"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "upload.test_fraction: must be below 1 together with validation_fraction, "
                       "got 1"));
}

}  // namespace
}  // namespace percept::data
