#ifndef PERCEPT_TESTS_UNIT_TRAINING_LANES_H_
#define PERCEPT_TESTS_UNIT_TRAINING_LANES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "server/training/snapshot_writer.h"
#include "tests/unit/training/gate.h"
#include "tests/unit/training/job_store.h"

// For tests of the snapshot writer.
namespace percept::training {

inline std::shared_ptr<SnapshotHistory> HistoryOf(const std::string& job_id,
                                                  storage::Store& store) {
  return std::make_shared<SnapshotHistory>(
      JobStore::Job(job_id), &store.snapshots(),
      [](const auto&, const auto&, SnapshotView, std::string&) {}, 0,
      /*ended=*/false);
}

// A job with its way into the store.
struct Job {
  Job(const std::string& id, storage::Store& store)
      : history(HistoryOf(id, store)), lane(std::make_shared<SnapshotWriter::Lane>(id, history)) {}

  const std::shared_ptr<SnapshotHistory> history;
  const std::shared_ptr<SnapshotWriter::Lane> lane;
};

inline int64_t SnapshotsIn(absl::Span<const storage::PendingSnapshots> group) {
  int64_t count = 0;
  for (const storage::PendingSnapshots& each : group) count += each.block->view().count;
  return count;
}

// Notes how many snapshots are in the groups that come to a store, and holds up the first.
class Groups {
 public:
  absl::Status Note(absl::Span<const storage::PendingSnapshots> group) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      sizes_.push_back(SnapshotsIn(group));
    }
    first_arrived.Open();
    first_may_go.Wait();
    return absl::OkStatus();
  }
  std::vector<int64_t> sizes() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return sizes_;
  }

  Gate first_arrived;
  Gate first_may_go;

 private:
  mutable absl::Mutex mutex_;
  std::vector<int64_t> sizes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_LANES_H_
