#ifndef PERCEPT_CLIENT_LIB_BACKOFF_H_
#define PERCEPT_CLIENT_LIB_BACKOFF_H_

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"

namespace percept::client {

// How the waiting times between attempts grow.
struct BackoffLimits {
  absl::Duration first = absl::Milliseconds(100);
  absl::Duration most = absl::Seconds(3);
  double factor = 2.0;
};

// Waiting times between attempts that grow exponentially. Each is drawn uniformly from the upper
// half of [0, limit], so that many clients of a restarted server do not return at once. Not
// thread-safe.
class Backoff {
 public:
  // `random` must outlive this object.
  Backoff(const BackoffLimits& limits, absl::BitGenRef random);

  // Time to wait before the next attempt.
  absl::Duration Next();

  // Starts over with the first waiting time.
  void Reset();

 private:
  const BackoffLimits limits_;
  absl::BitGenRef random_;
  absl::Duration limit_;
};

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_BACKOFF_H_
