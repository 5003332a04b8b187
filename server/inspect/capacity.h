#ifndef PERCEPT_SERVER_INSPECT_CAPACITY_H_
#define PERCEPT_SERVER_INSPECT_CAPACITY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/model_spec.h"
#include "server/ml/model.h"

namespace percept::inspect {

// One layer of a model, as its diagram shows it.
struct LayerCapacity {
  std::string name;  // First part of its tensors' names, such as `linear0`.
  int32_t inputs = 0;
  int32_t outputs = 0;
  int64_t weights = 0;
  int64_t biases = 0;
  std::string activation;  // What follows it, such as `tanh` or `softmax`.
};

// "tanh", "sigmoid", "relu" or "gelu".
const char* ActivationName(Activation activation);

// The layers of a model from the input on.
std::vector<LayerCapacity> CapacityOf(const ModelSpec& spec, ml::ModelShape shape);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_CAPACITY_H_
