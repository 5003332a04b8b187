#include "server/inspect/weight_images.h"

#include <algorithm>

#include "server/base/status.h"
#include "server/inspect/layers.h"

namespace percept::inspect {
namespace {

// The weights of the asked layer, of any model.
struct Source {
  int32_t inputs = 0;
  int32_t units = 0;
  std::vector<float> perceptron;    // Its weights in single precision; empty for others,
  absl::Span<const float> weights;  // whose are here, [units, inputs],
  absl::Span<const float> bias;     // and here, [units].
};

absl::StatusOr<Source> SourceOf(const TrainedModel& model, int32_t layer) {
  Source source;
  if (model.is_perceptron()) {
    PERCEPT_ASSIGN_OR_RETURN(const absl::Span<const double> weights, PerceptronWeights(model));
    source.inputs = model.shape.inputs;
    source.units = 1;
    source.perceptron.assign(weights.begin(), weights.end());
    return source;
  }
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<Layer> layers, LayersOf(model));
  const Layer& asked = layers[static_cast<size_t>(layer)];
  source.inputs = asked.inputs;
  source.units = asked.outputs;
  source.weights = asked.weights;
  source.bias = asked.bias;
  return source;
}

}  // namespace

data::ImageShape NearSquare(int32_t numbers) {
  int32_t height = 1;
  for (int32_t divisor = 2; int64_t{divisor} * divisor <= numbers; ++divisor) {
    if (numbers % divisor == 0) height = divisor;
  }
  return {height, numbers / height, 1};
}

absl::StatusOr<WeightImages> MakeWeightImages(const TrainedModel& model,
                                              std::optional<data::ImageShape> image_shape,
                                              int32_t layer, int32_t start_unit, int32_t max_units,
                                              int64_t max_bytes) {
  if (layer < 0 || layer >= model.layers()) {
    return InvalidField("layer", absl::StrCat("must be in [0, ", model.layers(), ")"), layer);
  }
  PERCEPT_ASSIGN_OR_RETURN(const Source source, SourceOf(model, layer));
  if (start_unit < 0 || start_unit >= source.units) {
    return InvalidField("start_unit", absl::StrCat("must be in [0, ", source.units, ")"),
                        start_unit);
  }
  WeightImages result;
  result.units = source.units;
  result.shape = layer == 0 && image_shape.has_value() ? *image_shape : NearSquare(source.inputs);
  const absl::Span<const float> weights =
      source.perceptron.empty() ? source.weights : absl::MakeConstSpan(source.perceptron);
  const int64_t fitting =
      std::max<int64_t>(1, max_bytes / (source.inputs * static_cast<int64_t>(sizeof(float))));
  const int64_t end =
      std::min<int64_t>(start_unit + std::min<int64_t>(max_units, fitting), source.units);
  for (int64_t unit = start_unit; unit < end; ++unit) {
    WeightImage image;
    image.unit = static_cast<int32_t>(unit);
    const absl::Span<const float> row = weights.subspan(unit * source.inputs, source.inputs);
    image.weights.assign(row.begin(), row.end());
    if (!source.bias.empty()) image.bias = source.bias[static_cast<size_t>(unit)];
    const auto [lowest, highest] = std::minmax_element(row.begin(), row.end());
    image.lowest = *lowest;
    image.highest = *highest;
    result.images.push_back(std::move(image));
  }
  return result;
}

}  // namespace percept::inspect
