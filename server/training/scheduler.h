#ifndef PERCEPT_SERVER_TRAINING_SCHEDULER_H_
#define PERCEPT_SERVER_TRAINING_SCHEDULER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "server/base/clock.h"
#include "server/data/catalogue.h"
#include "server/ml/engine.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/repositories.h"
#include "server/training/admission.h"
#include "server/training/job_queue.h"
#include "server/training/job_table.h"
#include "server/training/runner.h"
#include "server/training/snapshot_history.h"
#include "server/training/snapshot_writer.h"
#include "server/training/stored_attempt.h"

namespace percept::training {

// All jobs of a server: takes them in, has them trained by its workers, and knows how each stands.
// Every transition is durable before anybody learns of it. Thread-safe; calls may block on the
// disk.
class Scheduler {
 public:
  struct Options {
    int workers = 1;
    int64_t max_queued_jobs = 10'000;
    int64_t max_queued_jobs_per_owner = 1'000;    // Paused ones count too.
    int64_t max_running_jobs_per_owner = 10'000;  // Further ones wait.
    // How long a job runs before it gives its worker to one that is due before it.
    absl::Duration time_slice = absl::Seconds(10);
    // Training that a crash may cost.
    absl::Duration checkpoint_interval = absl::Seconds(5);
    // Of a job's snapshots, parameters are kept of as many as both allow; metrics of all.
    int64_t max_kept_snapshots_per_job = 1'000'000;
    int64_t max_parameter_bytes_per_job = int64_t{1} << 30;
    // Of parameters kept of an owner's jobs, above which new ones are refused; 0 for no limit.
    int64_t max_stored_bytes_per_owner = 0;
    // Of everything stored but the contents of data sets, likewise.
    int64_t max_store_bytes = 0;
    // Between two attempts to store the end of a job.
    absl::Duration retry_interval = absl::Seconds(1);
    int64_t max_job_memory_bytes = int64_t{2} << 30;
    ml::InstructionSet instruction_set = ml::InstructionSet::kX86_64V2;
  };

  // `store`, `catalogue` and `clock` must outlive the scheduler.
  Scheduler(Options options, storage::Store* store, data::Catalogue* catalogue,
            SnapshotEncoder encoder, const Clock* clock);

  // Stops as `Stop` does.
  ~Scheduler();

  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Takes up the jobs that an earlier server left unfinished. Call once, before any other.
  absl::Status Recover() ABSL_LOCKS_EXCLUDED(mutex_);

  // Lets the workers begin. Call once, after `Recover`.
  void StartWorkers();

  // Refuses new jobs from now on. Does not wait.
  void BeginStop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Stops running jobs at their next batch, puts them back into the queue for the next start, and
  // joins the workers. Can be called again.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Accepts a job. `init_from` may ask for `kNewestSnapshot`; the job's record holds the one that
  // was found. NotFound for the data set or the job it starts from, OutOfRange for the snapshot;
  // InvalidArgument, naming the field, where those do not fit the model (a perceptron wants two
  // classes, early stopping a validation split, `init_from` the same parameters);
  // ResourceExhausted, naming the limit, when the queue is full, the owner has too many jobs in it
  // or the job is too large; AlreadyExists when `request_id` was used for another spec (the job
  // made before is returned for the same); Unavailable when stopping.
  absl::StatusOr<JobView> Create(const JobRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);

  // NotFound.
  absl::StatusOr<JobView> Get(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);

  struct Page {
    std::vector<JobView> jobs;
    std::vector<std::string> damaged;  // Ids of jobs of this page that cannot be read.
    std::optional<storage::JobRepository::Cursor> next;
  };
  absl::StatusOr<Page> List(const storage::JobFilter& filter, bool newest_first,
                            std::optional<storage::JobRepository::Cursor> cursor, int limit) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Cancels a waiting job at once and asks a running one to end at its next batch; the request is
  // durable when this returns. NotFound; FailedPrecondition when the job has ended otherwise.
  absl::StatusOr<JobView> Cancel(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Pauses a waiting job at once and asks a running one to stop at its next batch; the request is
  // durable when this returns. A paused one stays as it is. NotFound; FailedPrecondition when the
  // job has ended or is being cancelled.
  absl::StatusOr<JobView> Pause(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Puts a paused job back into the queue, to go on where it stopped, and takes back a pause that
  // has not been carried out; likewise durable. Others that have not ended stay as they are.
  // NotFound; FailedPrecondition when the job has ended.
  absl::StatusOr<JobView> Resume(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Deletes an ended job with all that belongs to it, durably. NotFound; FailedPrecondition while
  // it has not ended, or another that has not starts from one of its snapshots.
  absl::Status Delete(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Says who may read a job, finished or not; durable when this returns. NotFound.
  absl::StatusOr<JobView> Share(absl::string_view id, Visibility visibility)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Puts a use of the test split on record with a job, finished or not, and returns the job with
  // it. NotFound.
  absl::StatusOr<JobView> RecordTestEvaluation(absl::string_view id,
                                               const storage::TestEvaluation& evaluation)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The snapshots of a job, shared by all who watch it. NotFound.
  absl::StatusOr<std::shared_ptr<SnapshotHistory>> OpenHistory(absl::string_view id)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Calls `listener` after each change to a job, once it is stored, with the job's record, or with
  // null where that is not at hand, as of a deleted job; until the subscription is destroyed. It
  // must not block nor call the scheduler.
  using JobSubscription = JobTable::JobListeners::Subscription;
  std::unique_ptr<JobSubscription> ListenToJobs(
      std::function<void(const storage::JobRecord*)> listener) {
    return jobs_.listeners().Add(std::move(listener));
  }

  // Jobs that match a filter.
  absl::StatusOr<int64_t> Count(const storage::JobFilter& filter) const;

  struct Load {
    int64_t running = 0;
    int64_t queued = 0;
  };
  Load load() const ABSL_LOCKS_EXCLUDED(mutex_);

  const Options& options() const { return options_; }

  // What jobs are trained by: equal revisions and instruction sets give equal bits.
  int32_t engine_revision() const { return ml::kEngineRevision; }
  const char* instruction_set() const { return ml::KernelsFor(options_.instruction_set).name; }

 private:
  absl::StatusOr<std::optional<JobView>> FindRepeated(const JobRequest& request) const;

  absl::Status CheckStoredBytes(const std::string& owner) const;
  absl::StatusOr<storage::JobRecord> Admit(const JobRequest& request);

  // Takes a new job in before it is stored, so that whoever reads it from the store finds it
  // active; then stores and queues it, or forgets it.
  absl::StatusOr<ActiveJobPtr> Reserve(const storage::JobRecord& record)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Enter(ActiveJob& job) ABSL_LOCKS_EXCLUDED(mutex_);

  // Says of a job how much is kept of it and, while it is queued, where it stands and what it waits
  // for.
  JobView WithPlace(JobView view) const ABSL_LOCKS_EXCLUDED(mutex_);
  std::string WhatItWaitsFor(const storage::JobRecord& job, const JobQueue::Place& place) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Carries out a request for a job that has not ended.
  absl::Status CancelActive(const ActiveJobPtr& job) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status PauseActive(ActiveJob& job) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status ResumeActive(ActiveJob& job) ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes a job out of the queue, makes `transition`, and puts it back where that fails.
  absl::Status Dequeue(const ActiveJob& job, absl::FunctionRef<absl::Status()> transition)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job.transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);
  JobQueue::Job QueuedJob(const storage::JobRecord& record) const;
  // Jobs of an owner's that wait, are paused or are being stored.
  int64_t HeldBy(absl::string_view owner) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts one job less in `held_`.
  void Release(const std::string& owner) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Takes up a job that an earlier server left unfinished.
  absl::Status TakeUp(storage::JobRecord record) ABSL_LOCKS_EXCLUDED(mutex_);

  // What a worker runs.
  struct Run {
    ActiveJobPtr job;
    JobQueue::Job queued;
    int64_t start_instances = 0;  // What the job showed before.
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  };

  // Each worker.
  void Work() ABSL_LOCKS_EXCLUDED(mutex_);
  std::list<Run>::iterator BeginRun() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndRun(std::list<Run>::iterator run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunJob(const ActiveJobPtr& job);
  // False when the job is not to be run after all.
  bool BeginAttempt(const ActiveJobPtr& job) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndAttempt(const ActiveJobPtr& job, const AttemptReport& report, absl::Duration run_time);
  // Of a job that was asked to stop: pauses it, or puts it back into the queue.
  void SetAside(const ActiveJobPtr& job, const std::function<void(storage::JobRecord&)>& finish)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job->transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // Of a job with whom nothing can be done since `unstored`.
  void EndFailed(const ActiveJobPtr& job, const absl::Status& unstored,
                 const std::function<void(storage::JobRecord&)>& finish)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(job->transition_mutex) ABSL_LOCKS_EXCLUDED(mutex_);

  // The housekeeper: time slices, ends that could not be stored, room that deleted jobs took.
  void KeepHouse() ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasChores() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Asks one running job at a time to give up its worker.
  void EndSlices() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StoreEnds() ABSL_LOCKS_EXCLUDED(mutex_);
  void NoteUnstoredEnds() ABSL_LOCKS_EXCLUDED(mutex_);
  void PurgeSome() ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  storage::Store* const store_;       // Thread-safe.
  data::Catalogue* const catalogue_;  // Thread-safe.
  const Clock* const clock_;          // Thread-safe.
  JobTable jobs_;                     // Thread-safe.
  SnapshotWriter writer_;             // Thread-safe.
  // Taken after a job's transition mutex and before the table's.
  mutable absl::Mutex mutex_;
  JobQueue queue_ ABSL_GUARDED_BY(mutex_);
  // By owner: jobs that are paused, or being stored to be queued next.
  std::map<std::string, int64_t, std::less<>> held_ ABSL_GUARDED_BY(mutex_);
  int64_t entering_ ABSL_GUARDED_BY(mutex_) = 0;  // Jobs being stored, of all owners.
  std::list<Run> runs_ ABSL_GUARDED_BY(mutex_);
  std::string yielding_ ABSL_GUARDED_BY(mutex_);  // Job asked to give up its worker; or empty.
  bool has_unstored_ends_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_deleted_jobs_ ABSL_GUARDED_BY(mutex_) = true;  // Perhaps, of the server before.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Changed by `StartWorkers` and `Stop` alone.
  std::vector<std::thread> workers_;
  std::thread housekeeper_;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_SCHEDULER_H_
