#include "client/cli/sparkline.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace percept::cli {
namespace {

TEST(Sparkline, HasABarForEachNumber) {
  EXPECT_EQ(Sparkline({0, 0.5, 1}, 0, 1, 10, true), "▁▅█");
  EXPECT_EQ(Sparkline({0, 0.5, 1}, 0, 1, 10, false), "_=#");
}

TEST(Sparkline, StaysWithinItsRange) { EXPECT_EQ(Sparkline({-9, 9}, 0, 1, 10, true), "▁█"); }

TEST(Sparkline, GivesEachColumnTheMeanOfItsShare) {
  EXPECT_EQ(Sparkline({0, 0, 1, 1}, 0, 1, 2, true), "▁█");
  EXPECT_EQ(Sparkline({0, 1, 0, 1}, 0, 1, 2, true), "▅▅");
}

TEST(Sparkline, IsBlankWhereThereIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Sparkline({1, nan, 1}, 0, 1, 10, true), "█ █");
  EXPECT_EQ(Sparkline({}, 0, 1, 10, true), "");
  EXPECT_EQ(Sparkline({3, 3}, 3, 3, 10, true), "▁▁");
}

}  // namespace
}  // namespace percept::cli
