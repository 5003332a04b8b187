#include "client/cli/picture/scale.h"

#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::picture {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Labels(const Scale& scale, int most) {
  std::vector<std::string> labels;
  for (const Tick& tick : Ticks(scale, most)) labels.push_back(tick.label);
  return labels;
}

TEST(Ticks, AreRoundNumbersWithTheDigitsTheyNeed) {
  EXPECT_THAT(Labels({0, 1}, 6), ElementsAre("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(Labels({-4, 4}, 5), ElementsAre("−4", "−2", "0", "2", "4"));
  EXPECT_THAT(Labels({-0.03, 0.021}, 4), ElementsAre("−0.02", "0.00", "0.02"));
  EXPECT_THAT(Labels({0, 60000}, 4), ElementsAre("0", "20,000", "40,000", "60,000"));
}

TEST(Ticks, AreNeverMoreThanAskedForNorNone) {
  for (const double max : {1.0, 1.7, 3.3, 9.99, 123.0, 1e9, 2.5e-7}) {
    for (const double min : {0.0, -max, 0.3 * max}) {
      for (int most = 2; most <= 8; ++most) {
        const std::vector<Tick> ticks = Ticks({min, max}, most);
        EXPECT_LE(ticks.size(), static_cast<size_t>(most)) << min << " " << max;
        EXPECT_GE(ticks.size(), 1u) << min << " " << max << " " << most;
        for (const Tick& tick : ticks) {
          EXPECT_GE(tick.value, min - 1e-9 * max);
          EXPECT_LE(tick.value, max * (1 + 1e-9));
        }
      }
    }
  }
}

TEST(Ticks, OfLogarithmicScalesArePowersOfTen) {
  EXPECT_THAT(Labels({1e-6, 1, true}, 4), ElementsAre("10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"));
  EXPECT_THAT(Labels({0.1, 1, true}, 8), ElementsAre("10⁻¹", "10⁰"));
}

TEST(Scale, SharesAreLinearOrLogarithmic) {
  EXPECT_EQ((Scale{2, 4}.Share(3)), 0.5);
  EXPECT_NEAR((Scale{1e-4, 1, true}.Share(1e-2)), 0.5, 1e-12);
  EXPECT_LT((Scale{0, 1}.Share(-1)), 0);
}

TEST(Covering, HoldsAllThatIsFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Scale scale = Covering({3, nan, -1}, 0.25);
  EXPECT_EQ(scale.min, -2);
  EXPECT_EQ(scale.max, 4);
}

TEST(Covering, GivesARangeToEqualValuesAndToNone) {
  EXPECT_GT(Covering({5, 5}).range(), 0);
  EXPECT_GT(Covering({0.0}).range(), 0);
  EXPECT_GT(Covering({}).range(), 0);
  EXPECT_GT(Covering({-1e300, -1e300}).range(), 0);
}

TEST(LogCovering, EndsAtPowersOfTenAndLeavesOutZeros) {
  const Scale scale = LogCovering({0, 3e-5, 0.2});
  EXPECT_DOUBLE_EQ(scale.min, 1e-5);
  EXPECT_DOUBLE_EQ(scale.max, 1);
  EXPECT_TRUE(scale.is_logarithmic);
  EXPECT_GT(LogCovering({0, 0}).max, LogCovering({0, 0}).min);
  EXPECT_GT(LogCovering({1, 1}).max, LogCovering({1, 1}).min);
  EXPECT_GT(LogCovering({1e-320, 1}).min, 0);
}

TEST(NumberLabel, HasNoMinusBeforeZero) {
  EXPECT_EQ(NumberLabel(-0.0001, 2), "0.00");
  EXPECT_EQ(NumberLabel(-1.5, 1), "−1.5");
  EXPECT_EQ(ShortNumberLabel(-0.32514), "−0.325");
}

}  // namespace
}  // namespace percept::picture
