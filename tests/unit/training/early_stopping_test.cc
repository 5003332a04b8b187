#include "server/training/early_stopping.h"

#include <vector>

#include "gtest/gtest.h"

namespace percept::training {
namespace {

// Number of the epoch, from 1, after which training ends; 0 when it does not.
int EndOf(int32_t patience, const std::vector<double>& losses) {
  EarlyStopping early_stopping(patience);
  for (size_t epoch = 0; epoch < losses.size(); ++epoch) {
    if (early_stopping.EndsAfter(losses[epoch])) return static_cast<int>(epoch) + 1;
  }
  return 0;
}

TEST(EarlyStopping, EndsAfterSoManyEpochsInARowThatAreNotBetter) {
  EXPECT_EQ(EndOf(1, {0.5, 0.4, 0.45}), 3);
  EXPECT_EQ(EndOf(2, {0.5, 0.4, 0.45, 0.44}), 4);
  EXPECT_EQ(EndOf(3, {0.5, 0.4, 0.45, 0.44}), 0);
}

TEST(EarlyStopping, ALowerLossBeginsTheCountAnew) {
  EXPECT_EQ(EndOf(2, {0.5, 0.6, 0.4, 0.5, 0.3, 0.35, 0.31}), 7);
}

TEST(EarlyStopping, ComparesWithTheLowestAndNotWithTheLast) {
  EXPECT_EQ(EndOf(2, {0.4, 0.6, 0.5}), 3);
}

TEST(EarlyStopping, AnEqualLossIsNotBetter) { EXPECT_EQ(EndOf(2, {0.4, 0.4, 0.4}), 3); }

TEST(EarlyStopping, TheFirstEpochIsAlwaysBetter) { EXPECT_EQ(EndOf(1, {1e300}), 0); }

TEST(EarlyStopping, WithoutPatienceNeverEnds) { EXPECT_EQ(EndOf(0, {0.1, 0.2, 0.3, 0.4}), 0); }

}  // namespace
}  // namespace percept::training
