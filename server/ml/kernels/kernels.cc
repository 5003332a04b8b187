#include "server/ml/kernels/kernels.h"

#include <algorithm>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "server/ml/kernels/tables.h"

namespace percept::ml {
namespace {

constexpr char kEnvironmentVariable[] = "PERCEPT_INSTRUCTION_SET";

}  // namespace

int64_t ProductScratchFloats(int64_t max_rows, int64_t max_inputs, int64_t max_outputs) {
  const int64_t inputs = PaddedRow(max_inputs);
  const int64_t outputs = PaddedRow(max_outputs);
  if (std::max(max_rows, inputs) * outputs <= kSmallProductFloats) return kSmallProductFloats;
  const int64_t depth = std::max({max_rows, inputs, outputs});
  const int64_t packed = std::max(kPackedFloats, depth * kMaxTileColumns) + depth * kMaxTileRows;
  return std::max(packed, max_rows * kMaxSparseChunk);
}

const Kernels& KernelsFor(InstructionSet instruction_set) {
  switch (instruction_set) {
    case InstructionSet::kX86_64V4:
      return kKernelsV4;
    case InstructionSet::kX86_64V3:
      return kKernelsV3;
    case InstructionSet::kX86_64V2:
      break;
  }
  return kKernelsV2;
}

bool IsSupported(InstructionSet instruction_set) {
  const bool v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") &&
                  __builtin_cpu_supports("ssse3");
  const bool v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  switch (instruction_set) {
    case InstructionSet::kX86_64V2:
      return v2;
    case InstructionSet::kX86_64V3:
      return v3;
    case InstructionSet::kX86_64V4:
      return v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
  }
  return false;
}

InstructionSet BestInstructionSet() {
  for (const auto candidate : {InstructionSet::kX86_64V4, InstructionSet::kX86_64V3}) {
    if (IsSupported(candidate)) return candidate;
  }
  return InstructionSet::kX86_64V2;
}

absl::StatusOr<InstructionSet> ParseInstructionSet(absl::string_view name) {
  for (const auto candidate :
       {InstructionSet::kX86_64V2, InstructionSet::kX86_64V3, InstructionSet::kX86_64V4}) {
    if (name == KernelsFor(candidate).name) return candidate;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("instruction set: must be x86-64-v2, x86-64-v3 or x86-64-v4, got ", name));
}

absl::StatusOr<InstructionSet> ChosenInstructionSet() {
  const char* const wish = std::getenv(kEnvironmentVariable);
  InstructionSet chosen = BestInstructionSet();
  if (wish != nullptr && *wish != '\0') {
    const absl::StatusOr<InstructionSet> parsed = ParseInstructionSet(wish);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(kEnvironmentVariable, ": ", parsed.status().message()));
    }
    chosen = *parsed;
  }
  if (!IsSupported(chosen)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "this machine does not support the instruction set ", KernelsFor(chosen).name));
  }
  return chosen;
}

}  // namespace percept::ml
