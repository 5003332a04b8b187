#include "server/training/scheduler.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

#include "server/base/logging.h"
#include "server/base/status.h"

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

}  // namespace

Scheduler::Scheduler(Options options, storage::Store* store, data::Catalogue* catalogue,
                     SnapshotEncoder encoder, const Clock* clock)
    : options_(options),
      store_(store),
      catalogue_(catalogue),
      clock_(clock),
      jobs_(store, std::move(encoder), clock),
      writer_(&store->snapshots()) {}

Scheduler::~Scheduler() { Stop(); }

void Scheduler::StartWorkers() {
  for (int number = 0; number < options_.workers; ++number) {
    workers_.emplace_back([this] { Work(); });
    pthread_setname_np(workers_.back().native_handle(), absl::StrCat("worker-", number).c_str());
  }
}

absl::Status Scheduler::Recover() {
  PERCEPT_ASSIGN_OR_RETURN(const storage::JobRepository::Page unfinished,
                           store_->jobs().ListUnfinished());
  for (const JobRecord& record : unfinished.jobs) {
    const ActiveJobPtr job = jobs_.Add(record);
    absl::MutexLock transition_lock(&job->transition_mutex);
    if (record.cancel_requested) {
      jobs_.End(job, JobState::kCancelled, [](JobRecord&) {});
      continue;
    }
    if (record.state == JobState::kRunning) {
      log::Info("taking up a job the last server left running",
                {{"job", job->id}, {"snapshots", record.snapshot_count}});
      PERCEPT_RETURN_IF_ERROR(jobs_.Transition(*job, JobState::kQueued, [](JobRecord&) {}));
    }
    if (record.state != JobState::kPaused) {
      absl::MutexLock lock(&mutex_);
      queue_.Push(job->id, record.owner, record.spec.priority);
    }
  }
  return absl::OkStatus();
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
}

// --- Requests ---

absl::StatusOr<JobView> Scheduler::Create(const JobRequest& request) {
  PERCEPT_ASSIGN_OR_RETURN(std::optional<JobView> earlier, FindRepeated(request));
  if (earlier.has_value()) return *std::move(earlier);
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
  if (queue_.size() + entering_ >= options_.max_queued_jobs) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat("the queue is full: ", queue_.size() + entering_,
                                                  " jobs wait; try again when some have run")),
        "QUEUE_FULL");
  }
  ++entering_;
  return jobs_.Add(record);
}

absl::Status Scheduler::Enter(ActiveJob& job) {
  absl::MutexLock transition_lock(&job.transition_mutex);
  absl::Status inserted = store_->jobs().Insert(job.record);
  absl::MutexLock lock(&mutex_);
  --entering_;
  if (inserted.ok()) {
    queue_.Push(job.id, job.record.owner, job.record.spec.priority);
  } else {
    jobs_.Forget(job);
  }
  return inserted;
}

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
  page.jobs.reserve(stored.jobs.size());
  for (JobRecord& record : stored.jobs) {
    page.jobs.push_back(WithPlace(jobs_.Show(std::move(record))));
  }
  return page;
}

absl::StatusOr<JobView> Scheduler::Cancel(absl::string_view id) {
  if (const ActiveJobPtr job = jobs_.Find(id); job != nullptr) {
    absl::MutexLock transition_lock(&job->transition_mutex);
    const JobState state = job->record.state;
    if (state == JobState::kRunning) {
      PERCEPT_RETURN_IF_ERROR(
          jobs_.Change(*job, [](JobRecord& record) { record.cancel_requested = true; }));
      job->stop.AskToCancel();
    } else if (!storage::IsTerminal(state)) {
      {
        absl::MutexLock lock(&mutex_);
        queue_.Remove(id);
      }
      jobs_.End(job, JobState::kCancelled,
                [](JobRecord& record) { record.cancel_requested = true; });
    }
  }
  PERCEPT_ASSIGN_OR_RETURN(JobView view, Get(id));
  const JobState state = view.record.state;
  if (state == JobState::kSucceeded || state == JobState::kFailed) {
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat(
            "jobs/", id, ": only a job that is not finished can be cancelled, got state ",
            storage::JobStateName(state))),
        "JOB_FINISHED");
  }
  return view;
}

absl::StatusOr<JobView> Scheduler::RecordTestEvaluation(absl::string_view id,
                                                        const storage::TestEvaluation& evaluation) {
  storage::TestEvaluation stored = evaluation;
  stored.time = ToMicros(evaluation.time);
  PERCEPT_RETURN_IF_ERROR(jobs_.AppendTestEvaluation(id, stored));
  return Get(id);
}

absl::StatusOr<std::shared_ptr<SnapshotHistory>> Scheduler::OpenHistory(absl::string_view id) {
  return jobs_.OpenHistory(id);
}

Scheduler::Load Scheduler::load() const {
  absl::MutexLock lock(&mutex_);
  return {.running = running_, .queued = queue_.size()};
}

JobView Scheduler::WithPlace(JobView view) const {
  if (view.record.state != JobState::kQueued) return view;
  absl::MutexLock lock(&mutex_);
  view.place = queue_.Find(view.record.id);
  const int64_t position = view.place.has_value() ? view.place->position : 1;
  view.wait_message = absl::StrFormat(
      "queued, %s of %d: %s", Ordinal(position), std::max<int64_t>(1, queue_.size()),
      running_ < options_.workers ? "a worker is about to take it" : "all workers are busy");
  return view;
}

}  // namespace percept::training
