#ifndef PERCEPT_CLIENT_CLI_RENDER_PICTURES_H_
#define PERCEPT_CLIENT_CLI_RENDER_PICTURES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

#include "percept/v1/dataset.pb.h"

namespace percept::cli {

// An example to be drawn.
struct Picture {
  int64_t index = 0;
  int32_t label = 0;
  absl::Span<const float> inputs;  // [H, W, C]; colours are drawn as grey.
};

// Whether examples of `inputs` numbers can be drawn in `width` columns.
bool CanDraw(const v1::ImageShape& shape, int inputs, int width);

// The pictures in characters, ink for high values, as many side by side as `width` columns have
// room for, each below its index and label. A character stands for two pixels, one above the other.
// Precondition: CanDraw for each.
std::string RenderPictures(const std::vector<Picture>& pictures, const v1::ImageShape& shape,
                           int width);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_PICTURES_H_
