#include "server/training/stored_attempt.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/ml/engine.h"
#include "server/training/checkpoint.h"
#include "server/training/stored_sink.h"

namespace percept::training {
namespace {

using storage::CheckpointRecord;
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

// Whether an attempt can go on from a checkpoint.
absl::Status CheckUsable(const StoredAttempt& attempt, const CheckpointRecord& checkpoint) {
  PERCEPT_RETURN_IF_ERROR(CheckCheckpoint(*attempt.job, checkpoint));
  const int64_t stored_count = attempt.history->count();
  if (checkpoint.snapshot_count <= stored_count) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("checkpoint: comes after ", checkpoint.snapshot_count,
                                          " snapshots, of which ", stored_count, " are stored"));
}

// What to go on from; unset for the job's start. A checkpoint that is of no use costs time, not the
// job.
std::optional<CheckpointRecord> FindCheckpoint(const StoredAttempt& attempt) {
  absl::StatusOr<std::optional<CheckpointRecord>> read =
      attempt.store->snapshots().ReadCheckpoint(attempt.job->id);
  if (read.ok() && !read->has_value()) return std::nullopt;
  const absl::Status usable = read.ok() ? CheckUsable(attempt, **read) : read.status();
  if (usable.ok()) {
    log::Info("job goes on from a checkpoint", {{"job", attempt.job->id}, {"step", (*read)->step}});
    return **std::move(read);
  }
  log::Warning("a checkpoint is of no use; its job is computed again from the start",
               {{"job", attempt.job->id}, {"error", usable.message()}});
  return std::nullopt;
}

// Whether what is stored after `checkpoint`, or from the start where that is null, was computed by
// the engine that the job's attempt runs with.
bool IsOfSameEngine(const JobRecord& job, const CheckpointRecord* checkpoint) {
  if (checkpoint == nullptr) return !job.engine_changed;
  if (checkpoint->instruction_set != job.instruction_set ||
      checkpoint->engine_revision != job.engine_revision) {
    return false;
  }
  // Attempts with another engine may have come between.
  return !job.engine_changed || checkpoint->attempt == job.attempt - 1;
}

StoredSink::Start StartOf(const StoredAttempt& attempt, const CheckpointRecord* checkpoint) {
  StoredSink::Start start{.stored_count = attempt.history->count()};
  if (!IsOfSameEngine(*attempt.job, checkpoint)) {
    start.first_index = start.stored_count;
  } else if (checkpoint != nullptr) {
    start.first_index = checkpoint->snapshot_count;
  }
  return start;
}

// What an attempt reads before it trains.
struct Material {
  const ml::Kernels* kernels = nullptr;
  std::shared_ptr<const data::Dataset> dataset;
  std::optional<CheckpointRecord> checkpoint;
  std::shared_ptr<const std::string> initial_parameters;

  const CheckpointRecord* checkpoint_or_null() const {
    return checkpoint.has_value() ? &*checkpoint : nullptr;
  }
};

// How the attempt ends already; unset when all is in `material`.
std::optional<Outcome> Load(const StoredAttempt& attempt, Material& material) {
  const JobRecord& job = *attempt.job;
  const absl::StatusOr<ml::InstructionSet> instruction_set =
      ml::ParseInstructionSet(job.instruction_set);
  if (!IsSupported(instruction_set)) {
    return Outcome::Failed(JobErrorReason::kNotResumable,
                           absl::StrCat("this machine does not have its instruction set ",
                                        Quoted(job.instruction_set)));
  }
  material.kernels = &ml::KernelsFor(*instruction_set);
  absl::StatusOr<std::shared_ptr<const data::Dataset>> dataset =
      attempt.catalogue->Load(job.spec.dataset, job.spec.train_on);
  if (!dataset.ok()) return FailedBy(JobErrorReason::kDatasetUnavailable, dataset.status());
  material.dataset = *std::move(dataset);
  material.checkpoint = FindCheckpoint(attempt);
  if (material.checkpoint.has_value()) return std::nullopt;
  absl::StatusOr<std::shared_ptr<const std::string>> initial =
      ReadInitialParameters(job, attempt.store->snapshots());
  if (!initial.ok()) return FailedBy(JobErrorReason::kStorage, initial.status());
  material.initial_parameters = *std::move(initial);
  return std::nullopt;
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
  AttemptReport report{.earlier_run_time = attempt.job->run_time};
  Material material;
  std::optional<Outcome> failed = Load(attempt, material);
  report.loading = timer.End();
  if (failed.has_value()) {
    report.outcome = *std::move(failed);
    return report;
  }
  report.earlier_run_time = EarlierRunTime(*attempt.job, material.checkpoint_or_null());
  StoredSink sink(attempt.job->id, StartOf(attempt, material.checkpoint_or_null()), attempt.history,
                  &attempt.store->snapshots(), attempt.writer);
  report.outcome = RunAttempt({.job = attempt.job,
                               .dataset = material.dataset.get(),
                               .initial_parameters = material.initial_parameters.get(),
                               .checkpoint = material.checkpoint_or_null(),
                               .checkpoint_interval = attempt.checkpoint_interval,
                               .kernels = material.kernels,
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
