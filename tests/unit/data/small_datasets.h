#ifndef PERCEPT_TESTS_UNIT_DATA_SMALL_DATASETS_H_
#define PERCEPT_TESTS_UNIT_DATA_SMALL_DATASETS_H_

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "server/data/dataset.h"

namespace percept::data {

// Rows of the given labels, whose only input is the row's number plus `first`.
inline Split NumberedRows(std::vector<int32_t> labels, float first) {
  Split split;
  split.examples = static_cast<int64_t>(labels.size());
  split.dense.resize(labels.size());
  std::iota(split.dense.begin(), split.dense.end(), first);
  split.labels = std::move(labels);
  return split;
}

inline Dataset ThreeClasses() {
  Dataset dataset;
  dataset.inputs = 1;
  dataset.classes = 3;
  dataset.split(SplitKind::kTrain) = NumberedRows({2, 0, 1, 2, 0, 1}, 0);
  dataset.split(SplitKind::kValidation) = NumberedRows({0, 2, 1}, 100);
  dataset.split(SplitKind::kTest) = NumberedRows({2, 1, 0, 0}, 200);
  return dataset;
}

// Pixels 4 x 1, two rows of class 0 and one of class 1, and one to validate on.
inline Dataset Pixels() {
  Dataset dataset;
  dataset.inputs = 4;
  dataset.classes = 3;
  dataset.is_sparse = true;
  dataset.image_shape = ImageShape{4, 1, 1};
  dataset.split(SplitKind::kTrain) = {
      4, {}, {{0, 1, 3, 3, 5}, {2, 0, 3, 1, 2}, {51, 255, 7, 8, 9}}, {0, 1, 2, 0}};
  dataset.split(SplitKind::kValidation) = {1, {}, {{0, 2}, {1, 3}, {102, 204}}, {1}};
  return dataset;
}

}  // namespace percept::data

#endif  // PERCEPT_TESTS_UNIT_DATA_SMALL_DATASETS_H_
