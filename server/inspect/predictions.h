#ifndef PERCEPT_SERVER_INSPECT_PREDICTIONS_H_
#define PERCEPT_SERVER_INSPECT_PREDICTIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/examples.h"
#include "server/inspect/trained_model.h"
#include "server/ml/model.h"

namespace percept::inspect {

// What a model makes of N examples. Letters: K classes, S scores: K, and 1 for the perceptron.
struct Predictions {
  int32_t classes = 0;               // K
  int32_t scores_per_example = 0;    // S
  std::vector<int32_t> labels;       // [N], the most probable class, the lowest of equals.
  std::vector<float> probabilities;  // [N, K]; the perceptron's are 0 and 1.
  std::vector<float> scores;         // [N, S], of which softmax makes the probabilities; or w x.

  int64_t count() const { return static_cast<int64_t>(labels.size()); }
  absl::Span<const float> probabilities_of(int64_t example) const {
    return absl::MakeConstSpan(probabilities).subspan(example * classes, classes);
  }
  absl::Span<const float> scores_of(int64_t example) const {
    return absl::MakeConstSpan(scores).subspan(example * scores_per_example, scores_per_example);
  }
};

// Applies `copy`, which `LoadCopy` made of `model`, to `examples`. Cancelled where `goes_on` ended
// it.
absl::StatusOr<Predictions> Predict(const TrainedModel& model, ml::ModelCopy& copy,
                                    const Examples& examples, GoesOn goes_on);

// The same for a model that is asked once.
absl::StatusOr<Predictions> Predict(const TrainedModel& model, const Examples& examples,
                                    absl::string_view instruction_set, GoesOn goes_on);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_PREDICTIONS_H_
