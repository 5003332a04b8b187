#ifndef PERCEPT_SERVER_DATA_IMAGE_H_
#define PERCEPT_SERVER_DATA_IMAGE_H_

#include <cstdint>
#include <vector>

#include "server/data/dataset.h"

namespace percept::data {

// A picture in memory: grey (one channel) or sRGB (three).
struct Image {
  ImageShape shape;
  std::vector<uint8_t> pixels;  // [height, width, channels]
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_IMAGE_H_
