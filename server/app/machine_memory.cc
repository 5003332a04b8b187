#include "server/app/machine_memory.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace percept::app {
namespace {

// MemTotal, which meminfo begins with, in KiB.
int64_t TotalBytes(const std::string& proc) {
  std::ifstream file(absl::StrCat(proc, "/meminfo"));
  std::string name;
  int64_t kib = 0;
  return file >> name >> kib && name == "MemTotal:" ? kib << 10 : 0;
}

// The limit of this process's own group, version 2: its file is the root's within a container.
int64_t GroupBytes(const std::string& cgroup) {
  std::ifstream file(absl::StrCat(cgroup, "/memory.max"));
  std::string text;
  int64_t bytes = 0;
  if (file >> text && absl::SimpleAtoi(text, &bytes)) return bytes;
  return 0;  // There is none, or it is "max".
}

}  // namespace

int64_t MachineMemoryBytes(const std::string& proc, const std::string& cgroup) {
  const int64_t total = TotalBytes(proc);
  const int64_t group = GroupBytes(cgroup);
  if (total == 0 || group == 0) return std::max(total, group);
  return std::min(total, group);
}

int64_t DefaultJobMemoryBytes(int64_t machine_bytes, int workers) {
  constexpr int64_t kMost = int64_t{2} << 30;
  constexpr int64_t kLeast = int64_t{64} << 20;
  if (machine_bytes == 0) return kMost;
  return std::clamp(machine_bytes / 4 * 3 / std::max(1, workers), kLeast, kMost);
}

}  // namespace percept::app
