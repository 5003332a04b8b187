#ifndef PERCEPT_SERVER_BASE_PUMP_H_
#define PERCEPT_SERVER_BASE_PUMP_H_

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"

namespace percept {

// Runs steps for somebody whom many threads tell of news, one step at a time and none in vain. Each
// step looks at everything that there is to do, does one thing of it, and says how it goes on. News
// that come while a step runs, or while it waits for something that it began, are not lost: another
// step follows. Thread-safe; holds no lock while a step runs.
class Pump {
 public:
  enum class Next {
    kIdle,         // There is nothing to do until there is news.
    kAwait,        // Something is under way; `Settle` says when it is over.
    kAwaitToGoOn,  // Likewise, and there is more to do after it.
    kOver,         // There will be no more steps.
  };

  Pump() = default;
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  // Tells of news. True when the caller has to see to it that `Run` is called, once.
  [[nodiscard]] bool Notify() ABSL_LOCKS_EXCLUDED(mutex_);

  // What a step left under way is over, perhaps before the step itself. Returns as `Notify`.
  [[nodiscard]] bool Settle() ABSL_LOCKS_EXCLUDED(mutex_);

  // Runs steps until there is nothing to do or something to wait for, but no more than
  // `most_steps`, so that others come to their turn. True when the caller has to see to it that it
  // is called again.
  [[nodiscard]] bool Run(absl::FunctionRef<Next()> step, int most_steps)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  enum class State { kIdle, kRunning, kAwaiting, kOver };

  // Takes note of how a step went; true when another one is to be run.
  bool GoesOn(Next next) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  bool has_news_ ABSL_GUARDED_BY(mutex_) = false;    // Since the step under way began.
  bool is_settled_ ABSL_GUARDED_BY(mutex_) = false;  // What the step under way began is over.
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_PUMP_H_
