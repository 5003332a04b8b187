#ifndef PERCEPT_SERVER_TRAINING_SNAPSHOT_WRITER_H_
#define PERCEPT_SERVER_TRAINING_SNAPSHOT_WRITER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

#include "server/storage/repositories.h"
#include "server/training/snapshot_history.h"

namespace percept::training {

// Stores the snapshots and epochs of all running jobs on one thread, as many at once as have come
// in the meantime, and publishes each snapshot only after its commit and that of the epochs before
// it. Thread-safe.
class SnapshotWriter {
 public:
  // Bound on what waits to be stored. A trainer that gets this far ahead of the disk waits: the
  // alternatives are to lose snapshots or to fill the memory.
  static constexpr int64_t kQueueBytes = int64_t{64} << 20;

  // `repository` must outlive the writer.
  explicit SnapshotWriter(storage::SnapshotRepository* repository);

  // Stores what waits, then joins the thread.
  ~SnapshotWriter();

  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  // One job's way into the store.
  class Lane {
   public:
    Lane(std::string job_id, std::shared_ptr<SnapshotHistory> history)
        : job_id_(std::move(job_id)), history_(std::move(history)) {}

   private:
    friend class SnapshotWriter;
    const std::string job_id_;
    const std::shared_ptr<SnapshotHistory> history_;
    // Guarded by the writer's mutex:
    int64_t pending_ = 0;  // Handed over and not yet stored.
    absl::Status status_;  // The first error; no snapshot is stored after it.
  };

  // Hands over the lane's next snapshot. Returns the lane's error once it has one.
  absl::Status Append(const std::shared_ptr<Lane>& lane, storage::SnapshotRecord snapshot)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Hands over the lane's next epoch. Likewise.
  absl::Status AppendEpoch(const std::shared_ptr<Lane>& lane, storage::EpochRecord epoch)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until all that was handed over on the lane is stored and published or failed.
  absl::Status Drain(const std::shared_ptr<Lane>& lane) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Item {
    std::shared_ptr<Lane> lane;
    std::variant<storage::SnapshotRecord, storage::EpochRecord> record;
    int64_t size_bytes = 0;
  };

  absl::Status Push(Item item) ABSL_LOCKS_EXCLUDED(mutex_);
  void Work() ABSL_LOCKS_EXCLUDED(mutex_);
  void Store(const std::deque<Item>& items) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status StoreTogether(const std::deque<Item>& items);
  absl::Status StoreAlone(const Item& item) ABSL_LOCKS_EXCLUDED(mutex_);
  void Finish(const Item& item, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

  storage::SnapshotRepository* const repository_;  // Thread-safe.
  absl::Mutex mutex_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mutex_);
  int64_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // Of the queue and of what is being stored.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_SNAPSHOT_WRITER_H_
