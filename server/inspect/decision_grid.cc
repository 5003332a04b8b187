#include "server/inspect/decision_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

#include "server/base/status.h"
#include "server/inspect/input_statistics.h"
#include "server/inspect/plane_model.h"

namespace percept::inspect {
namespace {

constexpr int32_t kMaxCells = 1024;  // Along an axis.
constexpr int32_t kDefaultCells = 128;

// Multiplications of a grid: some seconds.
constexpr double kMaxMultiplications = 2e11;

// Cells that are computed together.
constexpr int64_t kPiece = 16'384;

void CheckInput(absl::string_view field, std::optional<int32_t> input, int32_t inputs,
                FieldViolations& violations) {
  if (input.has_value() && (*input < 0 || *input >= inputs)) {
    violations.Add(field, absl::StrCat("must be in [0, ", inputs, ")"), *input);
  }
}

void CheckRange(absl::string_view field, const std::optional<GridRange>& range,
                FieldViolations& violations) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (!range.has_value()) return;
  for (const auto& [name, bound] : {std::pair{".min", range->min}, {".max", range->max}}) {
    if (!(std::abs(bound) <= kMost)) {
      violations.Add(absl::StrCat(field, name), "must be a finite number of single precision",
                     bound);
    }
  }
  if (violations.empty() && !(range->max > range->min)) {
    violations.Add(absl::StrCat(field, ".max"), absl::StrCat("must be above min, ", range->min),
                   range->max);
  }
}

void CheckCells(absl::string_view field, int32_t cells, FieldViolations& violations) {
  violations.CheckRange<int32_t>(field, cells, 0, kMaxCells);
}

absl::Status CheckWindow(const GridWindow& window, int32_t inputs) {
  FieldViolations violations;
  CheckRange("x_range", window.x_range, violations);
  CheckRange("y_range", window.y_range, violations);
  CheckCells("columns", window.columns, violations);
  CheckCells("rows", window.rows, violations);
  CheckInput("x_input", window.x_input, inputs, violations);
  CheckInput("y_input", window.y_input, inputs, violations);
  if (window.x_input.value_or(0) == window.y_input.value_or(1)) {
    violations.Add("y_input", "must be other than x_input", window.y_input.value_or(1));
  }
  if (!window.base_inputs.empty()) {
    if (window.base_inputs.size() != static_cast<size_t>(inputs)) {
      violations.Add("base_inputs", absl::StrCat("must be ", inputs, " numbers, or none"),
                     window.base_inputs.size());
    } else {
      for (size_t i = 0; i < window.base_inputs.size(); ++i) {
        if (std::isfinite(window.base_inputs[i])) continue;
        violations.Add(absl::StrCat("base_inputs[", i, "]"), "must be finite",
                       window.base_inputs[i]);
      }
    }
  }
  return violations.ToStatus();
}

// Which inputs to vary is for the caller to say where the data leave a choice.
absl::Status CheckChoice(const GridWindow& window, const std::vector<InputStatistics>& inputs) {
  if (window.x_input.has_value() && window.y_input.has_value()) return absl::OkStatus();
  const auto varying =
      std::count_if(inputs.begin(), inputs.end(),
                    [](const InputStatistics& input) { return input.max > input.min; });
  if (varying <= 2) return absl::OkStatus();
  FieldViolations violations;
  for (const auto& [field, given] :
       {std::pair{"x_input", window.x_input}, {"y_input", window.y_input}}) {
    if (given.has_value()) continue;
    violations.Add(
        field, absl::StrCat("must name the input on this axis, as ", varying, " of ", inputs.size(),
                            " inputs vary; base_inputs says what the "
                            "others are held at, their means if unset"));
  }
  return violations.ToStatus();
}

GridRange DefaultRange(const InputStatistics& input) {
  const double extent = input.max - input.min;
  const double margin = extent > 0.0 ? extent / 10.0 : 1.0;
  return {input.min - margin, input.max + margin};
}

// The rectangle with all defaults filled in and nothing computed.
absl::StatusOr<DecisionGrid> FillIn(const GridWindow& window, const data::Dataset& dataset) {
  DecisionGrid grid;
  grid.columns = window.columns == 0 ? kDefaultCells : window.columns;
  grid.rows = window.rows == 0 ? kDefaultCells : window.rows;
  grid.x_input = window.x_input.value_or(0);
  grid.y_input = window.y_input.value_or(1);
  grid.base_inputs = window.base_inputs;
  const auto x = static_cast<size_t>(grid.x_input);
  const auto y = static_cast<size_t>(grid.y_input);
  std::vector<InputStatistics> inputs;
  if (dataset.inputs > 2 || !window.x_range.has_value() || !window.y_range.has_value()) {
    inputs = StatisticsOf(dataset, data::SplitKind::kTrain);
    PERCEPT_RETURN_IF_ERROR(CheckChoice(window, inputs));
  }
  if (grid.base_inputs.empty()) {
    grid.base_inputs.resize(static_cast<size_t>(dataset.inputs));
    for (size_t i = 0; i < inputs.size(); ++i) {
      grid.base_inputs[i] = static_cast<float>(inputs[i].mean);
    }
  }
  grid.base_inputs[x] = grid.base_inputs[y] = 0.0f;
  grid.x_range = window.x_range.has_value() ? *window.x_range : DefaultRange(inputs[x]);
  grid.y_range = window.y_range.has_value() ? *window.y_range : DefaultRange(inputs[y]);
  return grid;
}

// The middle of cell `cell` of `cells`.
double MiddleOf(const GridRange& range, int64_t cell, int64_t cells) {
  return range.min +
         (static_cast<double>(cell) + 0.5) * (range.max - range.min) / static_cast<double>(cells);
}

std::vector<double> MiddlesOf(const GridRange& range, int32_t cells) {
  std::vector<double> middles;
  for (int32_t cell = 0; cell < cells; ++cell) middles.push_back(MiddleOf(range, cell, cells));
  return middles;
}

char ByteOf(float confidence) {
  return static_cast<char>(std::isnan(confidence) ? 0
                                                  : static_cast<int>(confidence * 255.0f + 0.5f));
}

void ClassifyByPerceptron(const PlaneScore& score, DecisionGrid& grid) {
  const std::vector<double> middles = MiddlesOf(grid.x_range, grid.columns);
  size_t cell = 0;
  for (int32_t row = 0; row < grid.rows; ++row) {
    const double of_row = score.weight_y * MiddleOf(grid.y_range, row, grid.rows) + score.offset;
    for (const double x : middles) {
      const double sum = score.weight_x * x + of_row;
      grid.labels[cell] = sum >= 0.0 ? 1 : 0;
      grid.confidence[cell++] = ByteOf(std::isfinite(sum) ? 1.0f : NAN);
    }
  }
}

absl::Status ClassifyCells(ml::ModelCopy& copy, GoesOn goes_on, DecisionGrid& grid) {
  const std::vector<double> middles = MiddlesOf(grid.x_range, grid.columns);
  const int64_t rows_at_once = std::max<int64_t>(1, kPiece / grid.columns);
  std::vector<float> points;
  std::vector<int32_t> classes;
  std::vector<float> confidence;
  for (int64_t first = 0; first < grid.rows; first += rows_at_once) {
    const int64_t end = std::min<int64_t>(first + rows_at_once, grid.rows);
    const auto count = static_cast<size_t>((end - first) * grid.columns);
    points.resize(2 * count);
    float* to = points.data();
    for (int64_t row = first; row < end; ++row) {
      const auto y = static_cast<float>(MiddleOf(grid.y_range, row, grid.rows));
      for (const double x : middles) {
        *to++ = static_cast<float>(x);
        *to++ = y;
      }
    }
    classes.resize(count);
    confidence.resize(count);
    const Examples examples{
        .count = static_cast<int64_t>(count), .inputs = 2, .dense = points.data()};
    if (!copy.ClassifyWhile(examples, absl::MakeSpan(classes), absl::MakeSpan(confidence),
                            goes_on) ||
        !goes_on()) {
      return AskerIsGone();
    }
    const auto begin = static_cast<size_t>(first * grid.columns);
    for (size_t cell = 0; cell < count; ++cell) {
      grid.labels[begin + cell] = static_cast<char>(classes[cell]);
      grid.confidence[begin + cell] = ByteOf(confidence[cell]);
    }
  }
  return absl::OkStatus();
}

void AddLines(const TrainedModel& model, absl::Span<const PlaneScore> scores, DecisionGrid& grid) {
  if (model.hidden_layers() > 0) return;
  for (size_t unit = 0; unit < scores.size(); ++unit) {
    const PlaneScore& score = scores[unit];
    if (score.weight_x == 0.0 && score.weight_y == 0.0) continue;
    grid.lines.push_back({model.is_perceptron() ? 1 : static_cast<int32_t>(unit), score.weight_x,
                          score.weight_y, score.offset});
  }
}

absl::Status CheckModel(const TrainedModel& model) {
  if (model.shape.inputs < 2) {
    return absl::FailedPreconditionError("a grid is made over two inputs; the model has one");
  }
  if (model.shape.classes > kMaxGridClasses) {
    return absl::FailedPreconditionError(absl::StrCat("a grid is made of at most ", kMaxGridClasses,
                                                      " classes; the model has ",
                                                      model.shape.classes));
  }
  return absl::OkStatus();
}

absl::Status CheckCost(const TrainedModel& model, const DecisionGrid& grid) {
  const auto cells = static_cast<double>(grid.columns) * grid.rows;
  const int64_t weights = ml::ParameterCount(
      ml::ParameterLayout(model.spec, {.inputs = 2, .classes = model.shape.classes}));
  if (cells * static_cast<double>(weights) <= kMaxMultiplications) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("columns, rows: the model's ", weights, " weights must be multiplied at most ",
                   kMaxMultiplications, " times, got ", grid.columns, " x ", grid.rows, " cells"));
}

}  // namespace

absl::StatusOr<DecisionGrid> MakeDecisionGrid(const TrainedModel& model,
                                              const data::Dataset& dataset,
                                              const GridWindow& window,
                                              absl::string_view instruction_set, GoesOn goes_on) {
  PERCEPT_RETURN_IF_ERROR(CheckModel(model));
  PERCEPT_RETURN_IF_ERROR(CheckWindow(window, model.shape.inputs));
  PERCEPT_ASSIGN_OR_RETURN(DecisionGrid grid, FillIn(window, dataset));
  PERCEPT_RETURN_IF_ERROR(CheckCost(model, grid));
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<PlaneScore> scores,
                           FirstLayerOn(model, {grid.x_input, grid.y_input, grid.base_inputs}));
  const auto cells = static_cast<size_t>(grid.columns) * static_cast<size_t>(grid.rows);
  grid.labels.resize(cells);
  grid.confidence.resize(cells);
  AddLines(model, scores, grid);
  if (model.is_perceptron()) {
    ClassifyByPerceptron(scores.front(), grid);
    return grid;
  }
  PERCEPT_ASSIGN_OR_RETURN(const TrainedModel restricted, RestrictTo(model, scores));
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<ml::ModelCopy> copy,
                           LoadCopy(restricted, instruction_set));
  PERCEPT_RETURN_IF_ERROR(ClassifyCells(*copy, goes_on, grid));
  return grid;
}

}  // namespace percept::inspect
