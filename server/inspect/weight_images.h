#ifndef PERCEPT_SERVER_INSPECT_WEIGHT_IMAGES_H_
#define PERCEPT_SERVER_INSPECT_WEIGHT_IMAGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"

namespace percept::inspect {

// The weights into one unit as a picture.
struct WeightImage {
  int32_t unit = 0;
  std::vector<float> weights;  // [height, width, channels]
  std::optional<float> bias;   // None for the perceptron.
  float lowest = 0.0f;
  float highest = 0.0f;
};

struct WeightImages {
  data::ImageShape shape;
  std::vector<WeightImage> images;  // In order of unit.
  int32_t units = 0;                // Of the layer.
};

// Height and width of `numbers` numbers, at least 1, as near a square as whole numbers get, never
// higher than wide: 64 is 8 by 8, 10 is 2 by 5, 7 is 1 by 7.
data::ImageShape NearSquare(int32_t numbers);

// The units from `start_unit` on of a layer, at most `max_units` of them, and no more than
// `max_bytes` of weights hold (one at least). The first layer's pictures are laid out as
// `image_shape` where the inputs are one. InvalidArgument for `layer` and `start_unit` out of
// range.
absl::StatusOr<WeightImages> MakeWeightImages(const TrainedModel& model,
                                              std::optional<data::ImageShape> image_shape,
                                              int32_t layer, int32_t start_unit, int32_t max_units,
                                              int64_t max_bytes);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_WEIGHT_IMAGES_H_
