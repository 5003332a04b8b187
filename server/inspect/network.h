#ifndef PERCEPT_SERVER_INSPECT_NETWORK_H_
#define PERCEPT_SERVER_INSPECT_NETWORK_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/inspect/layers.h"
#include "server/inspect/trained_model.h"

namespace percept::inspect {

// A multiperceptron or an MLP in double precision, one example at a time, with the gradient on its
// input: for paths through the space of inputs, where single precision would drift. Letters: D
// inputs, K classes. Immutable, hence thread-safe.
class Network {
 public:
  // FailedPrecondition for a perceptron, whose step has no gradient; InvalidArgument for parameters
  // of another size. Keeps the model's parameters alive; copies none.
  static absl::StatusOr<Network> Of(const TrainedModel& model);

  // What a pass leaves, to be read and to be used again by the next one.
  struct Pass {
    std::vector<std::vector<double>> outputs;  // Of each layer, after its function.
    std::vector<std::vector<double>> slopes;   // Derivative of its function there.
    std::vector<double> probabilities;         // [K]

    absl::Span<const double> scores() const { return outputs.back(); }
  };

  int32_t inputs() const { return layers_.front().inputs; }
  int32_t classes() const { return layers_.back().outputs; }
  bool has_hidden_layer() const { return layers_.size() > 1; }

  // Applies the network to `x` [D].
  void Forward(absl::Span<const double> x, Pass& pass) const;

  // The gradient of the cross-entropy -log p(target) on the input of that pass, [D].
  std::vector<double> InputGradient(const Pass& pass, int32_t target) const;

 private:
  Network(TrainedModel model, std::vector<Layer> layers)
      : model_(std::move(model)), layers_(std::move(layers)) {}

  TrainedModel model_;  // Owns what `layers_` borrows.
  std::vector<Layer> layers_;
};

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_NETWORK_H_
