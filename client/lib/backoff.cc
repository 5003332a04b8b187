#include "client/lib/backoff.h"

#include <algorithm>

#include "absl/random/distributions.h"

namespace percept::client {

Backoff::Backoff(const BackoffLimits& limits, absl::BitGenRef random)
    : limits_(limits), random_(random), limit_(limits.first) {}

absl::Duration Backoff::Next() {
  const absl::Duration wait = limit_ * absl::Uniform(absl::IntervalClosedClosed, random_, 0.5, 1.0);
  limit_ = std::min(limit_ * limits_.factor, limits_.most);
  return wait;
}

void Backoff::Reset() { limit_ = limits_.first; }

}  // namespace percept::client
