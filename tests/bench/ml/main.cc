// percept_bench [--mnist=FOLDER] [--rounds=N] [Google Benchmark's options]
//
// Micro-benchmarks of training, then the comparison with a dense Eigen loop (N rounds, 0 for none),
// which goes to standard error, so that standard output is Google Benchmark's.
// PERCEPT_INSTRUCTION_SET chooses the kernels.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

#include "benchmark/benchmark.h"
#include "server/ml/kernels/kernels.h"
#include "tests/bench/ml/bench_data.h"
#include "tests/bench/ml/comparison.h"
#include "tests/bench/ml/micro_benchmarks.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  std::string mnist = "build/assets/mnist";
  int rounds = 5;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--mnist=")) {
      mnist = std::string(argument);
    } else if (!absl::ConsumePrefix(&argument, "--rounds=") ||
               !absl::SimpleAtoi(argument, &rounds)) {
      std::fprintf(stderr, "percept_bench: unknown argument %s\n", argv[i]);
      return 2;
    }
  }
  const auto instruction_set = percept::ml::ChosenInstructionSet();
  if (!instruction_set.ok()) {
    std::fprintf(stderr, "percept_bench: %s\n", instruction_set.status().ToString().c_str());
    return 2;
  }
  const percept::ml::Kernels& kernels = percept::ml::KernelsFor(*instruction_set);
  const percept::bench::BenchData data = percept::bench::LoadBenchData(mnist);
  benchmark::AddCustomContext("kernels", kernels.name);
  benchmark::AddCustomContext("images", data.description);
  percept::bench::RegisterMicroBenchmarks(data, kernels);
  benchmark::RunSpecifiedBenchmarks();
  if (rounds > 0) percept::bench::CompareWithEigen(data, kernels, rounds);
  return 0;
}
