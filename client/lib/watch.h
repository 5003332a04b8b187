#ifndef PERCEPT_CLIENT_LIB_WATCH_H_
#define PERCEPT_CLIENT_LIB_WATCH_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/lib/backoff.h"
#include "client/lib/client.h"

namespace percept::client {

struct WatchOptions {
  // `jobs/{job}`.
  std::string job;
  // First snapshot to show.
  int64_t start_index = 0;
  v1::Delivery delivery = v1::DELIVERY_EVERY;
  v1::SnapshotView view = v1::SNAPSHOT_VIEW_METRICS;
  // A server that says nothing for so long is taken for lost; it heartbeats every few seconds.
  absl::Duration silence_limit = absl::Seconds(30);
  // A watch ends with an error when the server was out of reach for so long.
  absl::Duration give_up_after = absl::Seconds(60);
  BackoffLimits backoff;
};

// Is shown what a watch sees. Called on the thread that runs the watch; must not call it.
class WatchVisitor {
 public:
  virtual ~WatchVisitor() = default;

  // The next snapshot; `skipped` were left out before it (DELIVERY_LATEST only).
  virtual void OnSnapshot(const v1::Snapshot& snapshot, int64_t skipped) = 0;
  // A sign of life with the job's progress.
  virtual void OnHeartbeat(const v1::Heartbeat& heartbeat) = 0;
  // The connection was lost; it will be taken up again at `next_index`. Called once per loss.
  virtual void OnDisconnected(const absl::Status& why, int64_t next_index) = 0;
  // The server is back.
  virtual void OnReconnected() = 0;
};

// Follows a job until it ends and returns it in its final state. Each snapshot is shown once, in
// order and (with DELIVERY_EVERY) without a gap, whatever connections or servers break in between,
// and also where the server sends a slow reader away.
//
// Errors: what the server answered, such as NotFound; Unavailable when it was out of reach for
// `give_up_after`; DataLoss when it twice left out the same snapshot; Cancelled when the client's
// cancellation ended it, within milliseconds. `visitor` must outlive the call.
absl::StatusOr<v1::Job> Watch(Client& client, const WatchOptions& options, WatchVisitor& visitor);

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_WATCH_H_
