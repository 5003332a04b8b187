#ifndef PERCEPT_SERVER_INSPECT_DEMO_IMAGE_STRUCTURE_H_
#define PERCEPT_SERVER_INSPECT_DEMO_IMAGE_STRUCTURE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace percept::inspect {

// Pictures without structure, to be seen beside a photograph. The same on every machine.

// `size` values, each uniform over [0, 255].
std::vector<uint8_t> RandomPixels(size_t size, uint64_t seed);

// The same values in a uniformly random order.
std::vector<uint8_t> ShuffledPixels(absl::Span<const uint8_t> pixels, uint64_t seed);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_IMAGE_STRUCTURE_H_
