#include "server/inspect/latent.h"

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/layers.h"

namespace percept::inspect {

absl::StatusOr<int32_t> HiddenLayer(const TrainedModel& model, std::optional<int32_t> layer) {
  const int32_t hidden = model.hidden_layers();
  if (hidden == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "a ", model.is_perceptron() ? "perceptron" : "multiperceptron", " has no hidden layer"));
  }
  if (!layer.has_value()) return hidden - 1;
  if (*layer < 0 || *layer >= hidden) {
    return InvalidField("layer", absl::StrCat("must be in [0, ", hidden, ")"), *layer);
  }
  return *layer;
}

absl::StatusOr<std::vector<float>> Activations(const TrainedModel& model, ml::ModelCopy& copy,
                                               int32_t layer, const Examples& examples,
                                               GoesOn goes_on) {
  const int64_t units = model.spec.hidden_units[static_cast<size_t>(layer)];
  std::vector<float> activations(static_cast<size_t>(examples.count * units));
  if (!copy.OutputsWhile(examples, layer, absl::MakeSpan(activations), goes_on)) {
    return AskerIsGone();
  }
  return activations;
}

absl::StatusOr<std::vector<DecisionPlane>> DecisionPlanes(const TrainedModel& model,
                                                          int32_t layer) {
  std::vector<DecisionPlane> planes;
  if (layer + 1 != model.hidden_layers()) return planes;
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<Layer> layers, LayersOf(model));
  const Layer& output = layers.back();
  for (int32_t label = 0; label < output.outputs; ++label) {
    const absl::Span<const float> weights = output.weights_of(label);
    planes.push_back(
        {label, {weights.begin(), weights.end()}, output.bias[static_cast<size_t>(label)]});
  }
  return planes;
}

DecisionPlane Project(const Pca& pca, const DecisionPlane& plane) {
  DecisionPlane projected{plane.label, {}, plane.offset};
  for (size_t h = 0; h < pca.mean.size(); ++h) {
    projected.offset += plane.weights[h] * pca.mean[h];
  }
  for (int64_t c = 0; c < pca.components(); ++c) {
    const absl::Span<const double> axis = pca.axis(c);
    double sum = 0.0;
    for (size_t h = 0; h < axis.size(); ++h) sum += plane.weights[h] * axis[h];
    projected.weights.push_back(static_cast<float>(sum));
  }
  return projected;
}

std::optional<std::pair<double, double>> RangeOf(Activation activation) {
  switch (activation) {
    case Activation::kTanh:
      return std::make_pair(-1.0, 1.0);
    case Activation::kSigmoid:
      return std::make_pair(0.0, 1.0);
    case Activation::kRelu:
    case Activation::kGelu:
      break;
  }
  return std::nullopt;
}

}  // namespace percept::inspect
