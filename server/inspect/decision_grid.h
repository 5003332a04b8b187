#ifndef PERCEPT_SERVER_INSPECT_DECISION_GRID_H_
#define PERCEPT_SERVER_INSPECT_DECISION_GRID_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"

namespace percept::inspect {

// Most classes whose numbers fit a byte.
inline constexpr int32_t kMaxGridClasses = 256;

struct GridRange {
  double min = 0.0;
  double max = 0.0;
};

// Which part of the space of inputs to look at; fields and defaults as in DecisionGridRequest.
struct GridWindow {
  std::optional<GridRange> x_range;
  std::optional<GridRange> y_range;
  int32_t columns = 0;
  int32_t rows = 0;
  std::optional<int32_t> x_input;
  std::optional<int32_t> y_input;
  std::vector<float> base_inputs;  // [D], or empty.
};

// The line weight_x * x + weight_y * y + offset = 0, with `label` on the positive side.
struct BoundaryLine {
  int32_t label = 0;
  double weight_x = 0.0;
  double weight_y = 0.0;
  double offset = 0.0;
};

// The predicted class over a rectangle.
struct DecisionGrid {
  GridRange x_range;
  GridRange y_range;
  int32_t columns = 0;
  int32_t rows = 0;
  int32_t x_input = 0;
  int32_t y_input = 0;
  std::vector<float> base_inputs;  // [D], with 0 at the two of the axes.
  std::string labels;      // [rows, columns], a byte each, at the middle of each cell, lowest y
                           // first.
  std::string confidence;  // Likewise: 255 times that class's probability, 0 where it is NaN.
  std::vector<BoundaryLine> lines;
};

// Fills in the defaults from the training split and computes the grid. InvalidArgument naming the
// fields that break their rules; FailedPrecondition for more classes than `kMaxGridClasses`, and
// for models of one input; ResourceExhausted where so many cells through so large a model would
// take too long; Cancelled where `goes_on` ended it. `instruction_set` as for `LoadCopy`. The cost
// of a cell does not depend on D.
absl::StatusOr<DecisionGrid> MakeDecisionGrid(const TrainedModel& model,
                                              const data::Dataset& dataset,
                                              const GridWindow& window,
                                              absl::string_view instruction_set, GoesOn goes_on);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DECISION_GRID_H_
