#include "server/inspect/layers.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "server/base/status.h"

namespace percept::inspect {
namespace {

absl::Status CheckSize(const TrainedModel& model, const std::vector<ml::TensorInfo>& layout) {
  const int64_t wanted = ml::ParameterBytes(layout);
  if (static_cast<int64_t>(model.parameters->size()) == wanted) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "parameters: must have ", wanted, " bytes for this model, got ", model.parameters->size()));
}

std::optional<Activation> ActivationOf(const TrainedModel& model, int32_t layer) {
  if (model.spec.kind == ModelKind::kMultiperceptron) return Activation::kTanh;
  if (layer < model.hidden_layers()) return model.spec.activation;
  return std::nullopt;
}

// Numbers that begin `offset` bytes into the parameters, whose memory is aligned for all types.
template <typename Number>
absl::Span<const Number> NumbersAt(const TrainedModel& model, int64_t offset, int64_t bytes) {
  const void* const from = model.parameters->data() + offset;
  return {static_cast<const Number*>(from), static_cast<size_t>(bytes) / sizeof(Number)};
}

}  // namespace

absl::StatusOr<std::vector<Layer>> LayersOf(const TrainedModel& model) {
  if (model.is_perceptron()) {
    return absl::FailedPreconditionError("the perceptron is a step function without layers");
  }
  const std::vector<ml::TensorInfo> layout = model.layout();
  PERCEPT_RETURN_IF_ERROR(CheckSize(model, layout));
  std::vector<Layer> layers;
  int64_t offset = 0;
  for (size_t tensor = 0; tensor + 1 < layout.size(); tensor += 2) {
    const ml::TensorInfo& weight = layout[tensor];
    const ml::TensorInfo& bias = layout[tensor + 1];
    Layer layer;
    layer.name = std::string(absl::StripSuffix(weight.name, ".weight"));
    layer.outputs = static_cast<int32_t>(weight.shape[0]);
    layer.inputs = static_cast<int32_t>(weight.shape[1]);
    layer.weights = NumbersAt<float>(model, offset, weight.size_bytes());
    offset += weight.size_bytes();
    layer.bias = NumbersAt<float>(model, offset, bias.size_bytes());
    offset += bias.size_bytes();
    layer.activation = ActivationOf(model, static_cast<int32_t>(layers.size()));
    layers.push_back(layer);
  }
  return layers;
}

absl::StatusOr<absl::Span<const double>> PerceptronWeights(const TrainedModel& model) {
  PERCEPT_RETURN_IF_ERROR(CheckSize(model, model.layout()));
  return NumbersAt<double>(model, 0, static_cast<int64_t>(model.parameters->size()));
}

}  // namespace percept::inspect
