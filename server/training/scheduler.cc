#include "server/training/scheduler.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

#include "server/base/id.h"
#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/ml/model.h"
#include "server/training/job_state.h"
#include "server/training/stored_sink.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;
using storage::JobRecord;
using storage::JobState;

// The store keeps times to the microsecond.
absl::Time ToMicros(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

absl::Status NoSuchJob(absl::string_view id) {
  return WithReason(absl::NotFoundError(absl::StrCat("jobs/", id, ": no such job")),
                    "JOB_NOT_FOUND");
}

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

std::string MemoryText(int64_t bytes) {
  return absl::StrFormat("%.1f GiB", static_cast<double>(bytes) / (int64_t{1} << 30));
}

int64_t TotalSteps(const JobRecord& job) {
  const int64_t batch = job.spec.training.batch_size;
  return (job.train_examples + batch - 1) / batch * job.spec.training.epochs;
}

}  // namespace

Scheduler::Scheduler(Options options, storage::Store* store, data::Catalogue* catalogue,
                     SnapshotEncoder encoder, const Clock* clock)
    : options_(options),
      store_(store),
      catalogue_(catalogue),
      encoder_(std::move(encoder)),
      clock_(clock),
      writer_(&store->snapshots()) {}

Scheduler::~Scheduler() { Stop(); }

void Scheduler::StartWorkers() {
  for (int number = 0; number < options_.workers; ++number) {
    workers_.emplace_back([this] { Work(); });
    pthread_setname_np(workers_.back().native_handle(), absl::StrCat("worker-", number).c_str());
  }
}

absl::Status Scheduler::Recover() {
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<JobRecord> unfinished,
                           store_->jobs().ListUnfinished());
  for (const JobRecord& record : unfinished) {
    ActiveJobPtr job;
    {
      absl::MutexLock lock(&mutex_);
      job = AddActive(record);
    }
    absl::MutexLock transition_lock(&job->transition_mutex);
    if (record.cancel_requested) {
      EndJob(job, JobState::kCancelled, JobErrorReason::kNone, "");
      continue;
    }
    if (record.state == JobState::kRunning) {
      log::Info("taking up a job the last server left running",
                {{"job", record.id}, {"snapshots", record.snapshot_count}});
      PERCEPT_RETURN_IF_ERROR(Transition(*job, JobState::kQueued, [](JobRecord&) {}));
    }
    if (record.state != JobState::kPaused) {
      absl::MutexLock lock(&mutex_);
      queue_.Push(record.id, record.owner, record.spec.priority);
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
    for (const auto& [id, job] : active_) job->stop.Ask(StopSignal::Reason::kShutdown);
  }
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

Scheduler::ActiveJobPtr Scheduler::AddActive(JobRecord record) {
  auto job = std::make_shared<ActiveJob>();
  job->history =
      std::make_shared<SnapshotHistory>(record, &store_->snapshots(), encoder_,
                                        record.snapshot_count, storage::IsTerminal(record.state));
  job->record = std::move(record);
  active_.emplace(job->record.id, job);
  return job;
}

Scheduler::ActiveJobPtr Scheduler::FindActive(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : found->second;
}

// --- Requests ---

absl::StatusOr<JobView> Scheduler::Create(const storage::JobSpec& spec, absl::string_view owner,
                                          absl::string_view request_id) {
  PERCEPT_ASSIGN_OR_RETURN(JobRecord record, Admit(spec, owner, request_id));
  PERCEPT_ASSIGN_OR_RETURN(std::optional<JobView> earlier, FindByRequestId(record));
  if (earlier.has_value()) return *std::move(earlier);
  PERCEPT_ASSIGN_OR_RETURN(const ActiveJobPtr job, Reserve(record));
  if (const absl::Status inserted = Enter(*job, record); !inserted.ok()) {
    // The same request may have come in twice at once.
    if (!absl::IsAlreadyExists(inserted)) return inserted;
    PERCEPT_ASSIGN_OR_RETURN(std::optional<JobView> other, FindByRequestId(record));
    if (!other.has_value()) return inserted;
    return *std::move(other);
  }
  return Get(record.id);
}

absl::StatusOr<Scheduler::ActiveJobPtr> Scheduler::Reserve(const JobRecord& record) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return Stopping();
  if (queue_.size() + entering_ >= options_.max_queued_jobs) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat("the queue is full: ", queue_.size() + entering_,
                                                  " jobs wait; try again when some have run")),
        "QUEUE_FULL");
  }
  ++entering_;
  return AddActive(record);
}

absl::Status Scheduler::Enter(ActiveJob& job, const JobRecord& record) {
  absl::MutexLock transition_lock(&job.transition_mutex);
  const absl::Status inserted = store_->jobs().Insert(record);
  absl::MutexLock lock(&mutex_);
  --entering_;
  if (inserted.ok()) {
    queue_.Push(record.id, record.owner, record.spec.priority);
  } else {
    active_.erase(record.id);
  }
  return inserted;
}

absl::StatusOr<JobRecord> Scheduler::Admit(const storage::JobSpec& spec, absl::string_view owner,
                                           absl::string_view request_id) const {
  PERCEPT_ASSIGN_OR_RETURN(const data::DatasetRecord dataset, catalogue_->Get(spec.dataset));
  JobRecord record;
  record.id = NewId();
  record.owner = std::string(owner);
  record.request_id = std::string(request_id);
  record.spec = spec;
  record.create_time = ToMicros(clock_->Now());
  record.dataset_digest = dataset.digest;
  record.inputs = dataset.inputs;
  record.classes = dataset.classes;
  record.train_examples = dataset.splits[static_cast<size_t>(data::SplitKind::kTrain)].examples;
  const ml::ModelShape shape{record.inputs, record.classes};
  record.parameter_count = ml::ParameterCount(ml::ParameterLayout(spec.model, shape));
  const auto batch =
      static_cast<int32_t>(std::min<int64_t>(spec.training.batch_size, record.train_examples));
  record.memory_estimate_bytes =
      ml::EstimateMemory(spec.model, spec.training, shape, batch, kMomentsInFlight) +
      record.train_examples * static_cast<int64_t>(sizeof(uint32_t));
  if (record.memory_estimate_bytes > options_.max_job_memory_bytes) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrFormat(
            "mlp.hidden_units: the job must need at most %s of memory, got %s (%d parameters)",
            MemoryText(options_.max_job_memory_bytes), MemoryText(record.memory_estimate_bytes),
            record.parameter_count)),
        "JOB_TOO_LARGE");
  }
  return record;
}

absl::StatusOr<std::optional<JobView>> Scheduler::FindByRequestId(const JobRecord& job) const {
  if (job.request_id.empty()) return std::nullopt;
  const absl::StatusOr<JobRecord> earlier =
      store_->jobs().GetByRequestId(job.owner, job.request_id);
  if (absl::IsNotFound(earlier.status())) return std::nullopt;
  if (!earlier.ok()) return earlier.status();
  if (!(earlier->spec == job.spec)) {
    return WithReason(
        absl::AlreadyExistsError(absl::StrCat("request_id: must be new for another spec, got ",
                                              job.request_id, ", which made jobs/", earlier->id)),
        "REQUEST_ID_REUSED");
  }
  PERCEPT_ASSIGN_OR_RETURN(JobView view, Get(earlier->id));
  return std::optional<JobView>(std::move(view));
}

absl::StatusOr<JobView> Scheduler::Get(absl::string_view id) const {
  absl::StatusOr<JobRecord> stored = store_->jobs().Get(id);
  if (absl::IsNotFound(stored.status())) return NoSuchJob(id);
  if (!stored.ok()) return stored.status();
  return ViewOf(*std::move(stored));
}

absl::StatusOr<Scheduler::Page> Scheduler::List(
    const storage::JobFilter& filter, bool newest_first,
    std::optional<storage::JobRepository::Cursor> cursor, int limit) const {
  PERCEPT_ASSIGN_OR_RETURN(storage::JobRepository::Page stored,
                           store_->jobs().List(filter, newest_first, cursor, limit));
  Page page;
  page.next = stored.next;
  page.jobs.reserve(stored.jobs.size());
  for (JobRecord& record : stored.jobs) page.jobs.push_back(ViewOf(std::move(record)));
  return page;
}

absl::StatusOr<JobView> Scheduler::Cancel(absl::string_view id) {
  const ActiveJobPtr job = FindActive(id);
  if (job != nullptr) {
    absl::MutexLock transition_lock(&job->transition_mutex);
    JobRecord record;
    {
      absl::MutexLock lock(&mutex_);
      record = job->record;
      if (record.state == JobState::kQueued) queue_.Remove(id);
    }
    if (record.state == JobState::kRunning) {
      record.cancel_requested = true;
      PERCEPT_RETURN_IF_ERROR(Commit(*job, record));
      job->stop.Ask(StopSignal::Reason::kCancel);
    } else if (!storage::IsTerminal(record.state)) {
      EndJob(job, JobState::kCancelled, JobErrorReason::kNone, "");
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

absl::StatusOr<std::shared_ptr<SnapshotHistory>> Scheduler::OpenHistory(absl::string_view id) {
  if (const ActiveJobPtr job = FindActive(id); job != nullptr) return job->history;
  absl::StatusOr<JobRecord> record = store_->jobs().Get(id);
  if (absl::IsNotFound(record.status())) return NoSuchJob(id);
  if (!record.ok()) return record.status();
  absl::MutexLock lock(&mutex_);
  // It may have been taken in, or opened by another viewer, in the meantime.
  if (const auto found = active_.find(id); found != active_.end()) return found->second->history;
  std::weak_ptr<SnapshotHistory>& known = ended_histories_[record->id];
  std::shared_ptr<SnapshotHistory> history = known.lock();
  if (history == nullptr) {
    std::erase_if(ended_histories_, [](const auto& each) { return each.second.expired(); });
    history = std::make_shared<SnapshotHistory>(*record, &store_->snapshots(), encoder_,
                                                record->snapshot_count,
                                                /*ended=*/true);
    ended_histories_[record->id] = history;
  }
  return history;
}

Scheduler::Load Scheduler::load() const {
  absl::MutexLock lock(&mutex_);
  return {.running = running_, .queued = queue_.size()};
}

// --- Views ---

JobView Scheduler::ViewOf(JobRecord record) const {
  JobView view;
  view.record = std::move(record);
  if (!AddLive(view) && !storage::IsTerminal(view.record.state)) {
    // It has ended since the record was read.
    absl::StatusOr<JobRecord> ended = store_->jobs().Get(view.record.id);
    if (ended.ok()) view.record = *std::move(ended);
  }
  view.total_steps = TotalSteps(view.record);
  view.total_instances = view.record.train_examples * view.record.spec.training.epochs;
  AddLatest(view);
  if (view.record.state == JobState::kRunning && view.instances_per_second > 0.0) {
    const auto left = static_cast<double>(view.total_instances - view.instances);
    view.estimated_end_time = clock_->Now() + absl::Seconds(left / view.instances_per_second);
  }
  return view;
}

bool Scheduler::AddLive(JobView& view) const {
  absl::MutexLock lock(&mutex_);
  const auto found = active_.find(view.record.id);
  if (found == active_.end()) return false;
  const ActiveJob& job = *found->second;
  view.record = job.record;
  view.record.snapshot_count = job.history->count();
  AddProgress(job, view);
  return true;
}

void Scheduler::AddProgress(const ActiveJob& job, JobView& view) const {
  if (job.record.state == JobState::kQueued) {
    view.place = queue_.Find(job.record.id);
    const int64_t position = view.place.has_value() ? view.place->position : 1;
    view.wait_message = absl::StrFormat(
        "queued, %s of %d: %s", Ordinal(position), std::max<int64_t>(1, queue_.size()),
        running_ < options_.workers ? "a worker is about to take it" : "all workers are busy");
    return;
  }
  if (job.record.state != JobState::kRunning) return;
  view.wait_message =
      job.record.cancel_requested ? "running, to be cancelled at its next batch" : "running";
  view.step = job.progress.step.load(std::memory_order_relaxed);
  view.instances = job.progress.instances.load(std::memory_order_relaxed);
  view.epoch = job.progress.epoch.load(std::memory_order_relaxed);
  view.instances_per_second = job.progress.instances_per_second.load(std::memory_order_relaxed);
  const int64_t heartbeat = job.progress.heartbeat_micros.load(std::memory_order_relaxed);
  if (heartbeat > 0) view.heartbeat_time = absl::FromUnixMicros(heartbeat);
}

void Scheduler::AddLatest(JobView& view) const {
  const int64_t count = view.record.snapshot_count;
  if (count == 0) return;
  const auto newest =
      store_->snapshots().Read(view.record.id, count - 1, 1, SnapshotView::kMetrics, 1);
  if (!newest.ok() || newest->empty()) return;  // The snapshots' own readers report it.
  const storage::SnapshotRecord& snapshot = newest->front();
  view.latest = snapshot.metrics;
  if (view.record.state == JobState::kRunning) return;
  view.step = snapshot.step;
  view.instances = snapshot.instances;
  view.epoch = snapshot.epoch;
}

// --- Transitions ---

absl::Status Scheduler::Transition(ActiveJob& job, JobState state,
                                   const std::function<void(JobRecord&)>& change) {
  JobRecord record;
  {
    absl::MutexLock lock(&mutex_);
    record = job.record;
  }
  if (!CanTransition(record.state, state)) {
    return absl::FailedPreconditionError(absl::StrCat("jobs/", record.id, ": cannot go from ",
                                                      storage::JobStateName(record.state), " to ",
                                                      storage::JobStateName(state)));
  }
  record.state = state;
  change(record);
  return Commit(job, std::move(record));
}

absl::Status Scheduler::Commit(ActiveJob& job, JobRecord changed) {
  JobState before = JobState::kQueued;
  {
    absl::MutexLock lock(&mutex_);
    before = job.record.state;
  }
  PERCEPT_RETURN_IF_ERROR(store_->jobs().Update(changed, before));
  {
    absl::MutexLock lock(&mutex_);
    job.record = std::move(changed);
  }
  job.history->NotifyStateChanged();
  return absl::OkStatus();
}

void Scheduler::EndJob(const ActiveJobPtr& job, JobState state, JobErrorReason reason,
                       const std::string& message) {
  const absl::Status stored = Transition(*job, state, [&](JobRecord& record) {
    record.end_time = ToMicros(clock_->Now());
    record.error_reason = reason;
    record.error_message = message;
    if (state == JobState::kCancelled) record.cancel_requested = true;
  });
  {
    absl::MutexLock lock(&mutex_);
    if (stored.ok()) {
      active_.erase(job->record.id);
      std::erase_if(ended_histories_, [](const auto& each) { return each.second.expired(); });
      ended_histories_[job->record.id] = job->history;
    } else {
      log::Error("the end of a job could not be stored",
                 {{"job", job->record.id}, {"error", stored.message()}});
      job->record.state = JobState::kFailed;
      job->record.error_reason = JobErrorReason::kStorage;
      job->record.error_message = absl::StrCat("its end could not be stored: ", stored.message());
      job->record.end_time = ToMicros(clock_->Now());
    }
  }
  job->history->End();
}

// --- Workers ---

void Scheduler::Work() {
  while (true) {
    ActiveJobPtr job;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || queue_.size() > 0;
      };
      mutex_.Await(absl::Condition(&has_work));
      if (stopping_) return;
      job = active_.find(*queue_.Pop())->second;
      ++running_;
    }
    RunJob(job);
    absl::MutexLock lock(&mutex_);
    --running_;
  }
}

void Scheduler::RunJob(const ActiveJobPtr& job) {
  const absl::Time started = clock_->Now();
  {
    absl::MutexLock transition_lock(&job->transition_mutex);
    if (const absl::Status begun = BeginAttempt(*job); !begun.ok()) {
      // Cancelled after it left the queue, or the store does not take the transition.
      if (!storage::IsTerminal(job->record.state)) {
        EndJob(job, JobState::kFailed, JobErrorReason::kStorage, std::string(begun.message()));
      }
      return;
    }
  }
  log::Info("job started", {{"job", job->record.id}, {"attempt", job->record.attempt}});
  const Outcome outcome = Train(*job);
  EndAttempt(job, outcome, started);
}

absl::Status Scheduler::BeginAttempt(ActiveJob& job) {
  job.transition_mutex.AssertHeld();
  return Transition(job, JobState::kRunning, [this](JobRecord& record) {
    ++record.attempt;
    if (!record.start_time.has_value()) record.start_time = ToMicros(clock_->Now());
    if (record.instruction_set.empty())
      record.instruction_set = ml::KernelsFor(options_.instruction_set).name;
  });
}

Outcome Scheduler::Train(ActiveJob& job) {
  JobRecord record;
  {
    absl::MutexLock lock(&mutex_);
    record = job.record;
  }
  // A later attempt runs with the instruction set of the first, for the same bits.
  const absl::StatusOr<ml::InstructionSet> instruction_set =
      ml::ParseInstructionSet(record.instruction_set);
  if (!instruction_set.ok() || !ml::IsSupported(*instruction_set)) {
    return Outcome::Failed(
        JobErrorReason::kNotResumable,
        absl::StrCat("it was begun with instruction set ", record.instruction_set,
                     ", which this machine does not have"));
  }
  const absl::StatusOr<std::shared_ptr<const data::Dataset>> dataset =
      catalogue_->Load(record.spec.dataset);
  if (!dataset.ok()) {
    return Outcome::Failed(JobErrorReason::kDatasetUnavailable,
                           std::string(dataset.status().message()));
  }
  StoredSink sink(record.id, job.history->count(), job.history, &store_->snapshots(), &writer_);
  Outcome outcome = RunAttempt({.job = &record,
                                .dataset = dataset->get(),
                                .kernels = &ml::KernelsFor(*instruction_set),
                                .clock = clock_,
                                .stop = &job.stop,
                                .sink = &sink,
                                .progress = &job.progress});
  const absl::Status stored = sink.Drain();
  if (!stored.ok() && outcome.kind == Outcome::Kind::kSucceeded) {
    outcome = Outcome::Failed(JobErrorReason::kStorage, std::string(stored.message()));
  }
  return outcome;
}

void Scheduler::EndAttempt(const ActiveJobPtr& job, const Outcome& outcome, absl::Time started) {
  absl::MutexLock transition_lock(&job->transition_mutex);
  const absl::Duration run_time = absl::Floor(clock_->Now() - started, absl::Microseconds(1));
  {
    absl::MutexLock lock(&mutex_);
    job->record.run_time += run_time;
  }
  const std::string& id = job->record.id;
  switch (outcome.kind) {
    case Outcome::Kind::kSucceeded:
      EndJob(job, JobState::kSucceeded, JobErrorReason::kNone, "");
      break;
    case Outcome::Kind::kFailed:
      EndJob(job, JobState::kFailed, outcome.reason, outcome.message);
      break;
    case Outcome::Kind::kCancelled:
      EndJob(job, JobState::kCancelled, JobErrorReason::kNone, "");
      break;
    case Outcome::Kind::kInterrupted:
      // Stays known, so that it is shown as queued until the server is gone.
      if (const absl::Status stored = Transition(*job, JobState::kQueued, [](JobRecord&) {});
          !stored.ok()) {
        log::Error("an interrupted job could not be put back",
                   {{"job", id}, {"error", stored.message()}});
      }
      break;
  }
  log::Info("job ended", {{"job", id},
                          {"state", storage::JobStateName(job->record.state)},
                          {"seconds", absl::ToDoubleSeconds(run_time)},
                          {"message", outcome.message}});
}

}  // namespace percept::training
