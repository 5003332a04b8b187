#ifndef PERCEPT_SERVER_INSPECT_DEMO_MANUAL_CLASSIFIER_H_
#define PERCEPT_SERVER_INSPECT_DEMO_MANUAL_CLASSIFIER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "server/data/dataset.h"

namespace percept::inspect {

// The line a x + b y + c = 0: what lies on its positive side, or on itself, is taken for class 1.
struct Line {
  double a = 0.0;
  double b = 0.0;
  double c = 0.0;
};

struct LineVerdict {
  double accuracy = 0.0;                           // Correct / examples.
  std::array<std::array<int64_t, 2>, 2> counts{};  // By true class, then by the line's.
  std::vector<int64_t> wrong_indices;              // Ascending, the first `max_wrong_indices`.
};

// Classifies a split of two classes by a line over its two inputs; a third input that is 1
// throughout is a bias column, which c multiplies. FailedPrecondition: another number of inputs or
// classes, or no examples.
absl::StatusOr<LineVerdict> ClassifyByLine(const data::Dataset& dataset, data::SplitKind split,
                                           const Line& line, int64_t max_wrong_indices);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_MANUAL_CLASSIFIER_H_
