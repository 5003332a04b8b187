#include "server/training/scheduler.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"

namespace percept::training {
namespace {

using storage::JobRecord;
using storage::JobState;

// Between two looks at the time slices.
absl::Duration SliceTick(absl::Duration time_slice) {
  return std::clamp(time_slice / 10, absl::Milliseconds(1), absl::Milliseconds(250));
}

// Of workers, beside the process's own: where cores are short, requests and viewers go first.
constexpr int kNiceness = 5;

// Between two pieces of room that are freed, for others to write.
constexpr absl::Duration kPurgeTick = absl::Milliseconds(5);

}  // namespace

Scheduler::Scheduler(Options options, storage::Store* store, data::Catalogue* catalogue,
                     SnapshotEncoder encoder, const Clock* clock)
    : options_(options),
      store_(store),
      catalogue_(catalogue),
      clock_(clock),
      jobs_(store, std::move(encoder), clock),
      writer_(&store->snapshots(),
              {options_.max_kept_snapshots_per_job, options_.max_parameter_bytes_per_job}),
      queue_(options.max_running_jobs_per_owner) {}

Scheduler::~Scheduler() { Stop(); }

void Scheduler::StartWorkers() {
  for (int number = 0; number < options_.workers; ++number) {
    workers_.emplace_back([this] {
      // Of this thread, as Linux has it, and of those that it starts.
      const auto thread = static_cast<id_t>(gettid());
      setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kNiceness);
      Work();
    });
    pthread_setname_np(workers_.back().native_handle(), absl::StrCat("worker-", number).c_str());
  }
  housekeeper_ = std::thread([this] { KeepHouse(); });
  pthread_setname_np(housekeeper_.native_handle(), "housekeeper");
}

void Scheduler::BeginStop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

void Scheduler::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    // Whoever sees that the server is stopping sees its jobs asked to stop.
    jobs_.AskAllToStop();
  }
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  if (housekeeper_.joinable()) housekeeper_.join();
  jobs_.StoreEnds();
}

// --- Recovery ---

absl::Status Scheduler::Recover() {
  PERCEPT_ASSIGN_OR_RETURN(storage::JobRepository::Page unfinished,
                           store_->jobs().ListUnfinished());
  for (const std::string& id : unfinished.damaged) {
    log::Error("a job that had not ended cannot be read: its stored record is damaged",
               {{"job", id}});
  }
  for (JobRecord& record : unfinished.jobs) PERCEPT_RETURN_IF_ERROR(TakeUp(std::move(record)));
  return absl::OkStatus();
}

absl::Status Scheduler::TakeUp(JobRecord record) {
  const ActiveJobPtr job = jobs_.Add(std::move(record));
  absl::MutexLock transition_lock(&job->transition_mutex);
  if (job->record.cancel_requested) {
    return jobs_.End(job, JobState::kCancelled, [](JobRecord&) {});
  }
  if (job->record.state == JobState::kRunning) {
    log::Info("taking up a job the last server left running",
              {{"job", job->id}, {"snapshots", job->record.snapshot_count}});
    const JobState next = job->record.pause_requested ? JobState::kPaused : JobState::kQueued;
    PERCEPT_RETURN_IF_ERROR(
        jobs_.Transition(*job, next, [](JobRecord& changed) { changed.pause_requested = false; }));
  }
  absl::MutexLock lock(&mutex_);
  if (job->record.state == JobState::kPaused) {
    ++held_[job->record.owner];
  } else {
    queue_.Push(QueuedJob(job->record));
  }
  return absl::OkStatus();
}

// --- Housekeeping ---

bool Scheduler::HasChores() const {
  return has_deleted_jobs_ || has_unstored_ends_ || (!runs_.empty() && queue_.size() > 0);
}

void Scheduler::KeepHouse() {
  while (true) {
    absl::Duration pause = SliceTick(options_.time_slice);
    bool has_deleted_jobs = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_chores = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || HasChores();
      };
      mutex_.Await(absl::Condition(&has_chores));
      if (stopping_) return;
      EndSlices();
      if (has_unstored_ends_) pause = std::min(pause, options_.retry_interval);
      has_deleted_jobs = has_deleted_jobs_;
    }
    StoreEnds();
    if (has_deleted_jobs) {
      PurgeSome();
      pause = kPurgeTick;
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) return;
  }
}

void Scheduler::EndSlices() {
  if (!yielding_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  for (const Run& run : runs_) {  // The one that has run longest comes first.
    const bool has_trained =
        run.job->progress.instances.load(std::memory_order_relaxed) != run.start_instances;
    if (!has_trained || absl::FromChrono(now - run.start) < options_.time_slice) continue;
    if (!queue_.HasToYield(run.queued)) continue;
    log::Info("a job's time slice is over", {{"job", run.job->id}});
    yielding_ = run.job->id;
    run.job->stop.AskToStop();
    return;
  }
}

void Scheduler::StoreEnds() {
  if (!jobs_.has_unstored_ends()) return;
  jobs_.StoreEnds();
  NoteUnstoredEnds();
}

void Scheduler::NoteUnstoredEnds() {
  absl::MutexLock lock(&mutex_);
  has_unstored_ends_ = jobs_.has_unstored_ends();
}

void Scheduler::PurgeSome() {
  const absl::StatusOr<bool> is_more_left = store_->jobs().Purge();
  if (!is_more_left.ok()) {
    log::Error("the room of deleted jobs could not be freed; the next deletion tries again",
               {{"error", is_more_left.status().message()}});
  }
  if (is_more_left.ok() && *is_more_left) return;
  absl::MutexLock lock(&mutex_);
  has_deleted_jobs_ = false;
}

}  // namespace percept::training
