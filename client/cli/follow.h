#ifndef PERCEPT_CLIENT_CLI_FOLLOW_H_
#define PERCEPT_CLIENT_CLI_FOLLOW_H_

#include <cstdint>

#include "absl/status/statusor.h"

#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "percept/v1/job.pb.h"
#include "percept/v1/snapshot_service.pb.h"

namespace percept::cli {

struct FollowOptions {
  int64_t start_index = 0;
  v1::Delivery delivery = v1::DELIVERY_EVERY;
  v1::SnapshotView view = v1::SNAPSHOT_VIEW_METRICS;
  // Prints each snapshot as a row of a table. With --json each is a line of JSON anyway.
  bool print_snapshots = false;
};

// Follows a job to its end: progress on stderr, snapshots and the outcome on stdout. Reconnects by
// itself. The exit code is the job's outcome. When the session is cancelled the job goes on, the
// reader is told how to come back, and the exit code is kInterrupted.
absl::StatusOr<ExitCode> FollowJob(Session& session, const v1::Job& job,
                                   const FollowOptions& options);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_FOLLOW_H_
