#ifndef PERCEPT_TESTS_BENCH_ML_MACHINE_LOOPS_H_
#define PERCEPT_TESTS_BENCH_ML_MACHINE_LOOPS_H_

#include <cstdint>

#include "server/ml/kernels/kernels.h"

namespace percept::bench {

// Loops that do one thing only, as fast as an instruction set can. Arrays start on
// `ml::kBufferAlignment` bytes and have a multiple of 128 floats.
struct MachineLoops {
  // Multiplies and adds in registers, `flops_per_round` in each round; returns what came out.
  float (*multiply_add)(int64_t rounds);
  int64_t flops_per_round;

  // Reads an array; returns some number that depends on all of it.
  float (*read)(const float* values, int64_t count);

  // Changes the signs of an array, in place.
  void (*negate)(float* values, int64_t count);
};

// To be called only where ml::IsSupported says so.
const MachineLoops& MachineLoopsFor(ml::InstructionSet instruction_set);

// One table per compilation of machine_loops_simd.cc.
extern const MachineLoops kMachineLoopsV2;
extern const MachineLoops kMachineLoopsV3;
extern const MachineLoops kMachineLoopsV4;

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_MACHINE_LOOPS_H_
