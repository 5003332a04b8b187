// percept_bench [--mnist=FOLDER] [--all-instruction-sets] [Google Benchmark's options]
//
// Each kernel with its roofline (roofline.h says how flops and bytes are counted), then whole
// training steps, evaluations and exports, as a table. What the machine can do at most is measured
// first. --benchmark_out=FILE writes JSON. PERCEPT_INSTRUCTION_SET chooses the kernels.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include "benchmark/benchmark.h"
#include "server/base/status.h"
#include "server/ml/kernels/kernels.h"
#include "tests/bench/ml/bench_data.h"
#include "tests/bench/ml/kernel_benchmarks.h"
#include "tests/bench/ml/model_benchmarks.h"
#include "tests/bench/ml/table_reporter.h"

namespace percept::bench {
namespace {

struct Options {
  std::string mnist_folder = "build/assets/mnist";
  bool all_instruction_sets = false;
};

// Takes Google Benchmark's options away; ours set what a short and steady run needs, but yield.
absl::StatusOr<Options> ParseOptions(int argc, char** argv) {
  std::string repetitions = "--benchmark_repetitions=5";
  std::string min_time = "--benchmark_min_time=0.02";
  std::vector<char*> arguments = {argv[0], repetitions.data(), min_time.data()};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  Options options;
  for (int i = 1; i < count; ++i) {
    absl::string_view argument = arguments[static_cast<size_t>(i)];
    if (absl::ConsumePrefix(&argument, "--mnist=")) {
      options.mnist_folder = std::string(argument);
    } else if (argument == "--all-instruction-sets") {
      options.all_instruction_sets = true;
    } else {
      return absl::InvalidArgumentError(absl::StrCat("unknown argument ", argument));
    }
  }
  return options;
}

absl::StatusOr<std::vector<ml::InstructionSet>> InstructionSets(const Options& options) {
  if (!options.all_instruction_sets) {
    PERCEPT_ASSIGN_OR_RETURN(const ml::InstructionSet chosen, ml::ChosenInstructionSet());
    return std::vector<ml::InstructionSet>{chosen};
  }
  std::vector<ml::InstructionSet> supported;
  for (const auto candidate : {ml::InstructionSet::kX86_64V2, ml::InstructionSet::kX86_64V3,
                               ml::InstructionSet::kX86_64V4}) {
    if (ml::IsSupported(candidate)) supported.push_back(candidate);
  }
  return supported;
}

// Measures what the machine can do with an instruction set, and says so.
MachinePeaks PeaksOf(ml::InstructionSet instruction_set) {
  const MachinePeaks peaks = MeasurePeaks(instruction_set);
  const auto giga = [](double value) { return value * 1e-9; };
  const std::string text = absl::StrFormat(
      "%.0f GFLOP/s; L1 (%.0f KiB) %.0f GB/s, L2 (%.0f KiB) %.0f GB/s, memory %.0f GB/s",
      giga(peaks.flops_per_second), peaks.capacity_bytes[0] / 1024,
      giga(peaks.bandwidth(Level::kL1)), peaks.capacity_bytes[1] / 1024,
      giga(peaks.bandwidth(Level::kL2)), giga(peaks.bandwidth(Level::kMemory)));
  const char* const name = ml::KernelsFor(instruction_set).name;
  benchmark::AddCustomContext(absl::StrCat("peak of one core by ", name), text);
  std::printf("peak of one core by %s: %s\n", name, text.c_str());
  return peaks;
}

absl::Status Run(int argc, char** argv) {
  PERCEPT_ASSIGN_OR_RETURN(const Options options, ParseOptions(argc, argv));
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<ml::InstructionSet> instruction_sets,
                           InstructionSets(options));
  PERCEPT_ASSIGN_OR_RETURN(const BenchData data, LoadBenchData(options.mnist_folder));
  benchmark::AddCustomContext("processor", ProcessorName());
  std::printf("processor: %s\n", ProcessorName().c_str());
  std::vector<Subject> subjects;
  for (const ml::InstructionSet instruction_set : instruction_sets) {
    subjects.push_back({ml::KernelsFor(instruction_set), PeaksOf(instruction_set)});
  }
  for (const Subject& subject : subjects) {
    RegisterSparseKernels(subject, data);
    RegisterDenseKernels(subject);
    RegisterNetworkKernels(subject, data);
    RegisterElementwiseKernels(subject);
    RegisterModels(data, subject.kernels);
  }
  RegisterEigenProducts(subjects.back());
  TableReporter table;
  benchmark::RunSpecifiedBenchmarks(&table);
  return absl::OkStatus();
}

}  // namespace
}  // namespace percept::bench

int main(int argc, char** argv) {
  const absl::Status status = percept::bench::Run(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "percept_bench: %s\n", std::string(status.message()).c_str());
  return 2;
}
