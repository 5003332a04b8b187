#include "server/app/machine_memory.h"

#include <fstream>

#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace percept::app {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;

TEST(MachineMemory, IsWhatMachineOrGroupLeaveWhicheverIsLess) {
  const testing::TempDir folder;
  EXPECT_EQ(MachineMemoryBytes(folder.path(), folder.path()), 0);
  std::ofstream(folder.File("meminfo")) << "MemTotal:        8388608 kB\nMemFree: 1 kB\n";
  EXPECT_EQ(MachineMemoryBytes(folder.path(), folder.path()), 8 * kGiB);
  std::ofstream(folder.File("memory.max")) << "max\n";
  EXPECT_EQ(MachineMemoryBytes(folder.path(), folder.path()), 8 * kGiB);
  std::ofstream(folder.File("memory.max")) << 512 * kMiB << "\n";
  EXPECT_EQ(MachineMemoryBytes(folder.path(), folder.path()), 512 * kMiB);
}

TEST(MachineMemory, IsKnownOfThisMachine) { EXPECT_GT(MachineMemoryBytes(), 64 * kMiB); }

TEST(JobMemory, LetsAllWorkersJobsFitTogether) {
  EXPECT_EQ(DefaultJobMemoryBytes(0, 4), 2 * kGiB);
  EXPECT_EQ(DefaultJobMemoryBytes(64 * kGiB, 2), 2 * kGiB);
  EXPECT_EQ(DefaultJobMemoryBytes(4 * kGiB, 4), 768 * kMiB);
  EXPECT_EQ(DefaultJobMemoryBytes(kGiB, 256), 64 * kMiB);
  EXPECT_EQ(DefaultJobMemoryBytes(kGiB, 0), 768 * kMiB);  // Refused elsewhere.
}

}  // namespace
}  // namespace percept::app
