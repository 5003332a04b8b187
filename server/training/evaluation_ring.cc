#include "server/training/evaluation_ring.h"

#include <pthread.h>

#include <utility>

#include "absl/cleanup/cleanup.h"

namespace percept::training {

namespace {

// Evaluations below this many multiplications cost less than handing them to another thread.
constexpr int64_t kThreadedEvaluationCost = 4'000'000;

}  // namespace

EvaluationRing::EvaluationRing(std::vector<std::unique_ptr<ml::ModelCopy>> copies,
                               const Examples* examples, bool threaded, Decide decide,
                               IsCancelled is_cancelled)
    : examples_(examples),
      decide_(std::move(decide)),
      is_cancelled_(std::move(is_cancelled)),
      threaded_(threaded),
      slots_(copies.size()) {
  for (size_t number = 0; number < slots_.size(); ++number) {
    slots_[number].moment.copy = std::move(copies[number]);
  }
  if (threaded_) {
    thread_ = std::thread([this] { Work(); });
    pthread_setname_np(thread_.native_handle(), "evaluate");
  }
}

EvaluationRing::~EvaluationRing() {
  {
    absl::MutexLock lock(&mutex_);
    Stop();
  }
  if (thread_.joinable()) thread_.join();
}

bool EvaluationRing::IsWorthAThread(int64_t examples, int64_t parameters) {
  return examples * parameters >= kThreadedEvaluationCost;
}

Moment* EvaluationRing::Acquire() {
  if (!threaded_) return stopped() ? nullptr : &slots_.front().moment;
  absl::MutexLock lock(&mutex_);
  const int64_t capacity = static_cast<int64_t>(slots_.size());
  while (!stopped_ && submitted_ - decided_ == capacity) {
    if (HasWork()) {
      EvaluateNext();
      continue;
    }
    const auto changed = [this, capacity]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return stopped_ || submitted_ - decided_ < capacity;
    };
    mutex_.Await(absl::Condition(&changed));
  }
  Rethrow();
  return stopped_ ? nullptr : &slot(submitted_).moment;
}

void EvaluationRing::Submit() {
  if (!threaded_) {
    DecideAlone(slots_.front().moment);
    return;
  }
  absl::MutexLock lock(&mutex_);
  slot(submitted_).evaluated = false;
  ++submitted_;
}

bool EvaluationRing::Drain() {
  if (!threaded_) return !stopped();
  absl::MutexLock lock(&mutex_);
  while (!stopped_ && decided_ < submitted_) {
    if (HasWork()) {
      EvaluateNext();
      continue;
    }
    const auto changed = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return stopped_ || decided_ == submitted_;
    };
    mutex_.Await(absl::Condition(&changed));
  }
  Rethrow();
  return !stopped_;
}

void EvaluationRing::DecideAlone(Moment& moment) {
  bool go_on = false;
  const absl::Cleanup stop = [this, &go_on] {
    if (!go_on) stop_seen_.store(true, std::memory_order_release);
  };
  go_on = Evaluate(moment) && decide_(moment);
}

bool EvaluationRing::Evaluate(Moment& moment) const {
  moment.evaluation.reset();
  if (examples_ == nullptr) return true;
  moment.evaluation = moment.copy->EvaluateWhile(*examples_, [this] { return !IsInVain(); });
  return moment.evaluation.has_value();
}

void EvaluationRing::EvaluateNext() {
  Slot& next = slot(taken_++);
  bool is_whole = false;
  CallUnlocked([this, &next, &is_whole] { is_whole = Evaluate(next.moment); });
  if (!is_whole) {
    Stop();
    return;
  }
  next.evaluated = true;
  DecideReady();
}

void EvaluationRing::DecideReady() {
  if (deciding_) return;  // The other thread goes on to this moment.
  deciding_ = true;
  while (!stopped_ && decided_ < taken_ && slot(decided_).evaluated) {
    Slot& next = slot(decided_);
    bool go_on = false;
    CallUnlocked([this, &next, &go_on] { go_on = decide_(next.moment); });
    next.evaluated = false;
    ++decided_;
    if (!go_on) Stop();
  }
  deciding_ = false;
}

void EvaluationRing::Stop() {
  stopped_ = true;
  stop_seen_.store(true, std::memory_order_release);
}

void EvaluationRing::CallUnlocked(absl::FunctionRef<void()> work) {
  std::exception_ptr failure;
  mutex_.Unlock();
  try {
    work();
  } catch (...) {
    failure = std::current_exception();
  }
  mutex_.Lock();
  if (failure == nullptr) return;
  failure_ = failure;
  Stop();
}

void EvaluationRing::Rethrow() const {
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void EvaluationRing::Work() {
  absl::MutexLock lock(&mutex_);
  const auto changed = [this]()
                           ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopped_ || HasWork(); };
  while (true) {
    mutex_.Await(absl::Condition(&changed));
    if (stopped_) return;
    EvaluateNext();
  }
}

}  // namespace percept::training
