#ifndef PERCEPT_TESTS_SUPPORT_FAKE_CLOCK_H_
#define PERCEPT_TESTS_SUPPORT_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"

namespace percept::testing {

// A clock that stands until it is moved. Thread-safe.
class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }

  void Advance(absl::Duration duration) {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1700000000);
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_FAKE_CLOCK_H_
