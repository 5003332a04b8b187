#include "server/training/evaluation_ring.h"

#include <pthread.h>

#include <utility>

namespace percept::training {

EvaluationRing::EvaluationRing(const ml::Model& model, int capacity, const Examples* validation,
                               bool threaded, Decide decide)
    : validation_(validation), decide_(std::move(decide)), slots_(static_cast<size_t>(capacity)) {
  for (Slot& each : slots_) each.moment.copy = model.NewCopy();
  if (threaded) {
    thread_ = std::thread([this] { Work(); });
    pthread_setname_np(thread_.native_handle(), "evaluate");
  }
}

EvaluationRing::~EvaluationRing() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

Moment* EvaluationRing::Acquire() {
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
  return stopped_ ? nullptr : &slot(submitted_).moment;
}

void EvaluationRing::Submit() {
  absl::MutexLock lock(&mutex_);
  slot(submitted_).evaluated = false;
  ++submitted_;
  if (!thread_.joinable()) EvaluateNext();
}

bool EvaluationRing::Drain() {
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
  return !stopped_;
}

void EvaluationRing::EvaluateNext() {
  Slot& next = slot(taken_++);
  mutex_.Unlock();
  next.moment.validation.reset();
  if (validation_ != nullptr) next.moment.validation = next.moment.copy->Evaluate(*validation_);
  mutex_.Lock();
  next.evaluated = true;
  DecideReady();
}

void EvaluationRing::DecideReady() {
  if (deciding_) return;  // The other thread goes on to this moment.
  deciding_ = true;
  while (!stopped_ && decided_ < taken_ && slot(decided_).evaluated) {
    Slot& next = slot(decided_);
    mutex_.Unlock();
    const bool go_on = decide_(next.moment);
    mutex_.Lock();
    next.evaluated = false;
    ++decided_;
    if (!go_on) stopped_ = true;
  }
  deciding_ = false;
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
