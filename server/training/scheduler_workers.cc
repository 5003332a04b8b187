// What the scheduler's workers do: take jobs from the queue and run attempts of them.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/training/scheduler.h"
#include "server/training/stored_sink.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;
using storage::JobRecord;
using storage::JobState;

// Measures phases that follow one another, for the log alone: by the machine's own steady clock.
class PhaseTimer {
 public:
  // Ends a phase and begins the next.
  absl::Duration End() {
    const auto start = std::exchange(start_, std::chrono::steady_clock::now());
    return absl::FromChrono(start_ - start);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

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
  const AttemptReport report = Train(*job);
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

Scheduler::AttemptReport Scheduler::Train(ActiveJob& job) {
  PhaseTimer timer;
  const JobRecord record = jobs_.RecordOf(job);
  // A later attempt runs with the instruction set of the first, for the same bits.
  const absl::StatusOr<ml::InstructionSet> instruction_set =
      ml::ParseInstructionSet(record.instruction_set);
  if (!instruction_set.ok() || !ml::IsSupported(*instruction_set)) {
    return {
        Outcome::Failed(JobErrorReason::kNotResumable,
                        absl::StrCat("it was begun with instruction set ", record.instruction_set,
                                     ", which this machine does not have"))};
  }
  const absl::StatusOr<std::shared_ptr<const data::Dataset>> dataset =
      catalogue_->Load(record.spec.dataset, record.spec.train_on);
  if (!dataset.ok()) {
    return {Outcome::Failed(JobErrorReason::kDatasetUnavailable,
                            std::string(dataset.status().message()))};
  }
  const absl::StatusOr<std::shared_ptr<const std::string>> initial = ReadInitialParameters(record);
  if (!initial.ok()) {
    return {Outcome::Failed(JobErrorReason::kStorage, std::string(initial.status().message()))};
  }
  AttemptReport report{.loading = timer.End()};
  StoredSink sink(record.id, job.history->count(), job.history, &store_->snapshots(), &writer_);
  report.outcome = RunAttempt({.job = &record,
                               .dataset = dataset->get(),
                               .initial_parameters = initial->get(),
                               .kernels = &ml::KernelsFor(*instruction_set),
                               .clock = clock_,
                               .stop = &job.stop,
                               .sink = &sink,
                               .progress = &job.progress});
  report.training = timer.End();
  const absl::Status stored = sink.Drain();
  report.storing = timer.End();
  if (!stored.ok() && report.outcome.kind == Outcome::Kind::kSucceeded) {
    report.outcome = Outcome::Failed(JobErrorReason::kStorage, std::string(stored.message()));
  }
  return report;
}

absl::StatusOr<std::shared_ptr<const std::string>> Scheduler::ReadInitialParameters(
    const JobRecord& job) const {
  if (!job.spec.init_from.has_value()) return nullptr;
  const storage::SnapshotRef& from = *job.spec.init_from;
  const std::string name = absl::StrCat("init_from: jobs/", from.job, "/snapshots/", from.index);
  const absl::StatusOr<std::vector<storage::SnapshotRecord>> read =
      store_->snapshots().Read(from.job, from.index, 1, SnapshotView::kFull, 1);
  if (!read.ok()) return Annotate(read.status(), name);
  if (read->empty() || read->front().parameters == nullptr) {
    return absl::NotFoundError(absl::StrCat(name, ": is not there any more"));
  }
  return read->front().parameters;
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
