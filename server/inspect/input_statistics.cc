#include "server/inspect/input_statistics.h"

#include <algorithm>
#include <cstdint>

#include "server/data/examples.h"

namespace percept::inspect {
namespace {

void See(double value, InputStatistics& input) {
  input.min = std::min(input.min, value);
  input.max = std::max(input.max, value);
  input.mean += value;
}

void SeeDense(const Examples& examples, std::vector<InputStatistics>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i].min = inputs[i].max = examples.dense[i];
  const float* value = examples.dense;
  for (int64_t n = 0; n < examples.count; ++n) {
    for (InputStatistics& input : inputs) See(*value++, input);
  }
}

// What is not stored is 0, as the bounds are at first; where every example has a value, the lowest
// is above it.
void SeeSparse(const Examples& examples, std::vector<InputStatistics>& inputs) {
  std::vector<int64_t> seen(inputs.size(), 0);
  std::vector<double> lowest(inputs.size(), 1.0);
  const uint32_t end = examples.sparse.row_start[examples.count];
  for (uint32_t entry = examples.sparse.row_start[0]; entry < end; ++entry) {
    const size_t column = examples.sparse.columns[entry];
    const double value = static_cast<float>(examples.sparse.values[entry]) / 255.0f;
    See(value, inputs[column]);
    lowest[column] = std::min(lowest[column], value);
    ++seen[column];
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (seen[i] == examples.count) inputs[i].min = lowest[i];
  }
}

}  // namespace

std::vector<InputStatistics> StatisticsOf(const data::Dataset& dataset, data::SplitKind split) {
  std::vector<InputStatistics> inputs(static_cast<size_t>(dataset.inputs));
  const Examples examples = data::ExamplesOf(dataset, split);
  if (examples.count == 0) return inputs;
  if (examples.is_sparse()) {
    SeeSparse(examples, inputs);
  } else {
    SeeDense(examples, inputs);
  }
  for (InputStatistics& input : inputs) input.mean /= static_cast<double>(examples.count);
  return inputs;
}

}  // namespace percept::inspect
