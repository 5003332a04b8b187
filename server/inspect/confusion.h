#ifndef PERCEPT_SERVER_INSPECT_CONFUSION_H_
#define PERCEPT_SERVER_INSPECT_CONFUSION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"

namespace percept::inspect {

// Most classes that a matrix is made for.
inline constexpr int32_t kMaxConfusionClasses = 512;

// How well one class is told from the others.
struct ClassMeasures {
  std::optional<double> precision;  // None where the class was never predicted.
  std::optional<double> recall;     // None where no example is of it.
};

// An example taken for another class.
struct Mistake {
  int64_t example = 0;  // Within the split.
  int32_t true_label = 0;
  int32_t predicted_label = 0;
  float confidence = 0.0f;  // Probability of the predicted class.
  float score = 0.0f;       // The predicted class's score; the perceptron's |w x|.
};

// Predictions by true and predicted class. Letters: K classes.
struct Confusion {
  int32_t classes = 0;
  std::vector<int64_t> counts;  // [K, K], the true class being the row.
  double accuracy = 0.0;
  double loss = 0.0;                    // Mean, in nats; the perceptron: its criterion.
  std::vector<ClassMeasures> measures;  // [K]
  // The surest, by falling confidence (NaN first), falling score, rising index.
  std::vector<Mistake> mistakes;
};

// Precision and recall by class of counts [K, K].
std::vector<ClassMeasures> MeasuresOf(const std::vector<int64_t>& counts, int32_t classes);

// Counts what the model makes of a split's examples and picks out its `max_mistakes` surest
// mistakes. Errors are those of `Evaluate`; ResourceExhausted for more than `kMaxConfusionClasses`
// classes.
absl::StatusOr<Confusion> MakeConfusion(const TrainedModel& model, const data::Dataset& dataset,
                                        data::SplitKind split, int32_t max_mistakes,
                                        absl::string_view instruction_set, GoesOn goes_on);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_CONFUSION_H_
