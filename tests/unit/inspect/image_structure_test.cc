#include "server/inspect/demo/image_structure.h"

#include <array>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"

namespace percept::inspect {
namespace {

using ::testing::UnorderedElementsAreArray;

TEST(RandomPixels, AreUniformOverAllBytes) {
  const std::vector<uint8_t> pixels = RandomPixels(256 * 1000, 0);
  std::array<int, 256> counts{};
  for (const uint8_t pixel : pixels) ++counts[pixel];
  // Pearson's statistic of 255 degrees of freedom: mean 255, deviation 22.6.
  double statistic = 0.0;
  for (const int count : counts) statistic += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_NEAR(statistic, 255.0, 5 * 22.6);
}

TEST(RandomPixels, DependOnTheSeedAlone) {
  EXPECT_EQ(RandomPixels(100, 7), RandomPixels(100, 7));
  EXPECT_NE(RandomPixels(100, 7), RandomPixels(100, 8));
}

TEST(ShuffledPixels, KeepEveryValueAndItsNumber) {
  std::vector<uint8_t> pixels(1000);
  std::iota(pixels.begin(), pixels.end(), uint8_t{0});
  const std::vector<uint8_t> shuffled = ShuffledPixels(pixels, 3);
  EXPECT_NE(shuffled, pixels);
  EXPECT_THAT(shuffled, UnorderedElementsAreArray(pixels));
  EXPECT_EQ(shuffled, ShuffledPixels(pixels, 3));
  EXPECT_NE(shuffled, ShuffledPixels(pixels, 4));
}

TEST(ShuffledPixels, PutsEveryValueEverywhere) {
  std::array<std::array<int, 3>, 3> counts{};
  for (uint64_t seed = 0; seed < 900; ++seed) {
    const std::vector<uint8_t> shuffled = ShuffledPixels({0, 1, 2}, seed);
    for (size_t place = 0; place < 3; ++place) ++counts[place][shuffled[place]];
  }
  // 900 draws with chance 1/3: deviation 14.
  for (const auto& row : counts) {
    for (const int count : row) EXPECT_NEAR(count, 300, 5 * 14.2);
  }
}

}  // namespace
}  // namespace percept::inspect
