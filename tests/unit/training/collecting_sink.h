#ifndef PERCEPT_TESTS_UNIT_TRAINING_COLLECTING_SINK_H_
#define PERCEPT_TESTS_UNIT_TRAINING_COLLECTING_SINK_H_

#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "server/training/runner.h"

namespace percept::training {

// Keeps the snapshots and epochs of an attempt. To be read once the attempt has ended.
class CollectingSink final : public SnapshotSink {
 public:
  // Asked before a snapshot is kept; an error refuses it.
  using Check = std::function<absl::Status(const storage::SnapshotRecord&)>;

  explicit CollectingSink(Check check = nullptr) : check_(std::move(check)) {}

  absl::Status Append(const storage::BorrowedSnapshot& borrowed) override {
    storage::SnapshotRecord snapshot = Own(borrowed);
    if (check_ != nullptr) {
      if (absl::Status refused = check_(snapshot); !refused.ok()) return refused;
    }
    snapshots_.push_back(std::move(snapshot));
    return absl::OkStatus();
  }

  absl::Status AppendEpoch(storage::EpochRecord epoch) override {
    epochs_.push_back(epoch);
    return absl::OkStatus();
  }

  absl::Status SaveCheckpoint(storage::CheckpointRecord checkpoint) override {
    checkpoints_.push_back(std::move(checkpoint));
    return absl::OkStatus();
  }

  const std::vector<storage::SnapshotRecord>& snapshots() const { return snapshots_; }
  const std::vector<storage::EpochRecord>& epochs() const { return epochs_; }
  const std::vector<storage::CheckpointRecord>& checkpoints() const { return checkpoints_; }

 private:
  const Check check_;
  std::vector<storage::SnapshotRecord> snapshots_;
  std::vector<storage::EpochRecord> epochs_;
  std::vector<storage::CheckpointRecord> checkpoints_;
};

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_COLLECTING_SINK_H_
