#ifndef PERCEPT_SERVER_ML_INITIALIZATION_H_
#define PERCEPT_SERVER_ML_INITIALIZATION_H_

#include <cstdint>

#include "server/base/model_spec.h"
#include "server/ml/kernels/kernels.h"

namespace percept::ml {

// Draws the start of layer number `layer` (from 0), weights in the order [O, I] and then biases,
// from the layer's own stream of `seed`. Uniform in ±b:
//   kPytorch  weights and biases, b = 1 / sqrt(I) (the default of PyTorch's Linear)
//   kXavier   weights, b = sqrt(6 / (I + O)) (Glorot and Bengio, 2010); biases 0
//   kHe       weights, b = sqrt(6 / I) (He et al., 2015); biases 0
// The same on every machine. Padding is left alone. Takes `DrawingFloats` of memory meanwhile.
void DrawLayer(Initialization initialization, uint64_t seed, int layer, const LayerView& view);

// For a layer of `inputs`.
int64_t DrawingFloats(int64_t inputs);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_INITIALIZATION_H_
