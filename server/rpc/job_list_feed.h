#ifndef PERCEPT_SERVER_RPC_JOB_LIST_FEED_H_
#define PERCEPT_SERVER_RPC_JOB_LIST_FEED_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/rpc/audience.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// The newest jobs that match a filter, kept up to date for all who look at them. The list is read
// anew when one of its jobs may have changed, and compared with what was read before; each viewer
// takes what has changed since the version it knows, so that a slow one costs nothing and misses
// nothing but what was superseded. Thread-safe.
class JobListFeed {
 public:
  // Shortest time between two readings; a list that takes long to read is read less often.
  static constexpr absl::Duration kLeastInterval = absl::Milliseconds(50);
  // Between two readings while a job shown is queued or running; a job of which nothing but its
  // progress changes is sent no more often than this.
  static constexpr absl::Duration kProgressInterval = absl::Milliseconds(500);
  // After a reading that failed.
  static constexpr absl::Duration kRetryInterval = absl::Seconds(1);
  // Bound on the jobs of a list: those beyond it are not shown.
  static constexpr size_t kMaxBytes = size_t{3} << 20;
  // Removals that are remembered; a viewer who has missed more is sent the whole list.
  static constexpr size_t kMaxRemovals = 1000;

  // All must outlive the feed; `max_jobs` is at least 1.
  static std::shared_ptr<JobListFeed> Make(storage::JobFilter filter, int max_jobs,
                                           training::Scheduler* scheduler, ThreadPool* pool,
                                           const Clock* clock);

  JobListFeed(const JobListFeed&) = delete;
  JobListFeed& operator=(const JobListFeed&) = delete;

  Audience& audience() { return *audience_; }

  // Reads the list if that is due and no other thread does. An error leaves it as it was.
  absl::Status RefreshIfDue() ABSL_LOCKS_EXCLUDED(mutex_);

  // When `RefreshIfDue` will have something to do, without further news.
  absl::Time due() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Grows with each change; 0 before the first reading.
  int64_t version() const ABSL_LOCKS_EXCLUDED(mutex_);

  // What a viewer is to be sent.
  struct Update {
    int64_t version = 0;  // That the viewer has then.
    bool is_complete = false;
    std::vector<std::shared_ptr<const std::string>> jobs;  // Serialised, newest first.
    std::vector<std::string> removed;                      // Names.
    int64_t total_size = 0;
  };
  // Unset where nothing has changed since `version`, which is 0 for a viewer who has seen nothing.
  std::optional<Update> ChangesSince(int64_t version) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  JobListFeed(storage::JobFilter filter, int max_jobs, training::Scheduler* scheduler,
              ThreadPool* pool, const Clock* clock);

  struct Entry {
    std::string name;
    std::shared_ptr<const std::string> bytes;
    std::string lasting;  // The same without what changes as a job runs.
    int64_t version = 0;  // That brought these bytes.
    absl::Time time;      // Of that version.
  };
  struct Reading {
    std::vector<Entry> entries;  // Newest first.
    int64_t total_size = 0;
    bool is_live = false;  // A job is queued or running.
  };

  // Whether a change to `job`, null where it is unknown, may concern the list.
  bool Concerns(const storage::JobRecord* job) const;
  absl::StatusOr<Reading> Read() const;
  void OnJobChanged(const storage::JobRecord* job);
  // Compares a reading that ended at `now` with the one before; true when something has changed.
  bool Take(Reading reading, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const storage::JobFilter filter_;
  const int max_jobs_;
  training::Scheduler* const scheduler_;  // Thread-safe.
  const Clock* const clock_;              // Thread-safe.
  const std::shared_ptr<Audience> audience_;
  std::atomic<bool> is_stale_{true};  // There is news since the last reading began.
  mutable absl::Mutex mutex_;
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time earliest_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // Of the next reading.
  absl::Time progress_due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t total_size_ ABSL_GUARDED_BY(mutex_) = 0;
  // Names that were removed, each with the version without it; those up to `forgotten_` are not
  // all there.
  std::deque<std::pair<int64_t, std::string>> removals_ ABSL_GUARDED_BY(mutex_);
  int64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<training::Scheduler::JobSubscription> news_;  // Constant once made.
};

// The lists that are being looked at. Thread-safe.
class JobListFeeds {
 public:
  // Different lists at a time; each costs its readings.
  static constexpr size_t kMaxLists = 1000;

  // All must outlive the feeds.
  JobListFeeds(training::Scheduler* scheduler, ThreadPool* pool, const Clock* clock)
      : scheduler_(scheduler), pool_(pool), clock_(clock) {}

  // The list, shared by all who hold it. ResourceExhausted where there are as many as may be.
  absl::StatusOr<std::shared_ptr<JobListFeed>> Open(const storage::JobFilter& filter, int max_jobs)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Key = std::tuple<std::optional<storage::JobState>, std::optional<std::string>,
                         std::optional<std::string>, std::optional<std::string>,
                         std::optional<Reader>, int>;

  training::Scheduler* const scheduler_;
  ThreadPool* const pool_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  std::map<Key, std::weak_ptr<JobListFeed>> feeds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_JOB_LIST_FEED_H_
