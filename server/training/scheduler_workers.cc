// What the scheduler's workers do: take jobs from the queue and run attempts of them.
#include <string>

#include "server/base/logging.h"
#include "server/training/scheduler.h"
#include "server/training/stored_attempt.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;
using storage::JobRecord;
using storage::JobState;

}  // namespace

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
      job = jobs_.Find(*queue_.Pop());
      ++running_;
    }
    RunJob(job);
    absl::MutexLock lock(&mutex_);
    --running_;
  }
}

void Scheduler::RunJob(const ActiveJobPtr& job) {
  const absl::Time started = clock_->Now();
  if (const absl::Status begun = BeginAttempt(job); !begun.ok()) {
    log::Info("job not started", {{"job", job->id}, {"message", begun.message()}});
    return;
  }
  const JobRecord record = jobs_.RecordOf(*job);
  const AttemptReport report = RunStoredAttempt({.job = &record,
                                                 .store = store_,
                                                 .catalogue = catalogue_,
                                                 .writer = &writer_,
                                                 .history = job->history,
                                                 .clock = clock_,
                                                 .stop = &job->stop,
                                                 .progress = &job->progress});
  EndAttempt(job, report, absl::Floor(clock_->Now() - started, absl::Microseconds(1)));
}

absl::Status Scheduler::BeginAttempt(const ActiveJobPtr& job) {
  absl::MutexLock transition_lock(&job->transition_mutex);
  absl::Status begun = jobs_.Transition(*job, JobState::kRunning, [this](JobRecord& record) {
    ++record.attempt;
    if (!record.start_time.has_value()) record.start_time = ToMicros(clock_->Now());
    if (record.instruction_set.empty()) record.instruction_set = instruction_set();
  });
  if (begun.ok()) {
    log::Info("job started", {{"job", job->id}, {"attempt", job->record.attempt}});
  } else if (!storage::IsTerminal(job->record.state)) {
    // The store did not take it. Otherwise the job was cancelled after it left the queue.
    jobs_.End(job, JobState::kFailed, [&begun](JobRecord& record) {
      record.error_reason = JobErrorReason::kStorage;
      record.error_message = std::string(begun.message());
    });
  }
  return begun;
}

void Scheduler::EndAttempt(const ActiveJobPtr& job, const AttemptReport& report,
                           absl::Duration run_time) {
  const Outcome& outcome = report.outcome;
  absl::MutexLock transition_lock(&job->transition_mutex);
  const auto finish = [&](JobRecord& record) {
    record.run_time += run_time;
    record.error_reason = outcome.reason;
    record.error_message = outcome.message;
  };
  switch (outcome.kind) {
    case Outcome::Kind::kSucceeded:
      jobs_.End(job, JobState::kSucceeded, finish);
      break;
    case Outcome::Kind::kFailed:
      jobs_.End(job, JobState::kFailed, finish);
      break;
    case Outcome::Kind::kCancelled:
      jobs_.End(job, JobState::kCancelled, finish);
      break;
    case Outcome::Kind::kStopped:
      // Stays known, so that it is shown as queued until the server is gone.
      if (const absl::Status stored = jobs_.Transition(*job, JobState::kQueued, finish);
          !stored.ok()) {
        log::Error("an interrupted job could not be put back",
                   {{"job", job->id}, {"error", stored.message()}});
      }
      break;
  }
  log::Info("job ended", {{"job", job->id},
                          {"state", storage::JobStateName(job->record.state)},
                          {"seconds", absl::ToDoubleSeconds(run_time)},
                          {"loading", absl::ToDoubleSeconds(report.loading)},
                          {"training", absl::ToDoubleSeconds(report.training)},
                          {"storing", absl::ToDoubleSeconds(report.storing)},
                          {"message", outcome.message}});
}

}  // namespace percept::training
