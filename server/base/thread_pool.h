#ifndef PERCEPT_SERVER_BASE_THREAD_POOL_H_
#define PERCEPT_SERVER_BASE_THREAD_POOL_H_

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace percept {

// Threads that run tasks which may block, so that those who must not can hand them on. Tasks start
// in the order in which they came. Thread-safe.
class ThreadPool {
 public:
  // Threads are called NAME-0, NAME-1, … At most `capacity` tasks wait. `niceness`, in [0, 19], is
  // added to that of the process: each step leaves a fifth of the processors' time to others.
  ThreadPool(const std::string& name, int threads, size_t capacity, int niceness = 0);

  // Runs what waits, then joins the threads.
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // False, with nothing done, when `capacity` tasks wait.
  [[nodiscard]] bool TrySubmit(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes the task whatever waits: for those that can each have only one task here at a time, and
  // are bounded in number elsewhere.
  void Submit(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether there are tasks that no thread has begun.
  bool IsBehind() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Work(int niceness) ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t capacity_;
  mutable absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // Changed by constructor and destructor alone.
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_THREAD_POOL_H_
