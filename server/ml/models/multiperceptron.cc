#include "server/ml/models/multiperceptron.h"

#include "server/base/model_spec.h"

namespace percept::ml {

FeedForwardNetwork MultiperceptronNetwork(ModelShape shape) {
  FeedForwardNetwork network{FeedForwardLayout(shape.inputs, {shape.classes})};
  network.output_activation = Activation::kTanh;
  return network;
}

}  // namespace percept::ml
