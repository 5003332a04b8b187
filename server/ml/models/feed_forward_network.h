#ifndef PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_NETWORK_H_
#define PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_NETWORK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/examples.h"
#include "server/base/model_spec.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/models/feed_forward_layout.h"

namespace percept::ml {

// A feed-forward network without its parameters. For layers 0 to L: h(0) = x,
// h(l+1) = f(W(l) h(l) + b(l)), scores s = g(W(L) h(L) + b(L)), probabilities softmax(s); trained
// on the mean cross-entropy over the batch.
struct FeedForwardNetwork {
  FeedForwardLayout layout;
  Activation hidden_activation = Activation::kTanh;  // f
  std::optional<Activation> output_activation;       // g; s is linear where there is none.

  // A narrow network with the parameters that `layers` shows. Borrows both.
  NarrowNetwork Narrow(const std::vector<LayerView>& layers) const {
    return {.layers = layers.data(),
            .layer_count = static_cast<int64_t>(layers.size()),
            .hidden_activation = hidden_activation,
            .output_activation = output_activation.has_value() ? &*output_activation : nullptr};
  }
};

// Rows of examples that pass through a network together: those that `indices` names, or those from
// `first` on.
struct Batch {
  const Examples* examples;
  const uint32_t* indices;
  int64_t first;
  int64_t count;

  SparseBatch sparse() const { return {examples->sparse, indices, first, count}; }
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_NETWORK_H_
