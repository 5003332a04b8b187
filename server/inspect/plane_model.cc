#include "server/inspect/plane_model.h"

#include <memory>
#include <string>

#include "server/base/status.h"
#include "server/inspect/layers.h"

namespace percept::inspect {
namespace {

template <typename Weight>
PlaneScore ScoreOn(absl::Span<const Weight> weights, double bias, const InputPlane& plane) {
  const auto x = static_cast<size_t>(plane.x_input);
  const auto y = static_cast<size_t>(plane.y_input);
  PlaneScore score{weights[x], weights[y], bias};
  for (size_t i = 0; i < weights.size(); ++i) {
    if (i != x && i != y) score.offset += static_cast<double>(weights[i]) * plane.base_inputs[i];
  }
  return score;
}

void Append(double number, std::string& bytes) {
  const auto value = static_cast<float>(number);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

absl::StatusOr<std::vector<PlaneScore>> FirstLayerOn(const TrainedModel& model,
                                                     const InputPlane& plane) {
  std::vector<PlaneScore> scores;
  if (model.is_perceptron()) {
    PERCEPT_ASSIGN_OR_RETURN(const absl::Span<const double> weights, PerceptronWeights(model));
    scores.push_back(ScoreOn(weights, 0.0, plane));
    return scores;
  }
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<Layer> layers, LayersOf(model));
  const Layer& first = layers.front();
  for (int32_t unit = 0; unit < first.outputs; ++unit) {
    scores.push_back(ScoreOn(first.weights_of(unit), first.bias[static_cast<size_t>(unit)], plane));
  }
  return scores;
}

absl::StatusOr<TrainedModel> RestrictTo(const TrainedModel& model,
                                        absl::Span<const PlaneScore> first_layer) {
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<Layer> layers, LayersOf(model));
  std::string parameters;
  for (const PlaneScore& unit : first_layer) {
    Append(unit.weight_x, parameters);
    Append(unit.weight_y, parameters);
  }
  for (const PlaneScore& unit : first_layer) Append(unit.offset, parameters);
  // What follows the first layer's biases stays as it is.
  const absl::Span<const float> bias = layers.front().bias;
  const char* const rest = reinterpret_cast<const char*>(bias.data() + bias.size());
  parameters.append(rest, model.parameters->data() + model.parameters->size());
  return TrainedModel{.spec = model.spec,
                      .shape = {.inputs = 2, .classes = model.shape.classes},
                      .parameters = std::make_shared<const std::string>(std::move(parameters))};
}

}  // namespace percept::inspect
