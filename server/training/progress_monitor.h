#ifndef PERCEPT_SERVER_TRAINING_PROGRESS_MONITOR_H_
#define PERCEPT_SERVER_TRAINING_PROGRESS_MONITOR_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

#include "server/training/position.h"
#include "server/training/runner.h"

namespace percept::training {

// Shows others how far an attempt has come, and tells the attempt when it has to end. Used by the
// trainer alone.
class ProgressMonitor {
 public:
  // `attempt` must outlive the monitor. The attempt's time runs from here.
  explicit ProgressMonitor(const Attempt& attempt);
  ~ProgressMonitor();

  ProgressMonitor(const ProgressMonitor&) = delete;
  ProgressMonitor& operator=(const ProgressMonitor&) = delete;

  // The attempt begins at `position`. To be called before all others where that is not the start.
  void GoOnFrom(const Position& position);

  // Shows `position` as the present one.
  void Show(const Position& position);

  // Likewise. Set when the attempt has to end here: cancelled, interrupted or out of time.
  std::optional<Outcome> Check(const Position& position);

  // Shows where an attempt ended that had run ahead of its end.
  void ShowEnd(const Position& position) { ShowPosition(position); }

  // When it was last called, to about a millisecond.
  absl::Time now() const { return now_; }

  absl::Time start_time() const { return start_time_; }

  // Time that the job has spent on workers, up to `now`.
  absl::Duration run_time() const { return earlier_run_time_ + (now_ - start_time_); }

 private:
  void ShowPosition(const Position& position);
  // `instances` have been presented by now.
  void ShowSpeed(int64_t instances);
  // Adds what was trained since the last call to what the process has trained.
  void Meter();

  const Attempt& attempt_;
  const absl::Time start_time_;
  const absl::Duration earlier_run_time_;  // Of the attempts before.
  const absl::Time deadline_;
  absl::Time now_ = absl::InfinitePast();
  absl::Time speed_time_;        // When the speed was last measured,
  int64_t speed_instances_ = 0;  // and how far the attempt had come then.
  absl::Time next_speed_time_;
  Position shown_;
  Position metered_;  // Up to where it has been added.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_PROGRESS_MONITOR_H_
