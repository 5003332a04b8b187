#include "server/training/job_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/training/job_state.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;
using storage::JobRecord;
using storage::JobState;

absl::Status NamingJob(const absl::Status& status, absl::string_view id) {
  if (!absl::IsNotFound(status)) return status;
  return WithReason(absl::NotFoundError(absl::StrCat("jobs/", id, ": no such job")),
                    "JOB_NOT_FOUND");
}

// Why a job that does not wait in the queue is where it is; the queue knows better of the others.
std::string WaitMessage(const ActiveJob& job) {
  const JobRecord& record = job.record;
  if (job.unstored_end.has_value()) {
    return absl::StrCat("its training is over, but that could not be stored yet: ",
                        job.unstored_reason);
  }
  if (record.state == JobState::kPaused) return "paused; to be resumed from where it stopped";
  if (record.state != JobState::kRunning) return "";
  if (record.cancel_requested) return "running, to be cancelled at its next batch";
  if (record.pause_requested) return "running, to be paused at its next batch";
  return "running";
}

// Fills in how far the whole job goes.
void AddTotals(JobView& view) {
  const JobRecord& job = view.record;
  const TrainingSpec& training = job.spec.training;
  if (job.spec.model.kind == ModelKind::kPerceptron) {
    view.total_instances = 2 * training.iterations;
    return;
  }
  const int64_t batches = (job.train_examples + training.batch_size - 1) / training.batch_size;
  view.total_steps = batches * training.epochs;
  view.total_instances = job.train_examples * training.epochs;
  view.total_epochs = training.epochs;
}

// Names what else of a job cannot be read.
void AddDamaged(JobView& view) {
  const JobRecord& job = view.record;
  if (job.missing_epochs > 0) {
    view.damaged.push_back(absl::StrCat("jobs/", job.id, ": the newest of its epochs (",
                                        job.missing_epochs, "): the stored records are missing"));
  }
  if (job.damaged_test_evaluations > 0) {
    view.damaged.push_back(absl::StrCat(
        "jobs/", job.id, ": ", job.damaged_test_evaluations, " of ", job.test_evaluation_count(),
        " test evaluations: the stored records are damaged or missing"));
  }
}

}  // namespace

JobTable::JobTable(storage::Store* store, SnapshotEncoder encoder, const Clock* clock)
    : store_(store), encoder_(std::move(encoder)), clock_(clock) {}

ActiveJobPtr JobTable::Add(JobRecord record) {
  auto job = std::make_shared<ActiveJob>(std::move(record));
  job->history = std::make_shared<SnapshotHistory>(job->record, &store_->snapshots(), encoder_,
                                                   job->record.snapshot_count, /*ended=*/false);
  absl::MutexLock lock(&mutex_);
  active_.emplace(job->id, job);
  return job;
}

void JobTable::Forget(const ActiveJob& job) {
  absl::MutexLock lock(&mutex_);
  active_.erase(job.id);
}

ActiveJobPtr JobTable::Find(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : found->second;
}

void JobTable::AskAllToStop() {
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, job] : active_) job->stop.AskToStop();
}

JobRecord JobTable::RecordOf(const ActiveJob& job) const {
  absl::MutexLock lock(&mutex_);
  return job.record;
}

// --- Transitions ---

absl::Status JobTable::Transition(ActiveJob& job, JobState state,
                                  const std::function<void(JobRecord&)>& change) {
  PERCEPT_ASSIGN_OR_RETURN(JobRecord record, Changed(job, state, change));
  return Commit(job, std::move(record));
}

absl::Status JobTable::Change(ActiveJob& job, const std::function<void(JobRecord&)>& change) {
  JobRecord record = job.record;
  change(record);
  return Commit(job, std::move(record));
}

absl::Status JobTable::Commit(ActiveJob& job, JobRecord changed) {
  PERCEPT_RETURN_IF_ERROR(store_->jobs().Update(changed, job.record.state));
  {
    absl::MutexLock lock(&mutex_);
    job.record = std::move(changed);
  }
  job.history->NotifyStateChanged();
  listeners_.Notify(&job.record);
  return absl::OkStatus();
}

absl::Status JobTable::AppendTestEvaluation(absl::string_view id,
                                            const storage::TestEvaluation& evaluation) {
  return Amend(
      id, [&] { return store_->jobs().AppendTestEvaluation(id, evaluation); },
      [&](JobRecord& record) { record.test_evaluations.push_back(evaluation); });
}

absl::Status JobTable::SetVisibility(absl::string_view id, Visibility visibility) {
  return Amend(
      id, [&] { return store_->jobs().SetVisibility(id, visibility); },
      [&](JobRecord& record) { record.visibility = visibility; });
}

absl::Status JobTable::Amend(absl::string_view id, absl::FunctionRef<absl::Status()> store,
                             absl::FunctionRef<void(JobRecord&)> change) {
  const ActiveJobPtr job = Find(id);
  if (job == nullptr) {
    PERCEPT_RETURN_IF_ERROR(NamingJob(store(), id));
    listeners_.Notify(nullptr);
    return absl::OkStatus();
  }
  absl::MutexLock transition_lock(&job->transition_mutex);
  PERCEPT_RETURN_IF_ERROR(store());
  {
    absl::MutexLock lock(&mutex_);
    change(job->record);
  }
  listeners_.Notify(&job->record);
  return absl::OkStatus();
}

absl::StatusOr<JobRecord> JobTable::Changed(const ActiveJob& job, JobState state,
                                            const std::function<void(JobRecord&)>& change) {
  if (!CanTransition(job.record.state, state)) {
    return absl::FailedPreconditionError(absl::StrCat("jobs/", job.id, ": cannot go from ",
                                                      storage::JobStateName(job.record.state),
                                                      " to ", storage::JobStateName(state)));
  }
  JobRecord record = job.record;
  record.state = state;
  change(record);
  return record;
}

absl::Status JobTable::End(const ActiveJobPtr& job, JobState state,
                           const std::function<void(JobRecord&)>& change) {
  PERCEPT_ASSIGN_OR_RETURN(JobRecord ended, Changed(*job, state, change));
  ended.end_time = ToMicros(clock_->Now());
  return CommitEnd(job, std::move(ended));
}

absl::Status JobTable::CommitEnd(const ActiveJobPtr& job, JobRecord ended) {
  PERCEPT_RETURN_IF_ERROR(store_->jobs().Update(ended, job->record.state));
  {
    absl::MutexLock lock(&mutex_);
    job->record = std::move(ended);
    job->unstored_end.reset();
    active_.erase(job->id);
    KeepEndedHistory(job->id, job->history);
  }
  job->history->End();
  listeners_.Notify(&job->record);
  return absl::OkStatus();
}

void JobTable::EndOnceStored(const ActiveJobPtr& job, JobState state,
                             const std::function<void(JobRecord&)>& change) {
  absl::StatusOr<JobRecord> ended = Changed(*job, state, change);
  if (!ended.ok()) return;  // It has ended already.
  ended->end_time = ToMicros(clock_->Now());
  const absl::Status stored = CommitEnd(job, *ended);
  if (stored.ok()) return;
  log::Error("the end of a job could not be stored; it is tried again",
             {{"job", job->id}, {"error", stored.message()}});
  absl::MutexLock lock(&mutex_);
  job->unstored_end = *std::move(ended);
  job->unstored_reason = std::string(stored.message());
  unstored_ends_.push_back(job);
}

void JobTable::StoreEnds() {
  std::vector<ActiveJobPtr> waiting;
  {
    absl::MutexLock lock(&mutex_);
    waiting = unstored_ends_;
  }
  for (const ActiveJobPtr& job : waiting) {
    absl::MutexLock transition_lock(&job->transition_mutex);
    if (!CommitEnd(job, *job->unstored_end).ok()) continue;
    log::Info("the end of a job has been stored", {{"job", job->id}});
    absl::MutexLock lock(&mutex_);
    std::erase(unstored_ends_, job);
  }
}

bool JobTable::has_unstored_ends() const {
  absl::MutexLock lock(&mutex_);
  return !unstored_ends_.empty();
}

absl::Status JobTable::Delete(absl::string_view id) {
  PERCEPT_RETURN_IF_ERROR(NamingJob(store_->jobs().Delete(id), id));
  ForgetEnded(id);
  listeners_.Notify(nullptr);
  return absl::OkStatus();
}

void JobTable::ForgetEnded(absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  if (const auto logged = logged_damaged_.find(id); logged != logged_damaged_.end()) {
    logged_damaged_.erase(logged);
  }
  if (const auto found = ended_histories_.find(id); found != ended_histories_.end()) {
    if (const auto history = found->second.lock(); history != nullptr) history->MarkDeleted();
    ended_histories_.erase(found);
  }
}

// --- Views ---

absl::StatusOr<JobRecord> JobTable::ReadStored(absl::string_view id) const {
  absl::StatusOr<JobRecord> record = store_->jobs().Get(id);
  if (!record.ok()) return NamingJob(record.status(), id);
  return record;
}

absl::StatusOr<JobView> JobTable::Show(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(JobRecord stored, ReadStored(id));
  return Show(std::move(stored));
}

JobView JobTable::Show(JobRecord stored) const {
  JobView view;
  view.record = std::move(stored);
  if (!AddLive(view) && !storage::IsTerminal(view.record.state)) {
    // It has ended since the record was read.
    absl::StatusOr<JobRecord> ended = store_->jobs().Get(view.record.id);
    if (ended.ok()) view.record = *std::move(ended);
  }
  AddTotals(view);
  AddLatest(view);
  AddDamaged(view);
  if (!view.damaged.empty()) LogDamage(view);
  if (view.record.state == JobState::kRunning && view.instances_per_second > 0.0) {
    const auto left = static_cast<double>(view.total_instances - view.instances);
    view.estimated_end_time = clock_->Now() + absl::Seconds(left / view.instances_per_second);
  }
  return view;
}

bool JobTable::AddLive(JobView& view) const {
  absl::MutexLock lock(&mutex_);
  const auto found = active_.find(view.record.id);
  if (found == active_.end()) return false;
  const ActiveJob& job = *found->second;
  view.record = job.record;
  view.record.snapshot_count = job.history->count();
  view.record.thinned_count = job.history->thinned_count();
  view.wait_message = WaitMessage(job);
  if (job.record.state != JobState::kRunning || job.unstored_end.has_value()) return true;
  view.step = job.progress.step.load(std::memory_order_relaxed);
  view.instances = job.progress.instances.load(std::memory_order_relaxed);
  view.epoch = job.progress.epoch.load(std::memory_order_relaxed);
  view.instances_per_second = job.progress.instances_per_second.load(std::memory_order_relaxed);
  const int64_t heartbeat = job.progress.heartbeat_micros.load(std::memory_order_relaxed);
  if (heartbeat > 0) view.heartbeat_time = absl::FromUnixMicros(heartbeat);
  const int64_t run_time = job.progress.run_time_micros.load(std::memory_order_relaxed);
  view.record.run_time = std::max(view.record.run_time, absl::Microseconds(run_time));
  return true;
}

absl::StatusOr<storage::SnapshotRecord> JobTable::ReadNewest(const JobRecord& job) const {
  const int64_t index = job.snapshot_count - 1;
  PERCEPT_ASSIGN_OR_RETURN(std::vector<storage::SnapshotRecord> newest,
                           store_->snapshots().Read(job.id, index, 1, SnapshotView::kMetrics, 1));
  if (!newest.empty()) return std::move(newest.front());
  PERCEPT_RETURN_IF_ERROR(store_->jobs().Get(job.id).status());
  return absl::DataLossError(
      absl::StrCat("jobs/", job.id, "/snapshots/", index, ": missing from the store"));
}

void JobTable::AddLatest(JobView& view) const {
  if (view.record.snapshot_count == 0) return;
  const absl::StatusOr<storage::SnapshotRecord> snapshot = ReadNewest(view.record);
  if (absl::IsNotFound(snapshot.status())) return;
  if (!snapshot.ok()) {
    view.damaged.emplace_back(snapshot.status().message());
    return;
  }
  view.latest = snapshot->metrics;
  if (snapshot->step <= view.step) return;  // An attempt has come further.
  view.step = snapshot->step;
  view.instances = snapshot->instances;
  view.epoch = snapshot->epoch;
}

// Once for each job, not at each look at it.
void JobTable::LogDamage(const JobView& view) const {
  {
    absl::MutexLock lock(&mutex_);
    if (!logged_damaged_.insert(view.record.id).second) return;
  }
  log::Error("what is stored of a job cannot all be read",
             {{"job", view.record.id}, {"damaged", absl::StrJoin(view.damaged, "; ")}});
}

// --- Histories ---

absl::StatusOr<std::shared_ptr<SnapshotHistory>> JobTable::OpenHistory(absl::string_view id) {
  if (const ActiveJobPtr job = Find(id); job != nullptr) return job->history;
  PERCEPT_ASSIGN_OR_RETURN(const JobRecord record, ReadStored(id));
  absl::MutexLock lock(&mutex_);
  // It may have been taken in, or opened by another viewer, in the meantime.
  if (const auto found = active_.find(id); found != active_.end()) return found->second->history;
  if (const auto found = ended_histories_.find(id); found != ended_histories_.end()) {
    if (std::shared_ptr<SnapshotHistory> history = found->second.lock()) return history;
  }
  auto history = std::make_shared<SnapshotHistory>(record, &store_->snapshots(), encoder_,
                                                   record.snapshot_count, /*ended=*/true);
  KeepEndedHistory(record.id, history);
  return history;
}

void JobTable::KeepEndedHistory(const std::string& id,
                                const std::shared_ptr<SnapshotHistory>& history) {
  std::erase_if(ended_histories_, [](const auto& each) { return each.second.expired(); });
  ended_histories_[id] = history;
}

}  // namespace percept::training
