#include "server/base/random.h"

#include <bit>

namespace percept {
namespace {

uint64_t NextSplitMix(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

}  // namespace

Random::Random(uint64_t seed, Stream stream, uint64_t number) {
  // Each part is mixed before the next is added, so that (seed, number) pairs do not collide.
  uint64_t mixer = seed;
  mixer = NextSplitMix(mixer) ^ static_cast<uint64_t>(stream);
  mixer = NextSplitMix(mixer) ^ number;
  for (uint64_t& word : state_) word = NextSplitMix(mixer);
}

uint64_t Random::NextBits() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::NextDouble() { return static_cast<double>(NextBits() >> 11) * 0x1.0p-53; }

float Random::NextFloat() { return static_cast<float>(NextBits() >> 40) * 0x1.0p-24f; }

uint64_t Random::NextBelow(uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide{NextBits()} * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t threshold = -bound % bound;
    while (static_cast<uint64_t>(product) < threshold) product = Wide{NextBits()} * bound;
  }
  return static_cast<uint64_t>(product >> 64);
}

}  // namespace percept
