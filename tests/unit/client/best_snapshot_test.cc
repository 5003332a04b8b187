#include "client/cli/best_snapshot.h"

#include <gtest/gtest.h>

namespace percept::cli {
namespace {

v1::Snapshot Evaluated(int64_t index, double accuracy, double loss) {
  v1::Snapshot snapshot;
  snapshot.set_index(index);
  snapshot.mutable_metrics()->set_validation_accuracy(accuracy);
  snapshot.mutable_metrics()->set_validation_loss(loss);
  return snapshot;
}

TEST(BestSnapshot, IsHighestAccuracyThenLowestLossThenEarliest) {
  BestSnapshot best;
  best.Consider(Evaluated(0, 0.5, 0.1));
  best.Consider(Evaluated(1, 0.9, 0.4));
  best.Consider(Evaluated(2, 0.9, 0.3));
  best.Consider(Evaluated(3, 0.9, 0.3));
  best.Consider(Evaluated(4, 0.8, 0.01));
  ASSERT_TRUE(best.best().has_value());
  EXPECT_EQ(best.best()->index, 2);
}

TEST(BestSnapshot, PassesOverWhatWasNotEvaluated) {
  BestSnapshot best;
  best.Consider(v1::Snapshot());
  EXPECT_FALSE(best.best().has_value());
}

}  // namespace
}  // namespace percept::cli
