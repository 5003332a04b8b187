#include "server/training/stored_sink.h"

#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::training {
namespace {

// Snapshots read from the store at once.
constexpr int kReadLimit = 1000;

bool IsSame(const storage::SnapshotHead& stored, const storage::SnapshotHead& snapshot) {
  return stored.step == snapshot.step && stored.metrics == snapshot.metrics &&
         stored.parameters_crc32c == snapshot.parameters_crc32c;
}

// Whether it is the last of a training: no batch follows, and it is not a perceptron's start.
bool IsEnd(const storage::BorrowedSnapshot& snapshot) {
  return snapshot.batch_indices.empty() && snapshot.instances > 0;
}

}  // namespace

StoredSink::StoredSink(std::string job_id, Start start, std::shared_ptr<SnapshotHistory> history,
                       storage::SnapshotRepository* repository, SnapshotWriter* writer)
    : job_id_(std::move(job_id)),
      stored_count_(start.stored_count),
      next_index_(start.first_index),
      is_after_start_(start.first_index == 0),
      repository_(repository),
      writer_(writer),
      lane_(std::make_shared<SnapshotWriter::Lane>(job_id_, std::move(history))) {}

absl::Status StoredSink::Append(const storage::BorrowedSnapshot& snapshot) {
  if (!is_after_start_) {
    PERCEPT_ASSIGN_OR_RETURN(is_after_start_, IsAfterStart(snapshot));
    if (!is_after_start_) return absl::OkStatus();
  }
  storage::BorrowedSnapshot numbered = snapshot;
  numbered.index = next_index_++;
  if (numbered.index < stored_count_) return CompareWithStored(numbered);
  return writer_->Append(lane_, numbered);
}

absl::StatusOr<bool> StoredSink::IsAfterStart(const storage::BorrowedSnapshot& snapshot) {
  if (IsEnd(snapshot)) return true;
  if (!before_start_.has_value()) {
    PERCEPT_RETURN_IF_ERROR(repository_->VisitHeads(
        job_id_, next_index_ - 1, next_index_,
        [this](const storage::SnapshotHead& head) { before_start_ = head; }));
    if (!before_start_.has_value()) {
      return absl::DataLossError(absl::StrCat("snapshot ", next_index_ - 1, " is not there"));
    }
  }
  return std::tie(snapshot.step, snapshot.instances) >
         std::tie(before_start_->step, before_start_->instances);
}

absl::Status StoredSink::AppendEpoch(storage::EpochRecord epoch) {
  return writer_->AppendEpoch(lane_, epoch);
}

absl::Status StoredSink::SaveCheckpoint(storage::CheckpointRecord checkpoint) {
  checkpoint.snapshot_count = next_index_;
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
