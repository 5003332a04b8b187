#include "server/ml/models/multiperceptron.h"

#include "server/base/model_spec.h"

namespace percept::ml {

FeedForwardNetwork MultiperceptronNetwork(ModelShape shape) {
  return {FeedForwardLayout(shape.inputs, {shape.classes}), /*hidden_activation=*/Activation::kTanh,
          /*output_activation=*/Activation::kTanh};
}

}  // namespace percept::ml
