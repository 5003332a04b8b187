#ifndef PERCEPT_SERVER_RPC_SNAPSHOT_LOOKUP_H_
#define PERCEPT_SERVER_RPC_SNAPSHOT_LOOKUP_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/inspect/trained_model.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// Which snapshot of which job a name means.
struct SnapshotPlace {
  storage::JobRecord job;
  int64_t index = 0;
};

// A snapshot with all parameters, and its job.
struct FoundSnapshot {
  storage::JobRecord job;
  storage::SnapshotRecord snapshot;

  inspect::TrainedModel model() const;
};

// The place that `name` means, `last` and `best` among them. InvalidArgument, naming `field`, for a
// name of another form; NotFound for the job; OutOfRange when it has no such snapshot. May block.
absl::StatusOr<SnapshotPlace> ResolveSnapshot(absl::string_view field, absl::string_view name,
                                              const training::Scheduler& scheduler,
                                              const storage::SnapshotRepository& snapshots);

// The snapshot at a place that was resolved. OutOfRange when its parameters are no longer kept. May
// block.
absl::StatusOr<FoundSnapshot> ReadSnapshot(SnapshotPlace place,
                                           const storage::SnapshotRepository& snapshots);

// Both.
absl::StatusOr<FoundSnapshot> FindSnapshot(absl::string_view field, absl::string_view name,
                                           const training::Scheduler& scheduler,
                                           const storage::SnapshotRepository& snapshots);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SNAPSHOT_LOOKUP_H_
