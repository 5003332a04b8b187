#include "server/training/stored_sink.h"

#include <utility>

#include "server/base/status.h"

namespace percept::training {
namespace {

// Snapshots read from the store at once.
constexpr int kReadLimit = 1000;

bool IsSame(const storage::SnapshotHead& stored, const storage::SnapshotHead& snapshot) {
  return stored.step == snapshot.step && stored.metrics == snapshot.metrics &&
         stored.parameters_crc32c == snapshot.parameters_crc32c;
}

}  // namespace

StoredSink::StoredSink(std::string job_id, int64_t stored_count,
                       std::shared_ptr<SnapshotHistory> history,
                       storage::SnapshotRepository* repository, SnapshotWriter* writer)
    : job_id_(std::move(job_id)),
      stored_count_(stored_count),
      repository_(repository),
      writer_(writer),
      lane_(std::make_shared<SnapshotWriter::Lane>(job_id_, std::move(history))) {}

absl::Status StoredSink::Append(const storage::BorrowedSnapshot& snapshot) {
  if (snapshot.index < stored_count_) return CompareWithStored(snapshot);
  return writer_->Append(lane_, snapshot);
}

absl::Status StoredSink::AppendEpoch(storage::EpochRecord epoch) {
  return writer_->AppendEpoch(lane_, epoch);
}

absl::Status StoredSink::SaveCheckpoint(storage::CheckpointRecord checkpoint) {
  return writer_->SaveCheckpoint(lane_, std::move(checkpoint));
}

absl::Status StoredSink::Drain() { return writer_->Drain(lane_); }

absl::Status StoredSink::CompareWithStored(const storage::SnapshotHead& snapshot) {
  if (stored_.empty() || stored_.back().index < snapshot.index) {
    PERCEPT_ASSIGN_OR_RETURN(stored_,
                             repository_->Read(job_id_, snapshot.index, kReadLimit,
                                               storage::SnapshotRepository::View::kMetrics, 1));
  }
  if (!stored_.empty()) {
    const auto place = static_cast<size_t>(snapshot.index - stored_.front().index);
    if (IsSame(stored_[place], snapshot)) return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "snapshot ", snapshot.index, " came out different from the one stored before the restart"));
}

}  // namespace percept::training
