#ifndef PERCEPT_SERVER_TRAINING_SCHEDULER_H_
#define PERCEPT_SERVER_TRAINING_SCHEDULER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
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

  // Lets the workers begin. Call once.
  void StartWorkers();

  // Refuses new jobs from now on. Does not wait.
  void BeginStop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Stops running jobs at their next batch, puts them back into the queue for the next start, and
  // joins the workers. Can be called again.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Accepts a job. `init_from` may ask for `kNewestSnapshot`; the job's record holds the one that
  // was found. NotFound for the data set or the job it starts from, OutOfRange for the snapshot;
  // InvalidArgument, naming the field, where those do not fit the model (a perceptron wants two
  // classes, early stopping a validation split, `init_from` the same parameters); ResourceExhausted
  // when the queue is full or the job too large; AlreadyExists when `request_id` was used for
  // another spec (the job made before is returned for the same); Unavailable when stopping.
  absl::StatusOr<JobView> Create(const JobRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);

  // NotFound.
  absl::StatusOr<JobView> Get(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);

  struct Page {
    std::vector<JobView> jobs;
    std::optional<storage::JobRepository::Cursor> next;
  };
  absl::StatusOr<Page> List(const storage::JobFilter& filter, bool newest_first,
                            std::optional<storage::JobRepository::Cursor> cursor, int limit) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Cancels a waiting job at once and asks a running one to end at its next batch; the request is
  // durable when this returns. NotFound; FailedPrecondition when the job has ended otherwise.
  absl::StatusOr<JobView> Cancel(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Puts a use of the test split on record with a job, finished or not, and returns the job with
  // it. NotFound.
  absl::StatusOr<JobView> RecordTestEvaluation(absl::string_view id,
                                               const storage::TestEvaluation& evaluation)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The snapshots of a job, shared by all who watch it. NotFound.
  absl::StatusOr<std::shared_ptr<SnapshotHistory>> OpenHistory(absl::string_view id)
      ABSL_LOCKS_EXCLUDED(mutex_);

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

  absl::StatusOr<storage::JobRecord> Admit(const JobRequest& request);

  // Takes a new job in before it is stored, so that whoever reads it from the store finds it
  // active; then stores and queues it, or forgets it.
  absl::StatusOr<ActiveJobPtr> Reserve(const storage::JobRecord& record)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Enter(ActiveJob& job) ABSL_LOCKS_EXCLUDED(mutex_);

  // Says of a queued job where it stands and what it waits for.
  JobView WithPlace(JobView view) const ABSL_LOCKS_EXCLUDED(mutex_);

  void Work();
  void RunJob(const ActiveJobPtr& job);
  absl::Status BeginAttempt(const ActiveJobPtr& job);
  void EndAttempt(const ActiveJobPtr& job, const AttemptReport& report, absl::Duration run_time);

  const Options options_;
  storage::Store* const store_;       // Thread-safe.
  data::Catalogue* const catalogue_;  // Thread-safe.
  const Clock* const clock_;          // Thread-safe.
  JobTable jobs_;                     // Thread-safe.
  SnapshotWriter writer_;             // Thread-safe.
  // Taken after a job's transition mutex and before the table's.
  mutable absl::Mutex mutex_;
  JobQueue queue_ ABSL_GUARDED_BY(mutex_);
  int64_t entering_ ABSL_GUARDED_BY(mutex_) = 0;  // Jobs being stored, to be queued next.
  int64_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> workers_;  // Changed by `StartWorkers` and `Stop` alone.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_SCHEDULER_H_
