#include "server/inspect/predictions.h"

#include <memory>

#include "server/base/status.h"
#include "server/inspect/softmax.h"

namespace percept::inspect {

absl::StatusOr<Predictions> Predict(const TrainedModel& model, ml::ModelCopy& copy,
                                    const Examples& examples, GoesOn goes_on) {
  Predictions predictions;
  predictions.classes = model.shape.classes;
  predictions.scores_per_example = model.is_perceptron() ? 1 : model.shape.classes;
  predictions.labels.resize(static_cast<size_t>(examples.count));
  predictions.scores.resize(static_cast<size_t>(examples.count * predictions.scores_per_example));
  predictions.probabilities.resize(static_cast<size_t>(examples.count * predictions.classes));
  if (!copy.OutputsWhile(examples, model.layers() - 1, absl::MakeSpan(predictions.scores),
                         goes_on)) {
    return AskerIsGone();
  }
  for (int64_t n = 0; n < examples.count; ++n) {
    const absl::Span<const float> scores = predictions.scores_of(n);
    const absl::Span<float> probabilities =
        absl::MakeSpan(predictions.probabilities)
            .subspan(n * predictions.classes, predictions.classes);
    int32_t& label = predictions.labels[static_cast<size_t>(n)];
    if (model.is_perceptron()) {
      label = scores[0] >= 0.0f ? 1 : 0;
      probabilities[static_cast<size_t>(label)] = 1.0f;
    } else {
      label = FirstLargest(scores);
      Softmax(scores, probabilities);
    }
  }
  return predictions;
}

absl::StatusOr<Predictions> Predict(const TrainedModel& model, const Examples& examples,
                                    absl::string_view instruction_set, GoesOn goes_on) {
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<ml::ModelCopy> copy,
                           LoadCopy(model, instruction_set));
  return Predict(model, *copy, examples, goes_on);
}

}  // namespace percept::inspect
