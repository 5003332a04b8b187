#ifndef PERCEPT_SERVER_INSPECT_PLANE_MODEL_H_
#define PERCEPT_SERVER_INSPECT_PLANE_MODEL_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/inspect/trained_model.h"

namespace percept::inspect {

// A plane through the space of D inputs: two of them vary, the others are held.
struct InputPlane {
  int32_t x_input = 0;
  int32_t y_input = 1;
  absl::Span<const float> base_inputs;  // [D]; those of the axes are not looked at.
};

// weight_x * x + weight_y * y + offset
struct PlaneScore {
  double weight_x = 0.0;
  double weight_y = 0.0;
  double offset = 0.0;
};

// What the units of the first layer sum up on a plane, by unit; the perceptron has one.
absl::StatusOr<std::vector<PlaneScore>> FirstLayerOn(const TrainedModel& model,
                                                     const InputPlane& plane);

// A multiperceptron or an MLP restricted to a plane: a model of the same kind and two inputs, x and
// y, with what the held inputs add in its first layer's biases.
absl::StatusOr<TrainedModel> RestrictTo(const TrainedModel& model,
                                        absl::Span<const PlaneScore> first_layer);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_PLANE_MODEL_H_
