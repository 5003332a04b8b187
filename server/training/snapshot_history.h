#ifndef PERCEPT_SERVER_TRAINING_SNAPSHOT_HISTORY_H_
#define PERCEPT_SERVER_TRAINING_SNAPSHOT_HISTORY_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "server/storage/records.h"
#include "server/storage/repositories.h"

namespace percept::training {

using SnapshotView = storage::SnapshotRepository::View;

// Turns a snapshot of a job into the bytes that viewers are sent. Opaque here. Thread-safe.
using SnapshotEncoder = std::function<std::string(
    const storage::JobRecord& job, const storage::SnapshotRecord& snapshot, SnapshotView)>;

// One snapshot in the form in which viewers share it.
struct EncodedSnapshot {
  int64_t index = 0;
  std::shared_ptr<const std::string> bytes;
};

// The snapshots of one job for those who watch it: all that are stored, and a call when there are
// more. Viewers pull at their own pace, so that a slow one costs a cursor and nothing else: the
// publisher neither waits for it nor keeps anything on its behalf. The newest snapshots, up to
// `kWindowBytes`, are kept in memory and encoded once for all viewers; older ones are read from the
// store. Thread-safe.
class SnapshotHistory {
 public:
  // Bound on the memory of the window, for snapshots and their encodings.
  static constexpr int64_t kWindowBytes = int64_t{8} << 20;

  // `stored_count` snapshots are in `repository`, which must outlive the history. `ended` when no
  // more will come.
  SnapshotHistory(storage::JobRecord job, storage::SnapshotRepository* repository,
                  SnapshotEncoder encoder, int64_t stored_count, bool ended);

  SnapshotHistory(const SnapshotHistory&) = delete;
  SnapshotHistory& operator=(const SnapshotHistory&) = delete;

  // Makes a stored snapshot known and calls the listeners. Indices rise without gaps.
  void Publish(storage::SnapshotRecord snapshot) ABSL_LOCKS_EXCLUDED(mutex_);

  // Says that no more snapshots will come, or that the job's state changed, and calls the
  // listeners.
  void End() ABSL_LOCKS_EXCLUDED(mutex_);
  void NotifyStateChanged() ABSL_LOCKS_EXCLUDED(mutex_);

  // Number of snapshots stored; the newest has index count() - 1.
  int64_t count() const ABSL_LOCKS_EXCLUDED(mutex_);

  // How often the job's state has changed, as far as this history was told.
  int64_t state_changes() const ABSL_LOCKS_EXCLUDED(mutex_);

  // True when no more snapshots will come.
  bool ended() const ABSL_LOCKS_EXCLUDED(mutex_);

  // The snapshots from `start_index` on, in order, until they fill `max_bytes` (at least one) or
  // there are no more. May read the store, hence block. DataLoss for a corrupt record.
  absl::StatusOr<std::vector<EncodedSnapshot>> Read(int64_t start_index, SnapshotView view,
                                                    int64_t max_bytes) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Keeps a listener until it is destroyed.
  class Subscription {
   public:
    Subscription(std::shared_ptr<SnapshotHistory> history, int64_t id)
        : history_(std::move(history)), id_(id) {}
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    const std::shared_ptr<SnapshotHistory> history_;
    const int64_t id_;
  };

  // Calls `listener` after each change, on the thread that makes it and under no lock of the
  // history; it must not block. It may still be called once while its subscription is destroyed.
  static std::unique_ptr<Subscription> Listen(const std::shared_ptr<SnapshotHistory>& history,
                                              std::function<void()> listener);

 private:
  struct Entry {
    storage::SnapshotRecord snapshot;
    int64_t size_bytes = 0;
    std::shared_ptr<const std::string> metrics_bytes;
    // Encoded when the first viewer asks for it.
    absl::Mutex full_mutex;
    std::shared_ptr<const std::string> full_bytes ABSL_GUARDED_BY(full_mutex);
  };

  void Notify() ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<const std::string> Encoded(Entry& entry, SnapshotView view) const;
  absl::StatusOr<std::vector<EncodedSnapshot>> ReadStored(int64_t start_index, int64_t end_index,
                                                          SnapshotView view,
                                                          int64_t max_bytes) const;

  const storage::JobRecord job_;
  storage::SnapshotRepository* const repository_;  // Thread-safe.
  const SnapshotEncoder encoder_;                  // Thread-safe.
  mutable absl::Mutex mutex_;
  std::deque<std::shared_ptr<Entry>> window_ ABSL_GUARDED_BY(mutex_);  // The newest, in order.
  int64_t window_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t count_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_);
  int64_t state_changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<int64_t, std::shared_ptr<const std::function<void()>>> listeners_
      ABSL_GUARDED_BY(mutex_);
  int64_t next_listener_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_SNAPSHOT_HISTORY_H_
