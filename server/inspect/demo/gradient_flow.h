#ifndef PERCEPT_SERVER_INSPECT_DEMO_GRADIENT_FLOW_H_
#define PERCEPT_SERVER_INSPECT_DEMO_GRADIENT_FLOW_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "server/inspect/demo/demo_activation.h"

// How gradients fare on their way through a deep network, in float64. Letters: L layers, U units of
// each, B examples; arrays are row-major.
namespace percept::inspect {

// L square layers without biases: a_l = f(a_(l-1) W_l^T).
struct DeepNetwork {
  int32_t units = 0;                         // U
  int32_t examples = 0;                      // B
  std::vector<std::vector<double>> weights;  // L times [U, U], the first layer's first.
  std::vector<double> inputs;                // a_0, [B, U]
  std::vector<double> output_gradient;       // dL/da_L, [B, U]
};

// Draws weights uniformly from [min_weight, max_weight) and inputs from [0, 1), which
// do not depend on how many weights there are. Row i of the output's gradient is 1 in column i mod
// U and 0 elsewhere.
DeepNetwork DrawNetwork(int32_t layers, int32_t units, int32_t examples, double min_weight,
                        double max_weight, uint64_t seed);

// The Frobenius norm of each layer's dL/dW, from the input on, [L]; infinite where it, or what it
// is made of, exceeds a double. Numbers below the smallest normal double count as 0. Takes L B U^2
// operations, and memory for 2 L B U numbers. Cancelled where `goes_on`, asked at every layer,
// ended it.
absl::StatusOr<std::vector<double>> GradientNorms(const DeepNetwork& network,
                                                  DemoActivation activation,
                                                  absl::FunctionRef<bool()> goes_on);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_GRADIENT_FLOW_H_
