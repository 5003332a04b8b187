#ifndef PERCEPT_TESTS_BENCH_ML_KERNEL_BENCHMARKS_H_
#define PERCEPT_TESTS_BENCH_ML_KERNEL_BENCHMARKS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "benchmark/benchmark.h"
#include "server/ml/kernels/kernels.h"
#include "tests/bench/ml/bench_data.h"
#include "tests/bench/ml/machine.h"

// Benchmarks of each function of ml::Kernels, at the sizes of the models that script/bench trains,
// with their rooflines. Letters as in kernels.h: B rows, I inputs, O outputs.
namespace percept::bench {

// Kernels and what the machine can do with their instruction set. It and the data outlive the
// benchmarks' run.
struct Subject {
  const ml::Kernels& kernels;
  MachinePeaks peaks;
};

// Registers `run(state)` as INSTRUCTION_SET/WHAT/SIZE.
template <class Run>
void AddBenchmark(const Subject& subject, const std::string& what, const std::string& size,
                  Run run) {
  const std::string name = absl::StrCat(subject.kernels.name, "/", what, "/", size);
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))->Unit(benchmark::kMicrosecond);
}

// forward, backward and update on dense rows.
void RegisterDenseKernels(const Subject& subject);

// The products of the wide layer by Eigen, against the peaks of `subject`.
void RegisterEigenProducts(const Subject& subject);

// forward_sparse and update_sparse on MNIST: training on batches in a shuffled order, evaluation on
// blocks in the order of the file.
void RegisterSparseKernels(const Subject& subject, const BenchData& data);

// Whole networks, and many perceptrons, scored by one call.
void RegisterNetworkKernels(const Subject& subject, const BenchData& data);

// Activations, softmax and optimisers.
void RegisterElementwiseKernels(const Subject& subject);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_KERNEL_BENCHMARKS_H_
