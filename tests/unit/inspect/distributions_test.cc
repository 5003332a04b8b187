#include "server/inspect/demo/distributions.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"

namespace percept::inspect {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr double kTolerance = 1e-15;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(CompareDistributions, MatchesWhatIsWorkedOutByHand) {
  // In halves and quarters all logarithms are multiples of log 2.
  const std::vector<double> p = {0.5, 0.25, 0.25};
  const std::vector<double> q = {0.25, 0.25, 0.5};
  const DistributionComparison comparison = CompareDistributions(p, q);
  const double log2 = std::log(2.0);
  EXPECT_NEAR(comparison.entropy_p, 1.5 * log2, kTolerance);
  EXPECT_NEAR(comparison.entropy_q, 1.5 * log2, kTolerance);
  EXPECT_NEAR(comparison.cross_entropy, 1.75 * log2, kTolerance);
  EXPECT_NEAR(comparison.divergence, 0.25 * log2, kTolerance);
  EXPECT_THAT(comparison.terms,
              ElementsAre(DoubleNear(log2, kTolerance), DoubleNear(0.5 * log2, kTolerance),
                          DoubleNear(0.25 * log2, kTolerance)));
}

TEST(CompareDistributions, HasNoDivergenceOfEqualOnes) {
  const std::vector<double> p = {0.1, 0.2, 0.3, 0.4};
  const DistributionComparison comparison = CompareDistributions(p, p);
  EXPECT_EQ(comparison.divergence, 0.0);
  EXPECT_EQ(comparison.cross_entropy, comparison.entropy_p);
}

TEST(CompareDistributions, TakesZeroTimesItsLogarithmForZero) {
  const DistributionComparison comparison = CompareDistributions({0.0, 1.0}, {0.5, 0.5});
  EXPECT_EQ(comparison.entropy_p, 0.0);
  EXPECT_FALSE(std::signbit(comparison.entropy_p));
  EXPECT_THAT(comparison.terms, ElementsAre(0.0, DoubleNear(std::log(2.0), kTolerance)));
  EXPECT_NEAR(comparison.divergence, std::log(2.0), kTolerance);

  const DistributionComparison both = CompareDistributions({0.0, 1.0}, {0.0, 1.0});
  EXPECT_THAT(both.terms, ElementsAre(0.0, 0.0));
  EXPECT_EQ(both.cross_entropy, 0.0);
  EXPECT_EQ(both.divergence, 0.0);
}

TEST(CompareDistributions, IsInfiniteWhereTheAssumedOneExcludesWhatHappens) {
  const DistributionComparison comparison = CompareDistributions({0.5, 0.5}, {1.0, 0.0});
  EXPECT_THAT(comparison.terms, ElementsAre(0.0, kInfinity));
  EXPECT_EQ(comparison.cross_entropy, kInfinity);
  EXPECT_EQ(comparison.divergence, kInfinity);
  EXPECT_NEAR(comparison.entropy_p, std::log(2.0), kTolerance);
  EXPECT_EQ(comparison.entropy_q, 0.0);
}

TEST(CompareDistributions, StaysFiniteBesideTheSmallestNumbers) {
  constexpr double kLeast = std::numeric_limits<double>::denorm_min();
  const DistributionComparison comparison = CompareDistributions({1.0, 0.0}, {kLeast, 1.0});
  // -log 2^-1074
  EXPECT_NEAR(comparison.cross_entropy, 1074.0 * std::log(2.0), 1e-12);
  EXPECT_NEAR(comparison.divergence, 1074.0 * std::log(2.0), 1e-12);
}

}  // namespace
}  // namespace percept::inspect
