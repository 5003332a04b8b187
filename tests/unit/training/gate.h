#ifndef PERCEPT_TESTS_UNIT_TRAINING_GATE_H_
#define PERCEPT_TESTS_UNIT_TRAINING_GATE_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace percept::training {

// How long a test waits for what must happen before it fails.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

// Holds threads up until it is opened. Thread-safe.
class Gate {
 public:
  void Open() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    open_ = true;
  }

  void Wait() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&open_), kPatience));
  }

 private:
  absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_GATE_H_
