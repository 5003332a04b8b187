#include "server/training/progress_monitor.h"

#include "absl/strings/str_format.h"

namespace percept::training {
namespace {

constexpr absl::Duration kSpeedWindow = absl::Milliseconds(250);

}  // namespace

ProgressMonitor::ProgressMonitor(const Attempt& attempt)
    : attempt_(attempt),
      start_time_(attempt.clock->Now()),
      now_(start_time_),
      speed_time_(start_time_) {}

void ProgressMonitor::Show(const Position& position) {
  now_ = attempt_.clock->Now();
  ShowEnd(position);
  const absl::Duration passed = now_ - speed_time_;
  if (passed < kSpeedWindow) return;
  const auto instances = static_cast<double>(position.instances - speed_instances_);
  attempt_.progress->instances_per_second.store(instances / absl::ToDoubleSeconds(passed),
                                                std::memory_order_relaxed);
  speed_time_ = now_;
  speed_instances_ = position.instances;
}

std::optional<Outcome> ProgressMonitor::Check(const Position& position) {
  Show(position);
  switch (attempt_.stop->reason()) {
    case StopSignal::Reason::kNone:
      break;
    case StopSignal::Reason::kCancel:
      return Outcome{.kind = Outcome::Kind::kCancelled};
    case StopSignal::Reason::kShutdown:
      return Outcome{.kind = Outcome::Kind::kInterrupted};
  }
  const absl::Duration limit = attempt_.job->spec.time_limit;
  if (attempt_.job->run_time + (now_ - start_time_) > limit) {
    return Outcome::Failed(storage::JobErrorReason::kTimeLimit,
                           absl::StrFormat("time limit of %s ran out at step %d",
                                           absl::FormatDuration(limit), position.step));
  }
  return std::nullopt;
}

void ProgressMonitor::ShowEnd(const Position& position) {
  LiveProgress& progress = *attempt_.progress;
  progress.step.store(position.step, std::memory_order_relaxed);
  progress.instances.store(position.instances, std::memory_order_relaxed);
  progress.epoch.store(position.epoch, std::memory_order_relaxed);
  progress.heartbeat_micros.store(absl::ToUnixMicros(now_), std::memory_order_relaxed);
}

}  // namespace percept::training
