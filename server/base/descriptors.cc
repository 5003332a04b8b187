#include "server/base/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace percept {

bool LeavesDescriptors(int descriptor) {
  constexpr rlim_t kKept = 128;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return true;
  // A new descriptor has the lowest number there is: nearly all below it are taken.
  return static_cast<rlim_t>(descriptor) < limit.rlim_cur - std::min(kKept, limit.rlim_cur / 4);
}

}  // namespace percept
