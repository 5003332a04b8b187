#include "server/base/random.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace percept {
namespace {

constexpr Random::Stream kStream = Random::Stream::kGenerator;

// SplitMix64 and xoshiro256** written out again from their published definitions.
uint64_t SplitMix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

uint64_t RotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t Xoshiro(uint64_t s[4]) {
  const uint64_t result = RotateLeft(s[1] * 5, 7) * 9;
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = RotateLeft(s[3], 45);
  return result;
}

// Stored jobs are resumed by replaying these numbers, so they must never change.
TEST(Random, FollowsXoshiroFromASplitMixedState) {
  uint64_t mixer = 42;
  mixer = SplitMix(mixer) ^ 3;
  mixer = SplitMix(mixer) ^ 7;
  uint64_t state[4];
  for (uint64_t& word : state) word = SplitMix(mixer);
  Random random(42, Random::Stream::kShuffle, 7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.NextBits(), Xoshiro(state));
}

TEST(Random, SplitMixMatchesItsPublishedFirstOutput) {
  uint64_t state = 0;
  EXPECT_EQ(SplitMix(state), 0xe220a8397b1dcdafull);
}

TEST(Random, RepeatsFromTheSameSeed) {
  Random first(5, kStream);
  Random second(5, kStream);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.NextBits(), second.NextBits());
}

TEST(Random, CopyContinuesFromTheSameState) {
  Random original(5, kStream);
  original.NextBits();
  Random copy = original;
  EXPECT_EQ(copy.NextBits(), original.NextBits());
}

TEST(Random, SeedsStreamsAndNumbersDiffer) {
  std::set<uint64_t> firsts;
  for (const uint64_t seed : {0, 1, 2}) {
    for (const auto stream : {Random::Stream::kGenerator, Random::Stream::kInitialization,
                              Random::Stream::kShuffle, Random::Stream::kSplit}) {
      for (const uint64_t number : {0, 1, 2})
        firsts.insert(Random(seed, stream, number).NextBits());
    }
  }
  EXPECT_EQ(firsts.size(), 3u * 4u * 3u);
}

TEST(Random, FractionsLieInTheUnitIntervalWithTheRightMean) {
  Random random(1, kStream);
  double doubles = 0.0;
  double floats = 0.0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double d = random.NextDouble();
    const float f = random.NextFloat();
    ASSERT_GE(d, 0.0);
    ASSERT_LT(d, 1.0);
    ASSERT_GE(f, 0.0f);
    ASSERT_LT(f, 1.0f);
    doubles += d;
    floats += f;
  }
  EXPECT_NEAR(doubles / kDraws, 0.5, 0.01);
  EXPECT_NEAR(floats / kDraws, 0.5, 0.01);
}

TEST(Random, NextBelowIsUniform) {
  Random random(1, kStream);
  int counts[7] = {};
  for (int i = 0; i < 70000; ++i) ++counts[random.NextBelow(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Random, NextBelowOneIsZeroAndLargeBoundsAreKept) {
  Random random(1, kStream);
  EXPECT_EQ(random.NextBelow(1), 0u);
  const uint64_t bound = (uint64_t{1} << 63) + 1;
  for (int i = 0; i < 100; ++i) EXPECT_LT(random.NextBelow(bound), bound);
}

TEST(Random, ShuffleKeepsTheItemsAndReachesEveryOrder) {
  Random random(1, kStream);
  std::set<std::vector<int>> orders;
  for (int i = 0; i < 1000; ++i) {
    std::vector<int> items = {1, 2, 3, 4};
    random.Shuffle(absl::MakeSpan(items));
    orders.insert(items);
    std::sort(items.begin(), items.end());
    ASSERT_EQ(items, (std::vector<int>{1, 2, 3, 4}));
  }
  EXPECT_EQ(orders.size(), 24u);
}

TEST(Random, ShuffleOfNothingDrawsNothing) {
  Random random(1, kStream);
  Random untouched = random;
  std::vector<int> none;
  random.Shuffle(absl::MakeSpan(none));
  EXPECT_EQ(random.NextBits(), untouched.NextBits());
}

}  // namespace
}  // namespace percept
