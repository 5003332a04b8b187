// What the scheduler's workers do: take jobs from the queue and run attempts of them.
#include <string>
#include <utility>

#include "server/base/logging.h"
#include "server/base/meters.h"
#include "server/training/scheduler.h"
#include "server/training/stored_attempt.h"

namespace percept::training {

using storage::JobErrorReason;
using storage::JobRecord;
using storage::JobState;

void Scheduler::Work() {
  while (true) {
    std::list<Run>::iterator run;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || queue_.has_next();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (stopping_) return;
      run = BeginRun();
    }
    if (run->job != nullptr) RunJob(run->job);
    absl::MutexLock lock(&mutex_);
    EndRun(run);
  }
}

std::list<Scheduler::Run>::iterator Scheduler::BeginRun() {
  Run run;
  run.queued = *queue_.Pop();
  Meters::Process().queue_wait.Add(
      absl::FromChrono(std::chrono::steady_clock::now() - run.queued.queue_time));
  run.job = jobs_.Find(run.queued.id);
  if (run.job != nullptr) run.start_instances = run.job->progress.instances;
  return runs_.insert(runs_.end(), std::move(run));
}

void Scheduler::EndRun(std::list<Run>::iterator run) {
  if (yielding_ == run->queued.id) yielding_.clear();
  queue_.Finish(run->queued);
  runs_.erase(run);
}

void Scheduler::RunJob(const ActiveJobPtr& job) {
  const absl::Time started = clock_->Now();
  if (!BeginAttempt(job)) return;
  const JobRecord record = jobs_.RecordOf(*job);
  const AttemptReport report =
      RunStoredAttempt({.job = &record,
                        .store = store_,
                        .catalogue = catalogue_,
                        .writer = &writer_,
                        .history = job->history,
                        .checkpoint_interval = options_.checkpoint_interval,
                        .clock = clock_,
                        .stop = &job->stop,
                        .progress = &job->progress});
  EndAttempt(job, report, absl::Floor(clock_->Now() - started, absl::Microseconds(1)));
}

bool Scheduler::BeginAttempt(const ActiveJobPtr& job) {
  absl::MutexLock transition_lock(&job->transition_mutex);
  if (job->record.state != JobState::kQueued || job->unstored_end.has_value()) return false;
  {
    // It was paused and resumed after it left the queue, and is there again.
    absl::MutexLock lock(&mutex_);
    queue_.Remove(job->id);
  }
  const absl::Status begun = jobs_.Transition(*job, JobState::kRunning, [this](JobRecord& record) {
    Engine engine = EngineOfNextAttempt(record, options_.instruction_set);
    record.instruction_set = std::move(engine.instruction_set);
    record.engine_revision = engine.revision;
    record.engine_changed = engine.changed;
    ++record.attempt;
    if (!record.start_time.has_value()) record.start_time = ToMicros(clock_->Now());
  });
  if (begun.ok()) {
    log::Info("job started", {{"job", job->id}, {"attempt", job->record.attempt}});
  } else {
    EndFailed(job, begun, [](JobRecord&) {});
  }
  return begun.ok();
}

void Scheduler::EndAttempt(const ActiveJobPtr& job, const AttemptReport& report,
                           absl::Duration run_time) {
  const Outcome& outcome = report.outcome;
  absl::MutexLock transition_lock(&job->transition_mutex);
  const auto finish = [&](JobRecord& record) {
    record.run_time = report.earlier_run_time + run_time;
    record.pause_requested = false;
    record.error_reason = outcome.reason;
    record.error_message = outcome.message;
  };
  switch (outcome.kind) {
    case Outcome::Kind::kSucceeded:
      jobs_.EndOnceStored(job, JobState::kSucceeded, finish);
      break;
    case Outcome::Kind::kFailed:
      jobs_.EndOnceStored(job, JobState::kFailed, finish);
      break;
    case Outcome::Kind::kCancelled:
      jobs_.EndOnceStored(job, JobState::kCancelled, finish);
      break;
    case Outcome::Kind::kStopped:
      SetAside(job, finish);
      break;
  }
  NoteUnstoredEnds();
  log::Info("job ended", {{"job", job->id},
                          {"state", storage::JobStateName(job->record.state)},
                          {"seconds", absl::ToDoubleSeconds(run_time)},
                          {"loading", absl::ToDoubleSeconds(report.loading)},
                          {"training", absl::ToDoubleSeconds(report.training)},
                          {"storing", absl::ToDoubleSeconds(report.storing)},
                          {"message", outcome.message}});
}

void Scheduler::SetAside(const ActiveJobPtr& job, const std::function<void(JobRecord&)>& finish) {
  if (job->record.cancel_requested) {  // After it had been asked to stop.
    jobs_.EndOnceStored(job, JobState::kCancelled, finish);
    return;
  }
  job->stop.WithdrawStop();
  const JobState next = job->record.pause_requested ? JobState::kPaused : JobState::kQueued;
  const absl::Status stored = jobs_.Transition(*job, next, finish);
  absl::ReleasableMutexLock lock(&mutex_);
  if (stopping_) {
    // It stays known, so that it is shown until the server is gone. The next one takes it up, also
    // where it is still on record as running.
    if (!stored.ok()) {
      log::Error("a job that was stopped could not be put back",
                 {{"job", job->id}, {"error", stored.message()}});
    }
  } else if (!stored.ok()) {
    lock.Release();
    EndFailed(job, stored, finish);
  } else if (next == JobState::kPaused) {
    ++held_[job->record.owner];
  } else {
    queue_.Push(QueuedJob(job->record));
  }
}

void Scheduler::EndFailed(const ActiveJobPtr& job, const absl::Status& unstored,
                          const std::function<void(JobRecord&)>& finish) {
  jobs_.EndOnceStored(job, JobState::kFailed, [&](JobRecord& record) {
    finish(record);
    record.error_reason = JobErrorReason::kStorage;
    record.error_message = std::string(unstored.message());
  });
  NoteUnstoredEnds();
}

}  // namespace percept::training
