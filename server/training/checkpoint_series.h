#ifndef PERCEPT_SERVER_TRAINING_CHECKPOINT_SERIES_H_
#define PERCEPT_SERVER_TRAINING_CHECKPOINT_SERIES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "server/training/progress_monitor.h"
#include "server/training/runner.h"

namespace percept::training {

// The checkpoints of an attempt: says when the next is due and hands them on. Used by the trainer
// alone.
class CheckpointSeries {
 public:
  // Most of the time that checkpoints may take, as one part in so many.
  static constexpr int kLeastPart = 20;

  // What is handed on: the number of updates, that of the snapshots, and the state after these.
  struct Content {
    int64_t step = 0;
    int64_t snapshot_count = 0;
    std::string state;
  };

  // `attempt` and `monitor` must outlive the series. The first is due after an interval.
  CheckpointSeries(const Attempt& attempt, const ProgressMonitor& monitor);

  // Whether the attempt's time has come to the next.
  bool IsDue() const { return monitor_.now() >= next_time_; }

  // To be called before what goes into a checkpoint is put together.
  void Begin() { begin_time_ = attempt_.clock->Now(); }

  // Hands on a checkpoint. What it has taken since `Begin` tells when the next is due.
  absl::Status Add(Content content);

 private:
  const Attempt& attempt_;
  const ProgressMonitor& monitor_;
  absl::Time begin_time_;
  absl::Time next_time_;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_CHECKPOINT_SERIES_H_
