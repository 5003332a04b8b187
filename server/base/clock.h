#ifndef PERCEPT_SERVER_BASE_CLOCK_H_
#define PERCEPT_SERVER_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace percept {

// Where the server takes the time from, so that tests can set it. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall-clock time.
  virtual absl::Time Now() const = 0;

  // The same, but up to a millisecond old, for those who ask every few hundred nanoseconds.
  virtual absl::Time RecentNow() const { return Now(); }

  // The machine's clock; never destroyed.
  static const Clock& System();
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_CLOCK_H_
