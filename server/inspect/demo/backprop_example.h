#ifndef PERCEPT_SERVER_INSPECT_DEMO_BACKPROP_EXAMPLE_H_
#define PERCEPT_SERVER_INSPECT_DEMO_BACKPROP_EXAMPLE_H_

#include <cstdint>
#include <vector>

#include "server/inspect/demo/demo_activation.h"

// One layer worked forwards and backwards, in float32. Letters: B examples, D inputs, K classes;
// arrays are row-major.
namespace percept::inspect {

struct BackpropSpec {
  int32_t examples = 0;                // B
  int32_t input_count = 0;             // D
  int32_t classes = 0;                 // K
  std::vector<float> inputs;           // x, [B, D]
  std::vector<float> weights;          // W, [K, D]
  std::vector<float> biases;           // b, [K]
  std::vector<int32_t> targets;        // [B], each in [0, K); unused with an output gradient.
  std::vector<float> output_gradient;  // dL/dp, [B, K]; empty: L is the mean cross-entropy.
  DemoActivation activation = DemoActivation::kTanh;
};

struct BackpropExample {
  std::vector<float> linear;              // h = x W^T + b, [B, K]
  std::vector<float> activated;           // s = f(h), [B, K]
  std::vector<float> probabilities;       // p = softmax(s), [B, K]
  float loss = 0.0f;                      // Mean of -log p[target]; 0 with an output gradient.
  std::vector<float> activated_gradient;  // dL/ds, [B, K]
  std::vector<float> linear_gradient;     // dL/dh, [B, K]
  std::vector<float> weight_gradient;     // dL/dW, [K, D]
  std::vector<float> bias_gradient;       // dL/db, [K]
  std::vector<float> input_gradient;      // dL/dx, [B, D]
  std::vector<int32_t> positive_counts;   // [B], classes with s > 0.
};

// All of `spec`'s arrays have the sizes that stand beside them. Numbers within 1e6 of 0 give
// numbers that are finite.
BackpropExample WorkBackprop(const BackpropSpec& spec);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_BACKPROP_EXAMPLE_H_
