#include "tests/bench/ml/machine.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "absl/strings/match.h"

#include "benchmark/benchmark.h"
#include "server/ml/aligned_buffer.h"
#include "tests/bench/ml/machine_loops.h"

namespace percept::bench {
namespace {

constexpr int kRounds = 10;
constexpr double kBytesPerRound = 64e6;
constexpr int64_t kMemoryBytes = int64_t{64} << 20;
constexpr int64_t kFloatsStep = 128;  // What the loops go over at once.

// Capacities where the system does not tell.
constexpr int64_t kUsualL1Bytes = 32 << 10;
constexpr int64_t kUsualL2Bytes = 1 << 20;

double CacheBytes(int name, int64_t usual) {
  const int64_t bytes = sysconf(name);
  return static_cast<double>(bytes > 0 ? bytes : usual);
}

// The shortest time that `loop` takes, in seconds.
template <class Loop>
double BestSeconds(const Loop& loop) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    loop();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  return best;
}

double FlopsPerSecond(const MachineLoops& loops) {
  constexpr int64_t kTurns = 200'000;
  const double seconds = BestSeconds([&] { benchmark::DoNotOptimize(loops.multiply_add(kTurns)); });
  return static_cast<double>(kTurns * loops.flops_per_round) / seconds;
}

// Over an array of `bytes`, by turns until kBytesPerRound have passed.
double BytesPerSecond(const MachineLoops& loops, int64_t bytes) {
  ml::AlignedBuffer<float> values(bytes / static_cast<int64_t>(sizeof(float)) / kFloatsStep *
                                  kFloatsStep);
  const double passed = static_cast<double>(values.size() * sizeof(float));
  const int64_t turns = std::max<int64_t>(1, static_cast<int64_t>(kBytesPerRound / passed));
  const double read = BestSeconds([&] {
    for (int64_t i = 0; i < turns; ++i) {
      benchmark::DoNotOptimize(loops.read(values.data(), values.size()));
    }
  });
  const double negate = BestSeconds([&] {
    for (int64_t i = 0; i < turns; ++i) loops.negate(values.data(), values.size());
  });
  return static_cast<double>(turns) * passed * std::max(1.0 / read, 2.0 / negate);
}

}  // namespace

const char* LevelName(Level level) {
  switch (level) {
    case Level::kL1:
      return "L1";
    case Level::kL2:
      return "L2";
    case Level::kMemory:
      break;
  }
  return "memory";
}

MachinePeaks MeasurePeaks(ml::InstructionSet instruction_set) {
  const MachineLoops& loops = MachineLoopsFor(instruction_set);
  MachinePeaks peaks;
  peaks.capacity_bytes = {CacheBytes(_SC_LEVEL1_DCACHE_SIZE, kUsualL1Bytes),
                          CacheBytes(_SC_LEVEL2_CACHE_SIZE, kUsualL2Bytes)};
  peaks.flops_per_second = FlopsPerSecond(loops);
  peaks.bytes_per_second = {
      BytesPerSecond(loops, static_cast<int64_t>(peaks.capacity_bytes[0]) / 2),
      BytesPerSecond(loops, static_cast<int64_t>(peaks.capacity_bytes[1]) / 2),
      BytesPerSecond(loops, kMemoryBytes)};
  return peaks;
}

const MachineLoops& MachineLoopsFor(ml::InstructionSet instruction_set) {
  switch (instruction_set) {
    case ml::InstructionSet::kX86_64V4:
      return kMachineLoopsV4;
    case ml::InstructionSet::kX86_64V3:
      return kMachineLoopsV3;
    case ml::InstructionSet::kX86_64V2:
      break;
  }
  return kMachineLoopsV2;
}

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (absl::StartsWith(line, "model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

}  // namespace percept::bench
