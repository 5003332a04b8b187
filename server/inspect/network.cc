#include "server/inspect/network.h"

#include <cmath>
#include <numbers>

#include "server/base/status.h"
#include "server/inspect/softmax.h"

namespace percept::inspect {
namespace {

// f(z) and f'(z).
struct ValueAndSlope {
  double value;
  double slope;
};

ValueAndSlope Apply(Activation activation, double z) {
  switch (activation) {
    case Activation::kTanh: {
      const double value = std::tanh(z);
      return {value, 1.0 - value * value};
    }
    case Activation::kSigmoid: {
      const double value = 1.0 / (1.0 + std::exp(-z));
      return {value, value * (1.0 - value)};
    }
    case Activation::kRelu:
      return z > 0.0 ? ValueAndSlope{z, 1.0} : ValueAndSlope{z < 0.0 ? 0.0 : z, 0.0};
    case Activation::kGelu: {
      const double below = 0.5 * (1.0 + std::erf(z / std::numbers::sqrt2));  // Phi(z)
      const double density =
          std::exp(-0.5 * z * z) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
      return {z * below, below + z * density};
    }
  }
  return {z, 1.0};
}

// In four sums, which a processor can add at once.
double Dot(absl::Span<const float> weights, const double* x) {
  double sums[4] = {};
  const size_t whole = weights.size() / 4 * 4;
  for (size_t i = 0; i < whole; i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) sums[lane] += weights[i + lane] * x[i + lane];
  }
  for (size_t i = whole; i < weights.size(); ++i) sums[0] += weights[i] * x[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// delta^T W
std::vector<double> Backward(const Layer& layer, const std::vector<double>& delta) {
  std::vector<double> below(static_cast<size_t>(layer.inputs), 0.0);
  for (int32_t output = 0; output < layer.outputs; ++output) {
    const double factor = delta[static_cast<size_t>(output)];
    const float* const weights = layer.weights_of(output).data();
    for (size_t i = 0; i < below.size(); ++i) below[i] += factor * weights[i];
  }
  return below;
}

}  // namespace

absl::StatusOr<Network> Network::Of(const TrainedModel& model) {
  PERCEPT_ASSIGN_OR_RETURN(std::vector<Layer> layers, LayersOf(model));
  return Network(model, std::move(layers));
}

void Network::Forward(absl::Span<const double> x, Pass& pass) const {
  pass.outputs.resize(layers_.size());
  pass.slopes.resize(layers_.size());
  const double* in = x.data();
  for (size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const auto units = static_cast<size_t>(layer.outputs);
    std::vector<double>& outputs = pass.outputs[l];
    std::vector<double>& slopes = pass.slopes[l];
    outputs.resize(units);
    slopes.assign(units, 1.0);
    for (size_t unit = 0; unit < units; ++unit) {
      outputs[unit] = layer.bias[unit] + Dot(layer.weights_of(static_cast<int64_t>(unit)), in);
      if (!layer.activation.has_value()) continue;
      const ValueAndSlope applied = Apply(*layer.activation, outputs[unit]);
      outputs[unit] = applied.value;
      slopes[unit] = applied.slope;
    }
    in = outputs.data();
  }
  pass.probabilities.resize(pass.outputs.back().size());
  Softmax(pass.scores(), absl::MakeSpan(pass.probabilities));
}

std::vector<double> Network::InputGradient(const Pass& pass, int32_t target) const {
  std::vector<double> delta = pass.probabilities;
  delta[static_cast<size_t>(target)] -= 1.0;
  for (size_t l = layers_.size(); l-- > 0;) {
    for (size_t unit = 0; unit < delta.size(); ++unit) delta[unit] *= pass.slopes[l][unit];
    delta = Backward(layers_[l], delta);
  }
  return delta;
}

}  // namespace percept::inspect
