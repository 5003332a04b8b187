#ifndef PERCEPT_SERVER_INSPECT_LAYERS_H_
#define PERCEPT_SERVER_INSPECT_LAYERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/model_spec.h"
#include "server/inspect/trained_model.h"

namespace percept::inspect {

// A layer g(W h + b) of a multiperceptron or an MLP. Letters: I inputs, O outputs.
struct Layer {
  std::string name;  // First part of its tensors' names, such as `linear0`.
  int32_t inputs = 0;
  int32_t outputs = 0;
  absl::Span<const float> weights;       // [O, I], borrowed from the model's parameters,
  absl::Span<const float> bias;          // [O], likewise.
  std::optional<Activation> activation;  // g; none where the outputs are the sums themselves.

  absl::Span<const float> weights_of(int64_t output) const {
    return weights.subspan(output * inputs, inputs);
  }
};

// The layers from the input on, which borrow from `model`. FailedPrecondition for a perceptron,
// InvalidArgument for parameters of another size than the model's.
absl::StatusOr<std::vector<Layer>> LayersOf(const TrainedModel& model);

// A perceptron's weights, [D], borrowed from `model`. InvalidArgument as above.
absl::StatusOr<absl::Span<const double>> PerceptronWeights(const TrainedModel& model);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_LAYERS_H_
