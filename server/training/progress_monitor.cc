#include "server/training/progress_monitor.h"

#include <algorithm>

#include "absl/strings/str_format.h"

#include "server/base/meters.h"

namespace percept::training {
namespace {

constexpr absl::Duration kSpeedWindow = absl::Milliseconds(250);

}  // namespace

ProgressMonitor::ProgressMonitor(const Attempt& attempt)
    : attempt_(attempt),
      start_time_(attempt.clock->Now()),
      earlier_run_time_(EarlierRunTime(*attempt.job, attempt.checkpoint)),
      deadline_(start_time_ + (attempt.job->spec.time_limit - earlier_run_time_)),
      speed_time_(start_time_),
      next_speed_time_(start_time_ + kSpeedWindow) {}

ProgressMonitor::~ProgressMonitor() { Meter(); }

void ProgressMonitor::GoOnFrom(const Position& position) {
  speed_instances_ = position.instances;
  metered_ = position;
  ShowPosition(position);
}

void ProgressMonitor::Show(const Position& position) {
  const absl::Time now = std::max(start_time_, attempt_.clock->RecentNow());
  ShowPosition(position);
  if (now == now_) return;
  now_ = now;
  LiveProgress& progress = *attempt_.progress;
  progress.heartbeat_micros.store(absl::ToUnixMicros(now_), std::memory_order_relaxed);
  const absl::Duration run_time = earlier_run_time_ + (now_ - start_time_);
  progress.run_time_micros.store(absl::ToInt64Microseconds(run_time), std::memory_order_relaxed);
  if (now_ >= next_speed_time_) ShowSpeed(position.instances);
}

std::optional<Outcome> ProgressMonitor::Check(const Position& position) {
  Show(position);
  switch (attempt_.stop->request()) {
    case StopSignal::Request::kNone:
      break;
    case StopSignal::Request::kCancel:
      return Outcome{.kind = Outcome::Kind::kCancelled};
    case StopSignal::Request::kStop:
      return Outcome{.kind = Outcome::Kind::kStopped};
  }
  if (now_ > deadline_) {
    return Outcome::Failed(
        storage::JobErrorReason::kTimeLimit,
        absl::StrFormat("time limit of %s ran out at step %d",
                        absl::FormatDuration(attempt_.job->spec.time_limit), position.step));
  }
  return std::nullopt;
}

void ProgressMonitor::ShowPosition(const Position& position) {
  shown_ = position;
  LiveProgress& progress = *attempt_.progress;
  progress.step.store(position.step, std::memory_order_relaxed);
  progress.instances.store(position.instances, std::memory_order_relaxed);
  progress.epoch.store(position.epoch, std::memory_order_relaxed);
}

void ProgressMonitor::ShowSpeed(int64_t instances) {
  const auto presented = static_cast<double>(instances - speed_instances_);
  attempt_.progress->instances_per_second.store(
      presented / absl::ToDoubleSeconds(now_ - speed_time_), std::memory_order_relaxed);
  speed_time_ = now_;
  next_speed_time_ = now_ + kSpeedWindow;
  speed_instances_ = instances;
  Meter();
}

void ProgressMonitor::Meter() {
  // An attempt that ran ahead of its end is shown where that was; its work was done all the same.
  if (shown_.instances <= metered_.instances) return;
  Meters& meters = Meters::Process();
  meters.steps.Add(std::max<int64_t>(0, shown_.step - metered_.step));
  meters.instances.Add(shown_.instances - metered_.instances);
  metered_ = shown_;
}

}  // namespace percept::training
