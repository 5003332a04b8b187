// What clients ask of the scheduler.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"

#include "server/base/status.h"
#include "server/training/retention.h"
#include "server/training/scheduler.h"

namespace percept::training {
namespace {

using storage::JobRecord;
using storage::JobState;

absl::Status Stopping() {
  return WithReason(absl::UnavailableError("the server is stopping; try again once it is back"),
                    "SERVER_STOPPING");
}

std::string Ordinal(int64_t number) {
  const int64_t tens = number % 100;
  const char* suffix = "th";
  if (tens < 11 || tens > 13) {
    if (number % 10 == 1) suffix = "st";
    if (number % 10 == 2) suffix = "nd";
    if (number % 10 == 3) suffix = "rd";
  }
  return absl::StrCat(number, suffix);
}

// FailedPrecondition for a job that has ended and can therefore not be `made`, such as "paused".
absl::Status CheckNotEnded(const JobRecord& job, absl::string_view made) {
  if (!storage::IsTerminal(job.state)) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "jobs/", job.id, ": only a job that is not ", "finished can be ", made,
                        ", got state ", storage::JobStateName(job.state))),
                    "JOB_FINISHED");
}

// Unavailable for a job whose end waits for the store.
absl::Status CheckEndIsStored(const ActiveJob& job)
    ABSL_SHARED_LOCKS_REQUIRED(job.transition_mutex) {
  if (!job.unstored_end.has_value()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "jobs/", job.id,
      ": its training is over, but that could not be stored yet: ", job.unstored_reason));
}

}  // namespace

// --- Creation ---

absl::StatusOr<JobView> Scheduler::Create(const JobRequest& request) {
  PERCEPT_ASSIGN_OR_RETURN(std::optional<JobView> earlier, FindRepeated(request));
  if (earlier.has_value()) return *std::move(earlier);
  PERCEPT_RETURN_IF_ERROR(CheckStoredBytes(request.owner));
  absl::ReaderMutexLock deletion_lock(catalogue_->deletion_mutex());
  PERCEPT_ASSIGN_OR_RETURN(const JobRecord record, Admit(request));
  PERCEPT_ASSIGN_OR_RETURN(const ActiveJobPtr job, Reserve(record));
  if (const absl::Status entered = Enter(*job); !entered.ok()) {
    // The same request may have come in twice at once.
    if (!absl::IsAlreadyExists(entered)) return entered;
    PERCEPT_ASSIGN_OR_RETURN(std::optional<JobView> other, FindRepeated(request));
    if (!other.has_value()) return entered;
    return *std::move(other);
  }
  return Get(job->id);
}

absl::Status Scheduler::CheckStoredBytes(const std::string& owner) const {
  if (options_.max_store_bytes > 0) {
    PERCEPT_ASSIGN_OR_RETURN(const int64_t used, store_->UsedBytes());
    if (used >= options_.max_store_bytes) {
      return WithReason(
          absl::ResourceExhaustedError(absl::StrFormat(
              "store: may fill at most %d bytes (--max-store-bytes), fills %d; delete jobs first",
              options_.max_store_bytes, used)),
          "STORE_FULL");
    }
  }
  const int64_t limit = options_.max_stored_bytes_per_owner;
  if (limit == 0) return absl::OkStatus();
  PERCEPT_ASSIGN_OR_RETURN(const int64_t kept, store_->jobs().KeptBytes(owner));
  if (kept < limit) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(absl::StrFormat(
                        "owner: may have at most %d bytes of parameters kept "
                        "(--max-stored-bytes-per-owner), %s has %d; delete some jobs first",
                        limit, owner, kept)),
                    "OWNER_STORE_FULL");
}

absl::StatusOr<JobRecord> Scheduler::Admit(const JobRequest& request) {
  PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord dataset,
                           catalogue_->Get(request.spec.dataset));
  PERCEPT_ASSIGN_OR_RETURN(
      JobRecord record,
      training::Admit(request, dataset, options_.max_job_memory_bytes, ToMicros(clock_->Now())));
  if (std::optional<storage::SnapshotRef>& init_from = record.spec.init_from;
      init_from.has_value()) {
    const absl::StatusOr<JobView> origin = jobs_.Show(init_from->job);
    if (!origin.ok()) return Annotate(origin.status(), "init_from");
    PERCEPT_ASSIGN_OR_RETURN(
        init_from,
        ResolveInitFrom(record, origin->record, origin->record.snapshot_count, init_from->index));
  }
  return record;
}

absl::StatusOr<std::optional<JobView>> Scheduler::FindRepeated(const JobRequest& request) const {
  if (request.request_id.empty()) return std::nullopt;
  const absl::StatusOr<JobRecord> earlier =
      store_->jobs().GetByRequestId(request.owner, request.request_id);
  if (absl::IsNotFound(earlier.status())) return std::nullopt;
  if (!earlier.ok()) return earlier.status();
  PERCEPT_RETURN_IF_ERROR(CheckRepeated(request, *earlier));
  return std::optional<JobView>(WithPlace(jobs_.Show(*earlier)));
}

absl::StatusOr<ActiveJobPtr> Scheduler::Reserve(const JobRecord& record) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return Stopping();
  if (const int64_t waiting = queue_.size() + entering_; waiting >= options_.max_queued_jobs) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrFormat(
            "the queue is full: at most %d jobs may wait (--max-queued-jobs), %d do; try again "
            "when some have run",
            options_.max_queued_jobs, waiting)),
        "QUEUE_FULL");
  }
  if (const int64_t held = HeldBy(record.owner); held >= options_.max_queued_jobs_per_owner) {
    return WithReason(absl::ResourceExhaustedError(absl::StrFormat(
                          "owner: may have at most %d jobs that wait or are paused "
                          "(--max-queued-jobs-per-owner), %s has %d; try again when some have run",
                          options_.max_queued_jobs_per_owner, record.owner, held)),
                      "OWNER_QUEUE_FULL");
  }
  ++entering_;
  ++held_[record.owner];
  return jobs_.Add(record);
}

int64_t Scheduler::HeldBy(absl::string_view owner) const {
  const auto held = held_.find(owner);
  return queue_.SizeOf(owner) + (held == held_.end() ? 0 : held->second);
}

void Scheduler::Release(const std::string& owner) {
  const auto held = held_.find(owner);
  if (--held->second == 0) held_.erase(held);
}

JobQueue::Job Scheduler::QueuedJob(const JobRecord& record) const {
  return {.id = record.id,
          .owner = record.owner,
          .priority = record.spec.priority,
          .is_long = record.attempt > 0 && record.run_time >= options_.time_slice,
          .create_time = record.create_time,
          .queue_time = std::chrono::steady_clock::now()};
}

absl::Status Scheduler::Enter(ActiveJob& job) {
  absl::MutexLock transition_lock(&job.transition_mutex);
  absl::Status inserted = store_->jobs().Insert(job.record);
  {
    absl::MutexLock lock(&mutex_);
    --entering_;
    Release(job.record.owner);
    if (inserted.ok()) {
      queue_.Push(QueuedJob(job.record));
    } else {
      jobs_.Forget(job);
    }
  }
  if (inserted.ok()) jobs_.listeners().Notify(&job.record);
  return inserted;
}

// --- Views ---

absl::StatusOr<JobView> Scheduler::Get(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(JobView view, jobs_.Show(id));
  return WithPlace(std::move(view));
}

absl::StatusOr<Scheduler::Page> Scheduler::List(
    const storage::JobFilter& filter, bool newest_first,
    std::optional<storage::JobRepository::Cursor> cursor, int limit) const {
  PERCEPT_ASSIGN_OR_RETURN(storage::JobRepository::Page stored,
                           store_->jobs().List(filter, newest_first, cursor, limit));
  Page page;
  page.next = stored.next;
  page.damaged = std::move(stored.damaged);
  page.jobs.reserve(stored.jobs.size());
  for (JobRecord& record : stored.jobs) {
    page.jobs.push_back(WithPlace(jobs_.Show(std::move(record))));
  }
  return page;
}

absl::StatusOr<int64_t> Scheduler::Count(const storage::JobFilter& filter) const {
  return store_->jobs().Count(filter);
}

// --- Transitions that clients ask for ---

absl::StatusOr<JobView> Scheduler::Cancel(absl::string_view id) {
  if (const ActiveJobPtr job = jobs_.Find(id); job != nullptr) {
    PERCEPT_RETURN_IF_ERROR(CancelActive(job));
  }
  PERCEPT_ASSIGN_OR_RETURN(JobView view, Get(id));
  if (view.record.state == JobState::kCancelled) return view;
  PERCEPT_RETURN_IF_ERROR(CheckNotEnded(view.record, "cancelled"));
  return view;
}

absl::StatusOr<JobView> Scheduler::Pause(absl::string_view id) {
  if (const ActiveJobPtr job = jobs_.Find(id); job != nullptr) {
    PERCEPT_RETURN_IF_ERROR(PauseActive(*job));
  }
  PERCEPT_ASSIGN_OR_RETURN(JobView view, Get(id));
  PERCEPT_RETURN_IF_ERROR(CheckNotEnded(view.record, "paused"));
  return view;
}

absl::StatusOr<JobView> Scheduler::Resume(absl::string_view id) {
  if (const ActiveJobPtr job = jobs_.Find(id); job != nullptr) {
    PERCEPT_RETURN_IF_ERROR(ResumeActive(*job));
  }
  PERCEPT_ASSIGN_OR_RETURN(JobView view, Get(id));
  PERCEPT_RETURN_IF_ERROR(CheckNotEnded(view.record, "resumed"));
  return view;
}

absl::Status Scheduler::Delete(absl::string_view id) {
  if (const ActiveJobPtr job = jobs_.Find(id); job != nullptr) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "jobs/", id, ": only a finished job can be deleted, got state ",
                          storage::JobStateName(jobs_.RecordOf(*job).state), "; cancel it first")),
                      "JOB_NOT_FINISHED");
  }
  PERCEPT_RETURN_IF_ERROR(jobs_.Delete(id));
  absl::MutexLock lock(&mutex_);
  has_deleted_jobs_ = true;
  return absl::OkStatus();
}

absl::Status Scheduler::CancelActive(const ActiveJobPtr& job) {
  absl::MutexLock transition_lock(&job->transition_mutex);
  PERCEPT_RETURN_IF_ERROR(CheckEndIsStored(*job));
  const JobState state = job->record.state;
  const auto request = [](JobRecord& record) { record.cancel_requested = true; };
  if (state == JobState::kRunning) {
    PERCEPT_RETURN_IF_ERROR(jobs_.Change(*job, request));
    job->stop.AskToCancel();
    return absl::OkStatus();
  }
  if (state == JobState::kQueued) {
    return Dequeue(*job, [&] { return jobs_.End(job, JobState::kCancelled, request); });
  }
  if (state != JobState::kPaused) return absl::OkStatus();
  PERCEPT_RETURN_IF_ERROR(jobs_.End(job, JobState::kCancelled, request));
  absl::MutexLock lock(&mutex_);
  Release(job->record.owner);
  return absl::OkStatus();
}

absl::Status Scheduler::PauseActive(ActiveJob& job) {
  absl::MutexLock transition_lock(&job.transition_mutex);
  PERCEPT_RETURN_IF_ERROR(CheckEndIsStored(job));
  if (job.record.cancel_requested) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "jobs/", job.id, ": a job that is being cancelled can not be paused")),
                      "JOB_BEING_CANCELLED");
  }
  if (job.record.state == JobState::kRunning) {
    PERCEPT_RETURN_IF_ERROR(
        jobs_.Change(job, [](JobRecord& record) { record.pause_requested = true; }));
    job.stop.AskToStop();
    return absl::OkStatus();
  }
  if (job.record.state != JobState::kQueued) return absl::OkStatus();
  PERCEPT_RETURN_IF_ERROR(
      Dequeue(job, [&] { return jobs_.Transition(job, JobState::kPaused, [](JobRecord&) {}); }));
  absl::MutexLock lock(&mutex_);
  ++held_[job.record.owner];
  return absl::OkStatus();
}

absl::Status Scheduler::ResumeActive(ActiveJob& job) {
  absl::MutexLock transition_lock(&job.transition_mutex);
  PERCEPT_RETURN_IF_ERROR(CheckEndIsStored(job));
  if (job.record.state == JobState::kPaused) {
    PERCEPT_RETURN_IF_ERROR(jobs_.Transition(job, JobState::kQueued, [](JobRecord&) {}));
    absl::MutexLock lock(&mutex_);
    Release(job.record.owner);
    queue_.Push(QueuedJob(job.record));
    return absl::OkStatus();
  }
  if (!job.record.pause_requested) return absl::OkStatus();
  PERCEPT_RETURN_IF_ERROR(
      jobs_.Change(job, [](JobRecord& record) { record.pause_requested = false; }));
  job.stop.WithdrawStop();
  absl::MutexLock lock(&mutex_);
  if (stopping_ || yielding_ == job.id) job.stop.AskToStop();  // For another reason.
  return absl::OkStatus();
}

absl::Status Scheduler::Dequeue(const ActiveJob& job,
                                absl::FunctionRef<absl::Status()> transition) {
  bool was_waiting = false;  // Or else a worker is about to find it changed.
  {
    absl::MutexLock lock(&mutex_);
    was_waiting = queue_.Remove(job.id);
  }
  absl::Status made = transition();
  absl::MutexLock lock(&mutex_);
  if (!made.ok() && was_waiting) queue_.Push(QueuedJob(job.record));
  return made;
}

// --- What else clients ask ---

absl::StatusOr<JobView> Scheduler::RecordTestEvaluation(absl::string_view id,
                                                        const storage::TestEvaluation& evaluation) {
  storage::TestEvaluation stored = evaluation;
  stored.time = ToMicros(evaluation.time);
  PERCEPT_RETURN_IF_ERROR(jobs_.AppendTestEvaluation(id, stored));
  return Get(id);
}

absl::StatusOr<JobView> Scheduler::Share(absl::string_view id, Visibility visibility) {
  PERCEPT_RETURN_IF_ERROR(jobs_.SetVisibility(id, visibility));
  return Get(id);
}

absl::StatusOr<std::shared_ptr<SnapshotHistory>> Scheduler::OpenHistory(absl::string_view id) {
  return jobs_.OpenHistory(id);
}

Scheduler::Load Scheduler::load() const {
  absl::MutexLock lock(&mutex_);
  return {.running = static_cast<int64_t>(runs_.size()), .queued = queue_.size()};
}

JobView Scheduler::WithPlace(JobView view) const {
  view.max_kept_snapshots =
      MaxKept(view.record, {.max_snapshots = options_.max_kept_snapshots_per_job,
                            .max_parameter_bytes = options_.max_parameter_bytes_per_job});
  if (view.record.state != JobState::kQueued || !view.wait_message.empty()) return view;
  absl::MutexLock lock(&mutex_);
  view.place = queue_.Find(view.record.id);
  const JobQueue::Place place = view.place.value_or(JobQueue::Place{.position = 1});
  view.wait_message =
      absl::StrFormat("queued, %s of %d: %s", Ordinal(place.position),
                      std::max<int64_t>(1, queue_.size()), WhatItWaitsFor(view.record, place));
  return view;
}

std::string Scheduler::WhatItWaitsFor(const JobRecord& job, const JobQueue::Place& place) const {
  if (stopping_) return "the server is stopping";
  if (place.is_at_limit && options_.max_running_jobs_per_owner < options_.workers) {
    return absl::StrCat(job.owner, " runs as many jobs as allowed at once, ",
                        options_.max_running_jobs_per_owner);
  }
  if (static_cast<int>(runs_.size()) < options_.workers) return "a worker is about to take it";
  return "all workers are busy";
}

}  // namespace percept::training
