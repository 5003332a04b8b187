#ifndef PERCEPT_TESTS_BENCH_ML_BENCH_DATA_H_
#define PERCEPT_TESTS_BENCH_ML_BENCH_DATA_H_

#include <string>

#include "absl/status/statusor.h"

#include "server/data/dataset.h"

namespace percept::bench {

// The data sets that kernels and models work on.
struct BenchData {
  data::Dataset mnist;
  data::Dataset dense_mnist;     // The 10,000 images of validation as floats, in both splits.
  data::Dataset ones_and_zeros;  // Of MNIST; label 1 is a one.
  data::Dataset xor_points;      // 400 to train on and 200 to validate on.
};

// Takes MNIST from its four IDX files. Errors of data::LoadMnist.
absl::StatusOr<BenchData> LoadBenchData(const std::string& mnist_folder);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_BENCH_DATA_H_
