#include "server/inspect/demo/image_structure.h"

#include "server/base/random.h"

namespace percept::inspect {

std::vector<uint8_t> RandomPixels(size_t size, uint64_t seed) {
  Random random(seed, Random::Stream::kGenerator);
  std::vector<uint8_t> pixels(size);
  for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random.NextBelow(256));
  return pixels;
}

std::vector<uint8_t> ShuffledPixels(absl::Span<const uint8_t> pixels, uint64_t seed) {
  Random random(seed, Random::Stream::kShuffle);
  std::vector<uint8_t> shuffled(pixels.begin(), pixels.end());
  random.Shuffle(absl::MakeSpan(shuffled));
  return shuffled;
}

}  // namespace percept::inspect
