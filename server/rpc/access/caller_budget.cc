#include "server/rpc/access/caller_budget.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::rpc {

void CallerBudget::Bucket::Refill(absl::Time now, double per_second) {
  if (now > time) used = std::max(0.0, used - absl::ToDoubleSeconds(now - time) * per_second);
  time = std::max(time, now);
}

void CallerBudget::Refill(absl::Time now) {
  calls_.Refill(now, static_cast<double>(limits_.calls_per_second));
  inspect_.Refill(now, absl::ToDoubleSeconds(limits_.inspect_per_minute) / 60.0);
}

absl::Status CallerBudget::TakeCall(absl::Time now) {
  if (limits_.calls_per_second == 0) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  Refill(now);
  const double most = absl::ToDoubleSeconds(kBurst) * static_cast<double>(limits_.calls_per_second);
  if (calls_.used + 1.0 > most) {
    return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                          "calls: a caller may make ", limits_.calls_per_second,
                          " a second on average (--max-calls-per-second-per-caller), and made ",
                          static_cast<int64_t>(calls_.used),
                          " more than that in the last moments; wait a little")),
                      "TOO_MANY_CALLS");
  }
  calls_.used += 1.0;
  return absl::OkStatus();
}

absl::Status CallerBudget::TakeStream() {
  absl::MutexLock lock(&mutex_);
  if (limits_.streams > 0 && streams_ >= limits_.streams) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat(
            "streams: a caller may have at most ", limits_.streams,
            " open at a time (--max-streams-per-caller), and has ", streams_, "; close one first")),
        "TOO_MANY_STREAMS_OF_CALLER");
  }
  ++streams_;
  return absl::OkStatus();
}

void CallerBudget::ReturnStream() {
  absl::MutexLock lock(&mutex_);
  --streams_;
}

absl::Status CallerBudget::CheckInspect(absl::Time now) {
  if (limits_.inspect_per_minute == absl::ZeroDuration()) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  Refill(now);
  if (inspect_.used <= absl::ToDoubleSeconds(limits_.inspect_per_minute)) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "inspect: questions of a caller to models may take ",
          absl::FormatDuration(limits_.inspect_per_minute),
          " of a minute (--max-inspect-time-per-minute-per-caller), and took ",
          absl::FormatDuration(absl::Trunc(absl::Seconds(inspect_.used), absl::Milliseconds(100))),
          " lately; wait a little")),
      "INSPECT_TIME_USED_UP");
}

void CallerBudget::SpendInspect(absl::Duration time) {
  absl::MutexLock lock(&mutex_);
  inspect_.used += absl::ToDoubleSeconds(time);
}

bool CallerBudget::IsUnused(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Refill(now);
  return streams_ == 0 && calls_.used == 0.0 && inspect_.used == 0.0;
}

std::shared_ptr<CallerBudget> CallerBudgets::Of(const std::string& caller, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (budgets_.size() >= next_sweep_) {
    std::erase_if(budgets_, [now](const auto& entry) {
      return entry.second.use_count() == 1 && entry.second->IsUnused(now);
    });
    next_sweep_ = std::max(kMany, 2 * budgets_.size());
  }
  std::shared_ptr<CallerBudget>& budget = budgets_[caller];
  if (budget == nullptr) budget = std::make_shared<CallerBudget>(limits_);
  return budget;
}

size_t CallerBudgets::size() const {
  absl::MutexLock lock(&mutex_);
  return budgets_.size();
}

}  // namespace percept::rpc
