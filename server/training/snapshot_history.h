#ifndef PERCEPT_SERVER_TRAINING_SNAPSHOT_HISTORY_H_
#define PERCEPT_SERVER_TRAINING_SNAPSHOT_HISTORY_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "server/base/listeners.h"
#include "server/storage/records.h"
#include "server/storage/repositories.h"

namespace percept::training {

using SnapshotView = storage::SnapshotRepository::View;

// Appends to `bytes` what viewers are sent of a snapshot of a job. Opaque here. Thread-safe.
using SnapshotEncoder = std::function<void(
    const storage::JobRecord&, const storage::BorrowedSnapshot&, SnapshotView, std::string& bytes)>;

// Consecutive snapshots as viewers are sent them, one after the other; shared by all viewers.
struct EncodedSnapshots {
  int64_t first_index = 0;
  int64_t count = 0;
  absl::string_view bytes;
  std::shared_ptr<const void> owner;  // Of the bytes.
  // When the first of them was published; unset where that is long ago.
  std::optional<std::chrono::steady_clock::time_point> publish_time;

  int64_t end_index() const { return first_index + count; }
};

// The snapshots of one job for those who watch it: all that are stored, and a call when there are
// more. Viewers pull at their own pace, so that a slow one costs a cursor and nothing else: the
// publisher neither waits for it nor keeps anything on its behalf. The newest snapshots, up to
// `kWindowBytes`, are kept in memory, in the blocks they were stored in, and a block is encoded
// when the first viewer asks for it, once for all; older ones are read from the store. Thread-safe.
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

  // Makes stored snapshots known and calls the listeners, once for all of them. Indices rise
  // without gaps.
  void Publish(const std::vector<std::shared_ptr<const storage::SnapshotBlock>>& blocks)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Says that so many more of them have lost their parameters.
  void AddThinned(int64_t count) ABSL_LOCKS_EXCLUDED(mutex_);

  // Says that no more snapshots will come, or that the job's state changed, and calls the
  // listeners.
  void End() ABSL_LOCKS_EXCLUDED(mutex_);
  void NotifyStateChanged() ABSL_LOCKS_EXCLUDED(mutex_);

  // Says that the job has been deleted, which whoever reads on learns.
  void MarkDeleted() ABSL_LOCKS_EXCLUDED(mutex_);

  // Number of snapshots stored; the newest has index count() - 1.
  int64_t count() const ABSL_LOCKS_EXCLUDED(mutex_);

  // How many of them have lost their parameters. Those in the window may still be read.
  int64_t thinned_count() const ABSL_LOCKS_EXCLUDED(mutex_);

  // As the history was made.
  const storage::JobRecord& job() const { return job_; }

  // How often the job's state has changed, as far as this history was told.
  int64_t state_changes() const ABSL_LOCKS_EXCLUDED(mutex_);

  // True when no more snapshots will come.
  bool ended() const ABSL_LOCKS_EXCLUDED(mutex_);

  // The snapshots from `start_index` on, in order, until they fill `max_bytes` (at least one) or
  // there are no more. May read the store, hence block. DataLoss for a corrupt record; OutOfRange,
  // naming the nearest that are, in the full view where the first one's parameters are no longer
  // kept; NotFound once the job is deleted.
  absl::StatusOr<std::vector<EncodedSnapshots>> Read(int64_t start_index, SnapshotView view,
                                                     int64_t max_bytes) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Calls `listener` after each change, on the thread that makes it and under no lock of the
  // history, until the subscription is destroyed; see base/listeners.h.
  using Subscription = Listeners<>::Subscription;
  std::unique_ptr<Subscription> Listen(std::function<void()> listener) {
    return listeners_.Add(std::move(listener));
  }

 private:
  // Encoded snapshots and where each ends.
  struct Encoding {
    int64_t first_index = 0;
    std::string bytes;
    std::vector<size_t> ends;
  };

  // A block of the window.
  struct Entry {
    explicit Entry(std::shared_ptr<const storage::SnapshotBlock> stored);

    const std::shared_ptr<const storage::SnapshotBlock> block;
    const std::chrono::steady_clock::time_point publish_time = std::chrono::steady_clock::now();
    int64_t size_bytes;  // With its encodings; guarded by the history's mutex.
    absl::Mutex mutex;   // Taken under no other lock. Held while the block is encoded.
    std::shared_ptr<const Encoding> metrics ABSL_GUARDED_BY(mutex);
    std::shared_ptr<const Encoding> full ABSL_GUARDED_BY(mutex);
  };
  using EntryPtr = std::shared_ptr<Entry>;

  // The snapshots of an encoding from an index on, up to the one that takes them to `max_bytes`.
  static EncodedSnapshots Cut(const std::shared_ptr<const Encoding>& encoding, int64_t start_index,
                              int64_t max_bytes);

  // Where a snapshot is found.
  struct Place {
    EntryPtr entry;          // Null where it is in the store alone, or is not yet.
    int64_t stored_end = 0;  // Snapshots before this index are in the store alone.
  };
  Place Find(int64_t index) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Makes the window as large as it may be; what has to go is appended to `gone`, to be destroyed
  // under no lock.
  void Shrink(std::vector<EntryPtr>& gone) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Status CheckNotDeleted() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<const Encoding> Encode(const EntryPtr& entry, SnapshotView view) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<const Encoding>> EncodeStored(int64_t start_index,
                                                               int64_t end_index, SnapshotView view,
                                                               int64_t max_bytes) const;

  const storage::JobRecord job_;
  storage::SnapshotRepository* const repository_;  // Thread-safe.
  const SnapshotEncoder encoder_;                  // Thread-safe.
  mutable absl::Mutex mutex_;
  mutable std::deque<EntryPtr> window_ ABSL_GUARDED_BY(mutex_);  // The newest, in order.
  mutable int64_t window_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t count_ ABSL_GUARDED_BY(mutex_);
  int64_t thinned_count_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_);
  bool deleted_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t state_changes_ ABSL_GUARDED_BY(mutex_) = 0;
  Listeners<> listeners_;  // Thread-safe; called under no lock.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_SNAPSHOT_HISTORY_H_
