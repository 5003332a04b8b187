#ifndef PERCEPT_TESTS_BENCH_ML_COMPARISON_H_
#define PERCEPT_TESTS_BENCH_ML_COMPARISON_H_

#include "server/ml/kernels/kernels.h"
#include "tests/bench/ml/bench_data.h"

namespace percept::bench {

// Trains 784-64-10 with tanh for 5 epochs, batch 100, validation after each epoch, by our kernels
// and by the dense Eigen loop from the same start in the same order; by turns, `rounds` times.
// Prints medians, their ratio, both accuracies and how far the parameters are apart.
void CompareWithEigen(const BenchData& data, const ml::Kernels& kernels, int rounds);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_COMPARISON_H_
