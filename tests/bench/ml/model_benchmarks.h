#ifndef PERCEPT_TESTS_BENCH_ML_MODEL_BENCHMARKS_H_
#define PERCEPT_TESTS_BENCH_ML_MODEL_BENCHMARKS_H_

#include "server/data/dataset.h"
#include "server/ml/kernels/kernels.h"

namespace percept::bench {

// The data sets that models train on.
struct BenchData {
  data::Dataset mnist;
  data::Dataset dense_mnist;  // The 10,000 images of validation as floats, in both splits.
  data::Dataset xor_points;   // 400 and 200.
};

// Registers whole training steps, evaluations of all validation examples, and exports. `data` and
// `kernels` outlive their run.
void RegisterModels(const BenchData& data, const ml::Kernels& kernels);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_MODEL_BENCHMARKS_H_
