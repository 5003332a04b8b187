#include "server/training/stored_sink.h"

#include <utility>
#include <vector>

#include "server/base/status.h"

namespace percept::training {

StoredSink::StoredSink(std::string job_id, int64_t stored_count,
                       std::shared_ptr<SnapshotHistory> history,
                       storage::SnapshotRepository* repository, SnapshotWriter* writer)
    : job_id_(std::move(job_id)),
      stored_count_(stored_count),
      repository_(repository),
      writer_(writer),
      lane_(std::make_shared<SnapshotWriter::Lane>(job_id_, std::move(history))) {}

absl::Status StoredSink::Append(storage::SnapshotRecord snapshot) {
  if (snapshot.index < stored_count_) return CompareWithStored(snapshot);
  return writer_->Append(lane_, std::move(snapshot));
}

absl::Status StoredSink::AppendEpoch(storage::EpochRecord epoch) {
  return writer_->AppendEpoch(lane_, epoch);
}

absl::Status StoredSink::Drain() { return writer_->Drain(lane_); }

absl::Status StoredSink::CompareWithStored(const storage::SnapshotRecord& snapshot) const {
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<storage::SnapshotRecord> stored,
                           repository_->Read(job_id_, snapshot.index, 1,
                                             storage::SnapshotRepository::View::kMetrics, 1));
  const bool same = !stored.empty() && stored[0].step == snapshot.step &&
                    stored[0].metrics == snapshot.metrics &&
                    stored[0].parameters_crc32c == snapshot.parameters_crc32c;
  if (same) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "snapshot ", snapshot.index, " came out different from the one stored before the restart"));
}

}  // namespace percept::training
