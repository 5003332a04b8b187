#ifndef PERCEPT_SERVER_ML_MODELS_MULTIPERCEPTRON_H_
#define PERCEPT_SERVER_ML_MODELS_MULTIPERCEPTRON_H_

#include "server/ml/model.h"
#include "server/ml/models/feed_forward_network.h"

namespace percept::ml {

// One perceptron for each class: a single layer with tanh on its scores. Trained from zeros.
FeedForwardNetwork MultiperceptronNetwork(ModelShape shape);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_MULTIPERCEPTRON_H_
