#ifndef PERCEPT_TESTS_UNIT_TRAINING_CUTTING_CLOCK_H_
#define PERCEPT_TESTS_UNIT_TRAINING_CUTTING_CLOCK_H_

#include <cstdint>

#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/training/runner.h"

namespace percept::training {

// Where an attempt is asked to end: at look number `looks` (from 0) at the clock, of which there is
// one before each batch (the perceptron: at its start, at each change, and now and then between).
struct Cut {
  int64_t looks = 0;
  // A cancellation leaves no checkpoint, as little as a crash does.
  StopSignal::Request request = StopSignal::Request::kStop;
};

inline constexpr Cut kUncut{-1};

// A clock that moves on at each look, and asks for the end of an attempt at one of them. For the
// trainer's thread alone.
class CuttingClock final : public Clock {
 public:
  // `stop` must outlive it.
  CuttingClock(Cut cut, absl::Duration time_step, StopSignal& stop)
      : cut_(cut), time_step_(time_step), stop_(stop) {}

  absl::Time Now() const override { return now_; }

  absl::Time RecentNow() const override {
    now_ += time_step_;
    if (looks_++ == cut_.looks) Ask();
    return now_;
  }

 private:
  void Ask() const {
    if (cut_.request == StopSignal::Request::kCancel) {
      stop_.AskToCancel();
    } else {
      stop_.AskToStop();
    }
  }

  const Cut cut_;
  const absl::Duration time_step_;
  StopSignal& stop_;
  mutable int64_t looks_ = 0;
  mutable absl::Time now_ = absl::FromUnixSeconds(1700000000);
};

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_CUTTING_CLOCK_H_
