#ifndef PERCEPT_SERVER_TRAINING_STORED_SINK_H_
#define PERCEPT_SERVER_TRAINING_STORED_SINK_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/storage/repositories.h"
#include "server/training/runner.h"
#include "server/training/snapshot_writer.h"

namespace percept::training {

// Sends what a runner hands on to the store, after what earlier attempts left there. Snapshots are
// numbered anew from a first index on: those that are stored under their index already are compared
// with what is there and not stored again; of epochs the store keeps the first. What comes no later
// in the training than the stored snapshot before the first index is left out, but for the
// training's end.
class StoredSink final : public SnapshotSink {
 public:
  // Where an attempt begins in what is stored of its job.
  struct Start {
    int64_t stored_count = 0;  // Snapshots in the store.
    // An attempt with the engine of the one before it begins with the first snapshot after its
    // checkpoint, which is to come out as it did; one with another engine after all that is stored.
    int64_t first_index = 0;
  };

  // `repository` and `writer` must outlive the sink.
  StoredSink(std::string job_id, Start start, std::shared_ptr<SnapshotHistory> history,
             storage::SnapshotRepository* repository, SnapshotWriter* writer);

  absl::Status Append(const storage::BorrowedSnapshot& snapshot) override;
  absl::Status AppendEpoch(storage::EpochRecord epoch) override;
  absl::Status SaveCheckpoint(storage::CheckpointRecord checkpoint) override;

  // Waits until everything appended is stored and published.
  absl::Status Drain();

 private:
  // Whether a snapshot comes after what is stored before the first index.
  absl::StatusOr<bool> IsAfterStart(const storage::BorrowedSnapshot& snapshot);
  absl::Status CompareWithStored(const storage::SnapshotHead& snapshot);

  const std::string job_id_;
  const int64_t stored_count_;
  int64_t next_index_;
  bool is_after_start_;
  std::optional<storage::SnapshotHead> before_start_;  // Once it has been read.
  storage::SnapshotRepository* const repository_;
  SnapshotWriter* const writer_;
  const std::shared_ptr<SnapshotWriter::Lane> lane_;
  std::vector<storage::SnapshotRecord> stored_;  // Read ahead, to be compared with.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_STORED_SINK_H_
