#ifndef PERCEPT_TESTS_BENCH_ML_MICRO_BENCHMARKS_H_
#define PERCEPT_TESTS_BENCH_ML_MICRO_BENCHMARKS_H_

#include "server/ml/kernels/kernels.h"
#include "tests/bench/ml/bench_data.h"

namespace percept::bench {

// Registers the benchmarks of steps, evaluations and exports. `data` must outlive their run.
void RegisterMicroBenchmarks(const BenchData& data, const ml::Kernels& kernels);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_MICRO_BENCHMARKS_H_
