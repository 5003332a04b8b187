#ifndef PERCEPT_SERVER_TRAINING_STORED_SINK_H_
#define PERCEPT_SERVER_TRAINING_STORED_SINK_H_

#include <memory>
#include <string>
#include <vector>

#include "server/storage/repositories.h"
#include "server/training/runner.h"
#include "server/training/snapshot_writer.h"

namespace percept::training {

// Sends a runner's snapshots and epochs to the store. Snapshots that an earlier attempt stored are
// compared with what is there and not stored again; of epochs the store keeps the first.
class StoredSink final : public SnapshotSink {
 public:
  // `repository` and `writer` must outlive the sink; `stored_count` snapshots are in the store.
  StoredSink(std::string job_id, int64_t stored_count, std::shared_ptr<SnapshotHistory> history,
             storage::SnapshotRepository* repository, SnapshotWriter* writer);

  absl::Status Append(const storage::BorrowedSnapshot& snapshot) override;
  absl::Status AppendEpoch(storage::EpochRecord epoch) override;
  absl::Status SaveCheckpoint(storage::CheckpointRecord checkpoint) override;

  // Waits until everything appended is stored and published.
  absl::Status Drain();

 private:
  absl::Status CompareWithStored(const storage::SnapshotHead& snapshot);

  const std::string job_id_;
  const int64_t stored_count_;
  storage::SnapshotRepository* const repository_;
  SnapshotWriter* const writer_;
  const std::shared_ptr<SnapshotWriter::Lane> lane_;
  std::vector<storage::SnapshotRecord> stored_;  // Read ahead, to be compared with.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_STORED_SINK_H_
