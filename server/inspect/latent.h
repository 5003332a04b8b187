#ifndef PERCEPT_SERVER_INSPECT_LATENT_H_
#define PERCEPT_SERVER_INSPECT_LATENT_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/examples.h"
#include "server/inspect/pca.h"
#include "server/inspect/trained_model.h"

// What a hidden layer makes of examples. Letters: B examples, H units, K classes, C components.
namespace percept::inspect {

// Where a class's score is zero: sum(weights[h] * activation[h]) + offset = 0.
struct DecisionPlane {
  int32_t label = 0;
  std::vector<float> weights;  // [H], or [C] in the coordinates of a projection.
  double offset = 0.0;
};

// The hidden layer to show, the last one by default. FailedPrecondition for models that have none;
// InvalidArgument naming `layer` where it is out of range.
absl::StatusOr<int32_t> HiddenLayer(const TrainedModel& model, std::optional<int32_t> layer);

// The activations of a hidden layer for `examples`, [B, H]. `copy` is what `LoadCopy` made of
// `model`. Cancelled where `goes_on` ended it.
absl::StatusOr<std::vector<float>> Activations(const TrainedModel& model, ml::ModelCopy& copy,
                                               int32_t layer, const Examples& examples,
                                               GoesOn goes_on);

// One per class for the last hidden layer, none for the others. Errors as `LayersOf`.
absl::StatusOr<std::vector<DecisionPlane>> DecisionPlanes(const TrainedModel& model, int32_t layer);

// The same plane over the coordinates of a projection: where it cuts through the mean and the axes.
DecisionPlane Project(const Pca& pca, const DecisionPlane& plane);

// The lowest and the highest value of an activation; none where it has no bounds.
std::optional<std::pair<double, double>> RangeOf(Activation activation);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_LATENT_H_
