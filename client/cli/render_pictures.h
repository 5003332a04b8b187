#ifndef PERCEPT_CLIENT_CLI_RENDER_PICTURES_H_
#define PERCEPT_CLIENT_CLI_RENDER_PICTURES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

#include "client/cli/page.h"
#include "percept/v1/dataset.pb.h"

namespace percept::cli {

// An example to be drawn.
struct Picture {
  int64_t index = 0;
  int32_t label = 0;
  absl::Span<const float> inputs;  // [H, W, C]; in characters, colours are drawn as grey.
};

// Whether `inputs` numbers are whole pictures of that shape.
bool IsPicture(const v1::ImageShape& shape, int inputs);

// Whether examples of `inputs` numbers can be drawn in `width` columns.
bool CanDraw(const v1::ImageShape& shape, int inputs, int width);

// The pictures side by side, each below its index and label: ink for high values, between the lower
// of 0 and the lowest and the higher of 1 and the highest. Precondition: CanDraw for each.
std::string RenderPictures(const std::vector<Picture>& pictures, const v1::ImageShape& shape,
                           const Page& page);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_PICTURES_H_
