#ifndef PERCEPT_SERVER_INSPECT_EVALUATE_H_
#define PERCEPT_SERVER_INSPECT_EVALUATE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"

namespace percept::inspect {

// Means over the examples of a split.
struct Evaluation {
  int64_t examples = 0;
  double accuracy = 0.0;  // Correct / examples.
  double loss = 0.0;      // In nats; the perceptron: its criterion.
};

// Measures a model. `instruction_set` is the one it was trained with, such as `x86-64-v3`: where
// this machine has it the bits are those that training would report; else, and where it is empty,
// the best one of this machine is taken. FailedPrecondition, naming the split, where it has no
// examples.
absl::StatusOr<Evaluation> Evaluate(const TrainedModel& model, const data::Dataset& dataset,
                                    data::SplitKind split, absl::string_view instruction_set);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_EVALUATE_H_
