#include "server/inspect/demo/gradient_flow.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/base/random.h"
#include "server/inspect/trained_model.h"
#include "server/ml/flush_denormals.h"

namespace percept::inspect {
namespace {

constexpr uint64_t kWeightNumbers = 0;
constexpr uint64_t kInputNumbers = 1;

using Matrix = std::vector<double>;

// a [rows, inner] times b [inner, columns].
Matrix Times(const Matrix& a, const Matrix& b, size_t rows, size_t inner, size_t columns) {
  Matrix product(rows * columns);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t place = 0; place < inner; ++place) {
      const double factor = a[row * inner + place];
      for (size_t column = 0; column < columns; ++column)
        product[row * columns + column] += factor * b[place * columns + column];
    }
  }
  return product;
}

Matrix Transposed(const Matrix& a, size_t rows, size_t columns) {
  Matrix transposed(rows * columns);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column)
      transposed[column * rows + row] = a[row * columns + column];
  }
  return transposed;
}

double Norm(const Matrix& values) {
  double largest = 0.0;
  for (const double value : values) {
    if (!std::isfinite(value)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(value));
  }
  if (largest == 0.0) return 0.0;
  // Without the overflow and underflow that the squares of the values themselves have.
  double sum = 0.0;
  for (const double value : values) sum += (value / largest) * (value / largest);
  return largest * std::sqrt(sum);
}

}  // namespace

DeepNetwork DrawNetwork(int32_t layers, int32_t units, int32_t examples, double min_weight,
                        double max_weight, uint64_t seed) {
  DeepNetwork network;
  network.units = units;
  network.examples = examples;
  const auto width = static_cast<size_t>(units);
  Random weights(seed, Random::Stream::kInitialization, kWeightNumbers);
  for (int32_t layer = 0; layer < layers; ++layer) {
    Matrix drawn(width * width);
    for (double& weight : drawn) weight = std::lerp(min_weight, max_weight, weights.NextDouble());
    network.weights.push_back(std::move(drawn));
  }
  Random inputs(seed, Random::Stream::kInitialization, kInputNumbers);
  network.inputs.resize(static_cast<size_t>(examples) * width);
  for (double& input : network.inputs) input = inputs.NextDouble();
  network.output_gradient.resize(network.inputs.size());
  for (size_t row = 0; row < static_cast<size_t>(examples); ++row)
    network.output_gradient[row * width + row % width] = 1.0;
  return network;
}

absl::StatusOr<std::vector<double>> GradientNorms(const DeepNetwork& network,
                                                  DemoActivation activation,
                                                  absl::FunctionRef<bool()> goes_on) {
  const ml::FlushDenormals flush;
  const auto rows = static_cast<size_t>(network.examples);
  const auto units = static_cast<size_t>(network.units);
  const size_t layers = network.weights.size();
  std::vector<Matrix> sums;  // What the function is applied to, by layer.
  std::vector<Matrix> activations = {network.inputs};
  for (const Matrix& weights : network.weights) {
    if (!goes_on()) return AskerIsGone();
    sums.push_back(
        Times(activations.back(), Transposed(weights, units, units), rows, units, units));
    Matrix activated = sums.back();
    for (double& value : activated) value = ActivationValue(activation, value);
    activations.push_back(std::move(activated));
  }
  std::vector<double> norms(layers);
  Matrix gradient = network.output_gradient;
  for (size_t layer = layers; layer-- > 0;) {
    if (!goes_on()) return AskerIsGone();
    for (size_t place = 0; place < gradient.size(); ++place)
      gradient[place] *= ActivationDerivative(activation, sums[layer][place]);
    norms[layer] =
        Norm(Times(Transposed(gradient, rows, units), activations[layer], units, rows, units));
    gradient = Times(gradient, network.weights[layer], rows, units, units);
    // From here on there is nothing but zeros, or nothing that a double holds.
    if (const double left = Norm(gradient); left == 0.0 || std::isinf(left)) {
      std::fill_n(norms.begin(), layer, left);
      break;
    }
  }
  return norms;
}

}  // namespace percept::inspect
