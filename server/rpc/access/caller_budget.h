#ifndef PERCEPT_SERVER_RPC_ACCESS_CALLER_BUDGET_H_
#define PERCEPT_SERVER_RPC_ACCESS_CALLER_BUDGET_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace percept::rpc {

// What one caller may take of the server; 0 is no limit.
struct CallerLimits {
  int64_t calls_per_second = 0;       // On average over kBurst.
  int64_t streams = 0;                // To viewers, at a time.
  absl::Duration inspect_per_minute;  // Time of questions to models.
};

// What one caller has taken. Refusals are ResourceExhausted, naming the limit, its value and the
// use. Thread-safe.
class CallerBudget {
 public:
  static constexpr absl::Duration kBurst = absl::Seconds(10);

  explicit CallerBudget(const CallerLimits& limits) : limits_(limits) {}
  CallerBudget(const CallerBudget&) = delete;
  CallerBudget& operator=(const CallerBudget&) = delete;

  // Counts a call.
  absl::Status TakeCall(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

  // Counts a stream until `ReturnStream`.
  absl::Status TakeStream() ABSL_LOCKS_EXCLUDED(mutex_);
  void ReturnStream() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ok while there is time left for a question, whose time is spent afterwards: one that takes long
  // has to be made up for.
  absl::Status CheckInspect(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  void SpendInspect(absl::Duration time) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether it is as it was when it was made, so that another serves as well.
  bool IsUnused(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Something that is used at times and fills up again.
  struct Bucket {
    double used = 0.0;
    absl::Time time = absl::InfinitePast();

    void Refill(absl::Time now, double per_second);
  };

  void Refill(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const CallerLimits limits_;
  absl::Mutex mutex_;
  Bucket calls_ ABSL_GUARDED_BY(mutex_);
  Bucket inspect_ ABSL_GUARDED_BY(mutex_);  // In seconds.
  int64_t streams_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The budgets of all callers. Thread-safe.
class CallerBudgets {
 public:
  // From so many on, unused ones are forgotten.
  static constexpr size_t kMany = 1000;

  explicit CallerBudgets(const CallerLimits& limits) : limits_(limits) {}
  CallerBudgets(const CallerBudgets&) = delete;
  CallerBudgets& operator=(const CallerBudgets&) = delete;

  const CallerLimits& limits() const { return limits_; }

  std::shared_ptr<CallerBudget> Of(const std::string& caller, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Callers that are remembered.
  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const CallerLimits limits_;
  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<CallerBudget>> budgets_ ABSL_GUARDED_BY(mutex_);
  size_t next_sweep_ ABSL_GUARDED_BY(mutex_) = kMany;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_CALLER_BUDGET_H_
