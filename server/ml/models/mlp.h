#ifndef PERCEPT_SERVER_ML_MODELS_MLP_H_
#define PERCEPT_SERVER_ML_MODELS_MLP_H_

#include "server/base/model_spec.h"
#include "server/ml/model.h"
#include "server/ml/models/feed_forward_network.h"

namespace percept::ml {

// A multi-layer perceptron: hidden layers of `spec.hidden_units` with `spec.activation`, then
// linear scores.
FeedForwardNetwork MlpNetwork(const ModelSpec& spec, ModelShape shape);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_MLP_H_
