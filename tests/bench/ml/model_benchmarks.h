#ifndef PERCEPT_TESTS_BENCH_ML_MODEL_BENCHMARKS_H_
#define PERCEPT_TESTS_BENCH_ML_MODEL_BENCHMARKS_H_

#include "server/ml/kernels/kernels.h"
#include "tests/bench/ml/bench_data.h"

namespace percept::bench {

// Registers whole training steps, evaluations of all validation examples, and exports. `data` and
// `kernels` outlive their run.
void RegisterModels(const BenchData& data, const ml::Kernels& kernels);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_MODEL_BENCHMARKS_H_
