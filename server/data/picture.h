#ifndef PERCEPT_SERVER_DATA_PICTURE_H_
#define PERCEPT_SERVER_DATA_PICTURE_H_

#include <cstdint>
#include <vector>

#include "server/data/image.h"

namespace percept::data {

// A picture as numbers, each in [0, 1].
struct Picture {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 1;
  std::vector<float> values;  // [height, width, channels]

  float at(int64_t row, int64_t column, int64_t channel = 0) const {
    return values[static_cast<size_t>((row * width + column) * channels + channel)];
  }
};

// Byte v becomes v / 255. Colours become the grey 0.299 R + 0.587 G + 0.114 B where one channel is
// asked for, grey becomes three equal channels where three are.
Picture ToPicture(const Image& image, int32_t channels);

// The median of the outermost pixels, which is mostly the ground of what is shown. At least one
// pixel.
float BorderMedian(const Picture& picture, int64_t channel);

// The part of a picture that is shown: its point (top, left), in pixels, comes to lie on the upper
// left corner of what is shown.
struct Window {
  double top = 0.0;
  double left = 0.0;
  double scale = 1.0;  // Length shown of a pixel, above 0.
};

// Shows what the window holds in `shape`, whose channels are the picture's: each pixel is the mean
// of what it covers, and where that lies outside of the picture, of `grounds` [channels]. Takes
// time linear in the pixels that are covered and those that are shown.
Picture Resample(const Picture& picture, const Window& window, const ImageShape& shape,
                 const std::vector<float>& grounds);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_PICTURE_H_
