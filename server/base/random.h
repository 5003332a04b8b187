#ifndef PERCEPT_SERVER_BASE_RANDOM_H_
#define PERCEPT_SERVER_BASE_RANDOM_H_

#include <cstdint>
#include <utility>

#include "absl/types/span.h"

namespace percept {

// Seeded random numbers that are the same on every machine: xoshiro256** (Blackman and Vigna, 2018)
// started by SplitMix64. Uses integer arithmetic and exact floating-point operations only.
// Not thread-safe; copies continue independently from the same state.
class Random {
 public:
  // What the numbers are for. Streams of one seed are independent of each other, so that drawing
  // more from one changes no other.
  enum class Stream : uint64_t { kGenerator = 1, kInitialization = 2, kShuffle = 3, kSplit = 4 };

  // `number` tells streams of one purpose apart, such as the epoch of a shuffle.
  Random(uint64_t seed, Stream stream, uint64_t number = 0);

  // Uniform over all 64-bit values.
  uint64_t NextBits();

  // Uniform over the multiples of 2^-53 in [0, 1).
  double NextDouble();

  // Uniform over the multiples of 2^-24 in [0, 1).
  float NextFloat();

  // Uniform over [0, bound), without bias (Lemire, 2019). `bound` must not be 0.
  uint64_t NextBelow(uint64_t bound);

  // Puts `items` into a uniformly random order (Fisher-Yates).
  template <typename Item>
  void Shuffle(absl::Span<Item> items) {
    for (size_t last = items.size(); last > 1; --last) {
      std::swap(items[last - 1], items[NextBelow(last)]);
    }
  }

 private:
  uint64_t state_[4];
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_RANDOM_H_
