#include "server/ml/initialization.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/types/span.h"

#include "server/base/random.h"

namespace percept::ml {
namespace {

double WeightBound(Initialization initialization, double inputs, double outputs) {
  switch (initialization) {
    case Initialization::kPytorch:
      break;
    case Initialization::kXavier:
      return std::sqrt(6.0 / (inputs + outputs));
    case Initialization::kHe:
      return std::sqrt(6.0 / inputs);
  }
  return 1.0 / std::sqrt(inputs);
}

// Uniform in [-bound, bound). The doubling is exact, so the value has the same bits with and
// without fused multiplication and addition.
float DrawWithin(double bound, Random& random) {
  return static_cast<float>((2.0 * random.NextDouble() - 1.0) * bound);
}

// A cache line of floats: weights are drawn output by output and lie input by input.
constexpr int64_t kOutputsAtOnce = 16;

// `drawn` is [outputs, I], for the outputs from number `first` on.
void PlaceOutputs(absl::Span<const float> drawn, int64_t first, const LayerView& view) {
  const int64_t outputs = static_cast<int64_t>(drawn.size()) / view.inputs;
  for (int64_t i = 0; i < view.inputs; ++i) {
    float* const row = view.weights + i * view.stride + first;
    for (int64_t o = 0; o < outputs; ++o) row[o] = drawn[o * view.inputs + i];
  }
}

}  // namespace

void DrawLayer(Initialization initialization, uint64_t seed, int layer, const LayerView& view) {
  Random random(seed, Random::Stream::kInitialization, static_cast<uint64_t>(layer));
  const double bound = WeightBound(initialization, static_cast<double>(view.inputs),
                                   static_cast<double>(view.outputs));
  std::vector<float> drawn(DrawingFloats(view.inputs));
  for (int64_t first = 0; first < view.outputs; first += kOutputsAtOnce) {
    const int64_t outputs = std::min(kOutputsAtOnce, view.outputs - first);
    const absl::Span<float> block = absl::MakeSpan(drawn).first(outputs * view.inputs);
    std::generate(block.begin(), block.end(), [&] { return DrawWithin(bound, random); });
    PlaceOutputs(block, first, view);
  }
  for (int64_t o = 0; o < view.outputs; ++o) {
    view.bias[o] = initialization == Initialization::kPytorch ? DrawWithin(bound, random) : 0.0f;
  }
}

int64_t DrawingFloats(int64_t inputs) { return kOutputsAtOnce * inputs; }

}  // namespace percept::ml
