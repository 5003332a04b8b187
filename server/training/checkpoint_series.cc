#include "server/training/checkpoint_series.h"

#include <algorithm>
#include <utility>

#include "server/ml/engine.h"

namespace percept::training {

CheckpointSeries::CheckpointSeries(const Attempt& attempt, const ProgressMonitor& monitor)
    : attempt_(attempt),
      monitor_(monitor),
      next_time_(monitor.start_time() + attempt.checkpoint_interval) {}

absl::Status CheckpointSeries::Add(Content content) {
  const absl::Status taken =
      attempt_.sink->SaveCheckpoint({.attempt = attempt_.job->attempt,
                                     .run_time = monitor_.run_time(),
                                     .instruction_set = attempt_.kernels->name,
                                     .engine_revision = ml::kEngineRevision,
                                     .step = content.step,
                                     .snapshot_count = content.snapshot_count,
                                     .state = std::move(content.state)});
  const absl::Duration cost = attempt_.clock->Now() - begin_time_;
  next_time_ = begin_time_ + std::max(attempt_.checkpoint_interval, kLeastPart * cost);
  return taken;
}

}  // namespace percept::training
