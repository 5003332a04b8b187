#ifndef PERCEPT_TESTS_BENCH_ML_MACHINE_H_
#define PERCEPT_TESTS_BENCH_ML_MACHINE_H_

#include <array>
#include <cstdint>
#include <string>

#include "server/ml/kernels/kernels.h"

namespace percept::bench {

// Where data lie. What is beyond the L2 cache counts as memory, even where an L3 cache holds it.
enum class Level { kL1 = 0, kL2 = 1, kMemory = 2 };
inline constexpr int kLevels = 3;

// "L1", "L2" or "memory".
const char* LevelName(Level level);

// What one core of this machine can do with an instruction set at most, as measured.
struct MachinePeaks {
  double flops_per_second = 0.0;                        // Multiply-adds in registers, float32.
  std::array<double, kLevels> bytes_per_second = {};    // The better of reading and changing.
  std::array<double, kLevels - 1> capacity_bytes = {};  // Of the L1 data cache and of L2.

  double bandwidth(Level level) const { return bytes_per_second[static_cast<size_t>(level)]; }

  // What the level nearer to the core than `level`, which is not L1, can hold.
  double capacity_before(Level level) const {
    return capacity_bytes[static_cast<size_t>(level) - 1];
  }
};

// Takes the best of several rounds, about a fifth of a second in all.
MachinePeaks MeasurePeaks(ml::InstructionSet instruction_set);

// The processor's name as its maker gives it; "unknown" where the system does not tell.
std::string ProcessorName();

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_MACHINE_H_
