#ifndef PERCEPT_SERVER_RPC_JOB_FEED_H_
#define PERCEPT_SERVER_RPC_JOB_FEED_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/base/thread_pool.h"
#include "server/rpc/audience.h"
#include "server/training/scheduler.h"

namespace percept::rpc {

// What all viewers of one job share: its history, the news of it, and its heartbeats, which are
// made once for all. Thread-safe.
class JobFeed {
 public:
  // All that is not shared must outlive the feed.
  JobFeed(std::shared_ptr<training::SnapshotHistory> history, training::Scheduler* scheduler,
          ThreadPool* pool, const Clock* clock);

  JobFeed(const JobFeed&) = delete;
  JobFeed& operator=(const JobFeed&) = delete;

  const training::SnapshotHistory& history() const { return *history_; }
  Audience& audience() { return *audience_; }

  // A sign of life, encoded as a WatchSnapshotsResponse.
  struct Heartbeat {
    std::string bytes;
    int64_t newest_index = -1;
    int64_t state_changes = 0;  // As the history knew of.
    absl::Time time;
    absl::Duration interval;  // Until the next one is due.
  };
  // One that is a moment old at most, knows of all changes of the job's state, and names no index
  // below `least_index`, which is stored. NotFound once the job is deleted.
  absl::StatusOr<std::shared_ptr<const Heartbeat>> HeartbeatOf(int64_t least_index)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The end of a job that has ended, encoded as a WatchSnapshotsResponse. NotFound once the job is
  // deleted.
  absl::StatusOr<std::string> EndOf() const;

 private:
  absl::StatusOr<std::shared_ptr<const Heartbeat>> MakeHeartbeat() const;

  const std::shared_ptr<training::SnapshotHistory> history_;
  training::Scheduler* const scheduler_;  // Thread-safe.
  const Clock* const clock_;              // Thread-safe.
  const std::shared_ptr<Audience> audience_;
  const std::unique_ptr<training::SnapshotHistory::Subscription> news_;
  absl::Mutex mutex_;  // Held while a heartbeat is made, so that it is made once.
  std::shared_ptr<const Heartbeat> heartbeat_ ABSL_GUARDED_BY(mutex_);
};

// The feeds of the jobs that are being watched. Thread-safe.
class JobFeeds {
 public:
  // All must outlive the feeds.
  JobFeeds(training::Scheduler* scheduler, ThreadPool* pool, const Clock* clock)
      : scheduler_(scheduler), pool_(pool), clock_(clock) {}

  // The feed of a job, shared by all who hold it. NotFound.
  absl::StatusOr<std::shared_ptr<JobFeed>> Open(absl::string_view job_id)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  training::Scheduler* const scheduler_;
  ThreadPool* const pool_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  std::map<std::string, std::weak_ptr<JobFeed>, std::less<>> feeds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_JOB_FEED_H_
