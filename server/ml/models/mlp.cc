#include "server/ml/models/mlp.h"

#include <optional>
#include <vector>

namespace percept::ml {

FeedForwardNetwork MlpNetwork(const ModelSpec& spec, ModelShape shape) {
  std::vector<int32_t> outputs = spec.hidden_units;
  outputs.push_back(shape.classes);
  return {FeedForwardLayout(shape.inputs, outputs), spec.activation, std::nullopt};
}

}  // namespace percept::ml
