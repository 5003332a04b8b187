#include "server/training/stored_attempt.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/ml/engine.h"
#include "server/training/stored_sink.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;
using storage::JobRecord;
using storage::SnapshotRepository;

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

// The parameters that `init_from` asks for; null for a job that starts afresh.
absl::StatusOr<std::shared_ptr<const std::string>> ReadInitialParameters(
    const JobRecord& job, const SnapshotRepository& snapshots) {
  if (!job.spec.init_from.has_value()) return nullptr;
  const storage::SnapshotRef& from = *job.spec.init_from;
  const std::string name = absl::StrCat("init_from: jobs/", from.job, "/snapshots/", from.index);
  const absl::StatusOr<std::vector<storage::SnapshotRecord>> read =
      snapshots.Read(from.job, from.index, 1, SnapshotRepository::View::kFull, 1);
  if (!read.ok()) return Annotate(read.status(), name);
  if (read->empty() || read->front().parameters == nullptr) {
    return absl::NotFoundError(absl::StrCat(name, ": is not there any more"));
  }
  return read->front().parameters;
}

Outcome FailedBy(JobErrorReason reason, const absl::Status& status) {
  return Outcome::Failed(reason, std::string(status.message()));
}

bool IsSupported(const absl::StatusOr<ml::InstructionSet>& instruction_set) {
  return instruction_set.ok() && ml::IsSupported(*instruction_set);
}

}  // namespace

Engine EngineOfNextAttempt(const JobRecord& job, ml::InstructionSet preferred) {
  const bool has_same = IsSupported(ml::ParseInstructionSet(job.instruction_set));
  Engine engine{.instruction_set =
                    has_same ? job.instruction_set : std::string(ml::KernelsFor(preferred).name),
                .revision = ml::kEngineRevision,
                .changed = job.engine_changed};
  if (job.attempt > 0 &&
      (job.instruction_set != engine.instruction_set || job.engine_revision != engine.revision)) {
    engine.changed = true;
  }
  return engine;
}

AttemptReport RunStoredAttempt(const StoredAttempt& attempt) {
  PhaseTimer timer;
  const JobRecord& job = *attempt.job;
  const absl::StatusOr<ml::InstructionSet> instruction_set =
      ml::ParseInstructionSet(job.instruction_set);
  if (!IsSupported(instruction_set)) {
    return {Outcome::Failed(JobErrorReason::kNotResumable,
                            absl::StrCat("it was begun with instruction set ", job.instruction_set,
                                         ", which this machine does not have"))};
  }
  const absl::StatusOr<std::shared_ptr<const data::Dataset>> dataset =
      attempt.catalogue->Load(job.spec.dataset, job.spec.train_on);
  if (!dataset.ok()) return {FailedBy(JobErrorReason::kDatasetUnavailable, dataset.status())};
  const absl::StatusOr<std::shared_ptr<const std::string>> initial =
      ReadInitialParameters(job, attempt.store->snapshots());
  if (!initial.ok()) return {FailedBy(JobErrorReason::kStorage, initial.status())};

  AttemptReport report{.loading = timer.End()};
  StoredSink sink(job.id, attempt.history->count(), attempt.history, &attempt.store->snapshots(),
                  attempt.writer);
  report.outcome = RunAttempt({.job = &job,
                               .dataset = dataset->get(),
                               .initial_parameters = initial->get(),
                               .kernels = &ml::KernelsFor(*instruction_set),
                               .clock = attempt.clock,
                               .stop = attempt.stop,
                               .sink = &sink,
                               .progress = attempt.progress});
  report.training = timer.End();
  const absl::Status stored = sink.Drain();
  report.storing = timer.End();
  if (!stored.ok() && report.outcome.kind == Outcome::Kind::kSucceeded) {
    report.outcome = FailedBy(JobErrorReason::kStorage, stored);
  }
  return report;
}

}  // namespace percept::training
