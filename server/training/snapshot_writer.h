#ifndef PERCEPT_SERVER_TRAINING_SNAPSHOT_WRITER_H_
#define PERCEPT_SERVER_TRAINING_SNAPSHOT_WRITER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/storage/repositories.h"
#include "server/training/retention.h"
#include "server/training/snapshot_history.h"

namespace percept::training {

// Stores the snapshots, epochs and checkpoints of all running jobs on one thread, as many at once
// as have come in the meantime, and publishes each snapshot only after its commit and that of the
// epochs before it. In between it thins what a job has too many of. Thread-safe.
//
// What a trainer hands over is packed into its lane's open block, under a lock that nobody else
// holds for long; the thread hears of it once per group, and takes the whole lane at once.
class SnapshotWriter {
 public:
  // Bound on what waits to be stored. A trainer that gets this far ahead of the disk waits: the
  // alternatives are to lose snapshots or to fill the memory.
  static constexpr int64_t kQueueBytes = int64_t{64} << 20;

  // How long the thread lets a group gather after it has stored one. What comes later than that
  // after the last group, or somebody waits for, is stored at once.
  static constexpr absl::Duration kGatherTime = absl::Milliseconds(1);

  // `repository` must outlive the writer.
  explicit SnapshotWriter(storage::SnapshotRepository* repository, Retention retention = {});

  // Stores what waits, then joins the thread. Thinning goes on with the job's next snapshot, in
  // whatever server.
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

    // What has been handed over since the thread last looked.
    struct Waiting {
      std::vector<std::shared_ptr<storage::SnapshotBlock>> blocks;
      std::vector<storage::EpochRecord> epochs;
      std::optional<storage::CheckpointRecord> checkpoint;
      int64_t size_bytes = 0;  // 0 where nothing waits.

      // Whether there is a checkpoint and no snapshot from before it.
      bool HasCheckpointInTurn() const;
    };

    const std::string job_id_;
    const std::shared_ptr<SnapshotHistory> history_;
    absl::Mutex mutex_;  // Taken under no other lock, and none is taken under it.
    Waiting waiting_ ABSL_GUARDED_BY(mutex_);
    absl::Status status_ ABSL_GUARDED_BY(mutex_);  // The first error; nothing is stored after it.
    int64_t unfinished_groups_ = 0;                // Guarded by the writer's mutex.
    std::optional<Thinning> thinning_;             // Used by the store's thread alone,
    bool is_thinned_ = false;                      // like this: whether it is among `thinned_`.
  };

  // Hands over a copy of the lane's next snapshot. Returns the lane's error once it has one.
  absl::Status Append(const std::shared_ptr<Lane>& lane, const storage::BorrowedSnapshot& snapshot)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Hands over the lane's next epoch. Likewise.
  absl::Status AppendEpoch(const std::shared_ptr<Lane>& lane, const storage::EpochRecord& epoch)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Hands over a checkpoint, which is stored after all that was handed over before it, and in place
  // of one that still waits. Likewise.
  absl::Status SaveCheckpoint(const std::shared_ptr<Lane>& lane,
                              storage::CheckpointRecord checkpoint) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until all that was handed over on the lane is stored and published or failed.
  absl::Status Drain(const std::shared_ptr<Lane>& lane) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // What is stored together of a lane.
  struct Group {
    std::shared_ptr<Lane> lane;
    Lane::Waiting items;
    bool leaves_more = false;  // More waited than is stored at once.
  };

  // Adds to what waits on a lane by `add`, which takes so many bytes.
  template <typename Add>
  absl::Status Push(const std::shared_ptr<Lane>& lane, int64_t size_bytes, const Add& add)
      ABSL_LOCKS_EXCLUDED(mutex_);

  static bool HasRoom(int64_t queued_bytes, int64_t size_bytes);
  bool TryReserve(int64_t size_bytes);
  void AwaitRoom(int64_t size_bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void Release(int64_t size_bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void Announce(const std::shared_ptr<Lane>& lane) ABSL_LOCKS_EXCLUDED(mutex_);

  void Work() ABSL_LOCKS_EXCLUDED(mutex_);
  void Gather() ABSL_LOCKS_EXCLUDED(mutex_);
  // False when more waits already.
  bool Store(const std::vector<std::shared_ptr<Lane>>& lanes) ABSL_LOCKS_EXCLUDED(mutex_);
  static Group Take(const std::shared_ptr<Lane>& lane);
  absl::Status Commit(absl::Span<const Group> groups);
  void Publish(const Group& group, const absl::Status& committed);
  void CommitCheckpoint(const Group& group);
  static void Fail(Lane& lane, const absl::Status& status);
  void Finish(const Group& group) ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes one step of one lane's thinning.
  void ThinSome();
  // False when the lane is to be thinned no further.
  bool Thin(Lane& lane);

  storage::SnapshotRepository* const repository_;  // Thread-safe.
  const Retention retention_;
  // Of what waits and of what is being stored. Made less under the mutex alone.
  std::atomic<int64_t> queued_bytes_{0};
  absl::Mutex mutex_;
  std::vector<std::shared_ptr<Lane>> announced_ ABSL_GUARDED_BY(mutex_);  // Where something waits.
  int64_t in_a_hurry_ ABSL_GUARDED_BY(mutex_) = 0;  // Threads that wait for the store.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::shared_ptr<Lane>> thinned_;  // In turns; used by the store's thread alone.
  std::thread thread_;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_SNAPSHOT_WRITER_H_
