#ifndef PERCEPT_SERVER_RPC_SNAPSHOT_LOOKUP_H_
#define PERCEPT_SERVER_RPC_SNAPSHOT_LOOKUP_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/inspect/trained_model.h"
#include "server/storage/repositories.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// A snapshot with all parameters, and its job.
struct FoundSnapshot {
  storage::JobRecord job;
  storage::SnapshotRecord snapshot;

  inspect::TrainedModel model() const;
};

// The snapshot that `name` means, `last` and `best` among them. InvalidArgument, naming `field`,
// for a name of another form; NotFound for the job; OutOfRange when it has no such snapshot. May
// block.
absl::StatusOr<FoundSnapshot> FindSnapshot(absl::string_view field, absl::string_view name,
                                           const training::Scheduler& scheduler,
                                           const storage::SnapshotRepository& snapshots);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SNAPSHOT_LOOKUP_H_
