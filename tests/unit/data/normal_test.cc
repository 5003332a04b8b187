#include "server/data/normal.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"

namespace percept::data {
namespace {

constexpr int kDraws = 400000;

std::vector<double> Draw(uint64_t seed) {
  Random random(seed, Random::Stream::kGenerator);
  std::vector<double> draws;
  draws.reserve(kDraws);
  while (draws.size() < kDraws) {
    for (const double draw : DrawNormalPair(random)) draws.push_back(draw);
  }
  return draws;
}

TEST(DrawNormalPair, HasTheMomentsOfTheStandardNormal) {
  const std::vector<double> draws = Draw(7);
  std::array<double, 5> moments{};
  for (const double draw : draws) {
    for (size_t power = 1; power < moments.size(); ++power) {
      moments[power] += std::pow(draw, static_cast<double>(power)) / kDraws;
    }
  }
  // Five deviations of each mean.
  const double unit = 5.0 / std::sqrt(kDraws);
  EXPECT_NEAR(moments[1], 0.0, unit);
  EXPECT_NEAR(moments[2], 1.0, unit * std::sqrt(2.0));
  EXPECT_NEAR(moments[3], 0.0, unit * std::sqrt(15.0));
  EXPECT_NEAR(moments[4], 3.0, unit * std::sqrt(96.0));
}

TEST(DrawNormalPair, HasTheQuantilesOfTheStandardNormal) {
  const std::vector<double> draws = Draw(8);
  for (const double bound : {-3.0, -1.96, -1.0, -0.1, 0.0, 0.5, 1.0, 2.0, 3.5}) {
    double below = 0;
    for (const double draw : draws) below += draw < bound ? 1.0 : 0.0;
    const double expected = 0.5 * std::erfc(-bound / std::sqrt(2.0));
    const double deviation = std::sqrt(expected * (1.0 - expected) / kDraws);
    EXPECT_NEAR(below / kDraws, expected, 5.0 * deviation) << bound;
  }
}

TEST(DrawNormalPair, DrawsBothIndependently) {
  Random random(9, Random::Stream::kGenerator);
  double product = 0.0;
  double square_product = 0.0;
  constexpr int kPairs = kDraws / 2;
  for (int i = 0; i < kPairs; ++i) {
    const auto [first, second] = DrawNormalPair(random);
    product += first * second / kPairs;
    square_product += (first * first - 1.0) * (second * second - 1.0) / kPairs;
  }
  EXPECT_NEAR(product, 0.0, 5.0 / std::sqrt(kPairs));
  EXPECT_NEAR(square_product, 0.0, 10.0 / std::sqrt(kPairs));
}

TEST(DrawNormalPair, GivesTheSameBitsOnEveryMachine) {
  Random random(42, Random::Stream::kGenerator);
  std::vector<uint64_t> bits;
  for (int i = 0; i < 2; ++i) {
    for (const double draw : DrawNormalPair(random)) bits.push_back(std::bit_cast<uint64_t>(draw));
  }
  EXPECT_THAT(bits, ::testing::ElementsAre(13827546153415090661u, 4603668081605340368u,
                                           4609831901902021344u, 13822610914849348854u));
}

}  // namespace
}  // namespace percept::data
