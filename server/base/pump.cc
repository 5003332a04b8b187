#include "server/base/pump.h"

namespace percept {

bool Pump::Notify() {
  absl::MutexLock lock(&mutex_);
  has_news_ = true;
  if (state_ != State::kIdle) return false;
  state_ = State::kRunning;
  return true;
}

bool Pump::Settle() {
  absl::MutexLock lock(&mutex_);
  if (state_ == State::kRunning) is_settled_ = true;
  if (state_ != State::kAwaiting) return false;
  state_ = has_news_ ? State::kRunning : State::kIdle;
  return has_news_;
}

bool Pump::Run(absl::FunctionRef<Next()> step, int most_steps) {
  for (int steps = 0; steps < most_steps; ++steps) {
    {
      absl::MutexLock lock(&mutex_);
      has_news_ = false;
    }
    if (!GoesOn(step())) return false;
  }
  return true;
}

bool Pump::GoesOn(Next next) {
  absl::MutexLock lock(&mutex_);
  if (next == Next::kOver) {
    state_ = State::kOver;
    return false;
  }
  if (next == Next::kAwaitToGoOn) has_news_ = true;
  const bool awaits = next != Next::kIdle && !is_settled_;
  is_settled_ = false;
  if (awaits) {
    state_ = State::kAwaiting;
    return false;
  }
  if (!has_news_) state_ = State::kIdle;
  return has_news_;
}

}  // namespace percept
