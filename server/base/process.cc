#include "server/base/process.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace percept {
namespace {

// Entries of a folder of /proc.
int64_t CountIn(const char* folder) {
  std::error_code ignored;
  const std::filesystem::directory_iterator entries(folder, ignored);
  return std::distance(begin(entries), end(entries));
}

}  // namespace

ProcessUse UseOfProcess() {
  ProcessUse use;
  std::ifstream statm("/proc/self/statm");
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  use.resident_bytes = resident_pages * sysconf(_SC_PAGESIZE);
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    use.cpu_time =
        absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  }
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof(processors), &processors) == 0) {
    use.processors = CPU_COUNT(&processors);
  }
  use.threads = CountIn("/proc/self/task");
  use.open_descriptors = CountIn("/proc/self/fd");
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    use.max_descriptors = static_cast<int64_t>(limit.rlim_cur);
  }
  return use;
}

}  // namespace percept
