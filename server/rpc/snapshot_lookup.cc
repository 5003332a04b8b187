#include "server/rpc/snapshot_lookup.h"

#include <utility>
#include <vector>

#include "server/base/status.h"
#include "server/rpc/resource_names.h"

namespace percept::rpc {
namespace {

absl::StatusOr<int64_t> ResolveIndex(const SnapshotName& name, const training::JobView& job,
                                     const storage::SnapshotRepository& snapshots) {
  switch (name.which) {
    case SnapshotName::Which::kBest:
      return snapshots.BestIndex(name.job);
    case SnapshotName::Which::kLast:
      return job.record.snapshot_count - 1;
    case SnapshotName::Which::kIndex:
      return name.index;
  }
  return absl::InternalError("a snapshot's name names no snapshot");
}

}  // namespace

inspect::TrainedModel FoundSnapshot::model() const {
  return {.spec = job.spec.model,
          .shape = {.inputs = job.inputs, .classes = job.classes},
          .parameters = snapshot.parameters};
}

absl::StatusOr<SnapshotPlace> ResolveSnapshot(absl::string_view field, absl::string_view name,
                                              const training::Scheduler& scheduler,
                                              const storage::SnapshotRepository& snapshots) {
  PERCEPT_ASSIGN_OR_RETURN(const SnapshotName parsed, ParseSnapshotName(field, name));
  PERCEPT_ASSIGN_OR_RETURN(training::JobView job, scheduler.Get(parsed.job));
  const int64_t count = job.record.snapshot_count;
  if (count == 0) {
    return absl::OutOfRangeError(absl::StrCat("jobs/", parsed.job, " has no snapshots yet"));
  }
  PERCEPT_ASSIGN_OR_RETURN(const int64_t index, ResolveIndex(parsed, job, snapshots));
  if (index >= count) {
    return absl::OutOfRangeError(
        absl::StrCat(field, ": the index must be in [0, ", count - 1, "], got ", index));
  }
  return SnapshotPlace{std::move(job.record), index};
}

absl::StatusOr<FoundSnapshot> ReadSnapshot(SnapshotPlace place,
                                           const storage::SnapshotRepository& snapshots) {
  PERCEPT_ASSIGN_OR_RETURN(
      std::vector<storage::SnapshotRecord> records,
      snapshots.Read(place.job.id, place.index, 1, training::SnapshotView::kFull, 1));
  if (records.empty()) {
    return absl::DataLossError(absl::StrCat("jobs/", place.job.id, "/snapshots/", place.index,
                                            ": missing from the store"));
  }
  return FoundSnapshot{std::move(place.job), std::move(records.front())};
}

absl::StatusOr<FoundSnapshot> FindSnapshot(absl::string_view field, absl::string_view name,
                                           const training::Scheduler& scheduler,
                                           const storage::SnapshotRepository& snapshots) {
  PERCEPT_ASSIGN_OR_RETURN(SnapshotPlace place, ResolveSnapshot(field, name, scheduler, snapshots));
  return ReadSnapshot(std::move(place), snapshots);
}

}  // namespace percept::rpc
