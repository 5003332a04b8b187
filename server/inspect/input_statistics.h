#ifndef PERCEPT_SERVER_INSPECT_INPUT_STATISTICS_H_
#define PERCEPT_SERVER_INSPECT_INPUT_STATISTICS_H_

#include <vector>

#include "server/data/dataset.h"

namespace percept::inspect {

// One input over the examples of a split; zeros where there are no examples.
struct InputStatistics {
  double min = 0.0;
  double max = 0.0;
  double mean = 0.0;
};

// All inputs, [D].
std::vector<InputStatistics> StatisticsOf(const data::Dataset& dataset, data::SplitKind split);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_INPUT_STATISTICS_H_
