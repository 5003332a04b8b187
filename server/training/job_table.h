#ifndef PERCEPT_SERVER_TRAINING_JOB_TABLE_H_
#define PERCEPT_SERVER_TRAINING_JOB_TABLE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/base/listeners.h"
#include "server/storage/repositories.h"
#include "server/training/job_queue.h"
#include "server/training/runner.h"
#include "server/training/snapshot_history.h"

namespace percept::training {

// A job with what is known of it at this moment.
struct JobView {
  storage::JobRecord record;
  int64_t step = 0;
  int64_t total_steps = 0;  // At most, as early stopping may end it before; 0 for the perceptron.
  int64_t instances = 0;
  int64_t total_instances = 0;  // Likewise.
  int32_t epoch = 0;
  int32_t total_epochs = 0;  // Likewise; 0 for the perceptron.
  double instances_per_second = 0.0;
  std::optional<storage::Metrics> latest;    // Of the newest snapshot.
  std::optional<absl::Time> heartbeat_time;  // Last sign of life from the worker.
  std::optional<absl::Time> estimated_end_time;
  int64_t max_kept_snapshots = 0;        // That keep their parameters, at most.
  std::optional<JobQueue::Place> place;  // Set while queued.
  std::string wait_message;              // Why it is not finished; empty when it is.
  std::vector<std::string> damaged;      // Lines that name its records that cannot be read.
};

// A job that has not ended.
struct ActiveJob {
  explicit ActiveJob(storage::JobRecord initial) : id(initial.id), record(std::move(initial)) {}

  const std::string id;
  // Held through a transition, including its commit; taken before any other lock.
  absl::Mutex transition_mutex;
  // Changed under both the transition mutex and the table's, so that either is enough to read it.
  storage::JobRecord record;
  StopSignal stop;
  LiveProgress progress;
  std::shared_ptr<SnapshotHistory> history;  // Set by the table, then constant.
  // What the job becomes once that can be stored; unset while nothing waits for the store. Changed
  // and read as `record`.
  std::optional<storage::JobRecord> unstored_end;
  std::string unstored_reason;
};
using ActiveJobPtr = std::shared_ptr<ActiveJob>;

// Where every job stands. Transitions follow the table of job_state.h and are committed before
// anybody learns of them. Thread-safe; calls may block on the disk.
class JobTable {
 public:
  // `store` and `clock` must outlive the table.
  JobTable(storage::Store* store, SnapshotEncoder encoder, const Clock* clock);

  // Makes a job known that the store holds, or is about to hold.
  ActiveJobPtr Add(storage::JobRecord record) ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes back `Add` of a job that the store did not take.
  void Forget(const ActiveJob& job) ABSL_LOCKS_EXCLUDED(mutex_);

  // Null for a job that has ended or does not exist.
  ActiveJobPtr Find(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Asks all active jobs to stop.
  void AskAllToStop() ABSL_LOCKS_EXCLUDED(mutex_);

  // The job's record as it is now.
  storage::JobRecord RecordOf(const ActiveJob& job) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Commits a transition to `state`, after `change` has set what else goes with it, then makes it
  // known. FailedPrecondition, with nothing changed, when it is not allowed.
  absl::Status Transition(ActiveJob& job, storage::JobState state,
                          const std::function<void(storage::JobRecord&)>& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job.transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // Commits a change of a job that stays in its state.
  absl::Status Change(ActiveJob& job, const std::function<void(storage::JobRecord&)>& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job.transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // Puts a use of the test split on record with a job, in the store first. NotFound.
  absl::Status AppendTestEvaluation(absl::string_view id, const storage::TestEvaluation& evaluation)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Says who may read a job, in the store first. NotFound.
  absl::Status SetVisibility(absl::string_view id, Visibility visibility)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Moves a job to a final state. On an error nothing is changed.
  absl::Status End(const ActiveJobPtr& job, storage::JobState state,
                   const std::function<void(storage::JobRecord&)>& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job->transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // Likewise for a job whose attempt is over, so that there is no way back: while its end cannot be
  // stored the job is shown as it was before, with the reason, until `StoreEnds` succeeds or the
  // next server takes it up again.
  void EndOnceStored(const ActiveJobPtr& job, storage::JobState state,
                     const std::function<void(storage::JobRecord&)>& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job->transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // Tries again to store the ends that could not be.
  void StoreEnds() ABSL_LOCKS_EXCLUDED(mutex_);
  bool has_unstored_ends() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Deletes a job that is not active. NotFound; FailedPrecondition where the store refuses it.
  absl::Status Delete(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // A job, all but its place in the queue and what may be kept of it. NotFound.
  absl::StatusOr<JobView> Show(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  JobView Show(storage::JobRecord stored) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The snapshots of a job, shared by all who watch it. NotFound.
  absl::StatusOr<std::shared_ptr<SnapshotHistory>> OpenHistory(absl::string_view id)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Those who want to be told of changes to jobs, once these are stored: with the job's record, or
  // null where it is not at hand, as of a deleted job. Called under the job's transition mutex.
  using JobListeners = Listeners<const storage::JobRecord*>;
  JobListeners& listeners() { return listeners_; }

 private:
  // Has `store` change a stored job, active or not, and then `change` what is in memory.
  absl::Status Amend(absl::string_view id, absl::FunctionRef<absl::Status()> store,
                     absl::FunctionRef<void(storage::JobRecord&)> change)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<storage::JobRecord> ReadStored(absl::string_view id) const;
  absl::Status Commit(ActiveJob& job, storage::JobRecord changed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job.transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // The job's record with a transition made. FailedPrecondition where that is not allowed.
  static absl::StatusOr<storage::JobRecord> Changed(
      const ActiveJob& job, storage::JobState state,
      const std::function<void(storage::JobRecord&)>& change)
      ABSL_SHARED_LOCKS_REQUIRED(job.transition_mutex);

  // `ended` is the job's record in its final state.
  absl::Status CommitEnd(const ActiveJobPtr& job, storage::JobRecord ended)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job->transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // False for a job that is not active.
  bool AddLive(JobView& view) const ABSL_LOCKS_EXCLUDED(mutex_);
  // The newest snapshot of a job that has some. NotFound once the job is deleted.
  absl::StatusOr<storage::SnapshotRecord> ReadNewest(const storage::JobRecord& job) const;
  void AddLatest(JobView& view) const;
  void LogDamage(const JobView& view) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Drops what is known of a job that has been deleted.
  void ForgetEnded(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);
  void KeepEndedHistory(const std::string& id, const std::shared_ptr<SnapshotHistory>& history)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::Store* const store_;    // Thread-safe.
  const SnapshotEncoder encoder_;  // Thread-safe.
  const Clock* const clock_;       // Thread-safe.
  mutable absl::Mutex mutex_;
  std::map<std::string, ActiveJobPtr, std::less<>> active_ ABSL_GUARDED_BY(mutex_);
  std::vector<ActiveJobPtr> unstored_ends_ ABSL_GUARDED_BY(mutex_);
  // Of jobs that have ended, for as long as somebody watches.
  std::map<std::string, std::weak_ptr<SnapshotHistory>, std::less<>> ended_histories_
      ABSL_GUARDED_BY(mutex_);
  JobListeners listeners_;  // Thread-safe.
  mutable std::set<std::string, std::less<>> logged_damaged_ ABSL_GUARDED_BY(mutex_);  // Jobs.
};

// The store keeps times to the microsecond.
inline absl::Time ToMicros(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_JOB_TABLE_H_
