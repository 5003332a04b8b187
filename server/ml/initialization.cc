#include "server/ml/initialization.h"

#include <cmath>

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

}  // namespace

void DrawLayer(Initialization initialization, uint64_t seed, int layer, const LayerView& view) {
  Random random(seed, Random::Stream::kInitialization, static_cast<uint64_t>(layer));
  const double bound = WeightBound(initialization, static_cast<double>(view.inputs),
                                   static_cast<double>(view.outputs));
  for (int64_t o = 0; o < view.outputs; ++o) {
    for (int64_t i = 0; i < view.inputs; ++i) {
      view.weights[i * view.stride + o] = DrawWithin(bound, random);
    }
  }
  for (int64_t o = 0; o < view.outputs; ++o) {
    view.bias[o] = initialization == Initialization::kPytorch ? DrawWithin(bound, random) : 0.0f;
  }
}

}  // namespace percept::ml
