#ifndef PERCEPT_SERVER_INSPECT_EVALUATE_H_
#define PERCEPT_SERVER_INSPECT_EVALUATE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/base/examples.h"
#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"

namespace percept::inspect {

// Means over the examples of a split.
struct Evaluation {
  int64_t examples = 0;
  double accuracy = 0.0;  // Correct / examples.
  double loss = 0.0;      // In nats; the perceptron: its criterion.
};

// The examples of a split that a model can be measured on, borrowed from `dataset`.
// FailedPrecondition, naming the split, where it has none; InvalidArgument where they have other
// inputs than the model or more classes.
absl::StatusOr<Examples> ExamplesFor(const TrainedModel& model, const data::Dataset& dataset,
                                     data::SplitKind split);

// Measures a model; `instruction_set` as for `LoadCopy`. Errors are those of both, and Cancelled
// where `goes_on` ended it.
absl::StatusOr<Evaluation> Evaluate(const TrainedModel& model, const data::Dataset& dataset,
                                    data::SplitKind split, absl::string_view instruction_set,
                                    GoesOn goes_on);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_EVALUATE_H_
