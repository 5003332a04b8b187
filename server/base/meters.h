#ifndef PERCEPT_SERVER_BASE_METERS_H_
#define PERCEPT_SERVER_BASE_METERS_H_

#include <array>
#include <type_traits>

#include "server/base/meter.h"

namespace percept {

// What the layers count of the process as they go, as server/docs/METRICS.md says.
struct Meters {
  // Of the HTTP listener's requests.
  enum HttpKind { kGrpcWeb, kPage, kHealth, kMetrics, kLogin, kRefused, kHttpKinds };
  static constexpr int kHttpClasses = 4;  // Codes from 200, 300, 400 and 500 on.

  Durations queue_wait;
  Count steps;
  Count instances;
  Count snapshots_published;
  Count snapshots_skipped;
  Durations fan_out;
  Durations commits_to_crash;          // Transactions that survive a crash,
  Durations commits_to_power_failure;  // and those that survive a power failure.
  std::array<std::array<Count, kHttpClasses>, kHttpKinds> http_requests;
  Count http_connections;

  // Those of this process; never destroyed.
  static Meters& Process() {
    static Meters meters;
    return meters;
  }
};

static_assert(std::is_trivially_destructible_v<Meters>);

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_METERS_H_
