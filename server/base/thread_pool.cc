#include "server/base/thread_pool.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace percept {

ThreadPool::ThreadPool(const std::string& name, int threads, size_t capacity, int niceness)
    : capacity_(capacity) {
  for (int number = 0; number < threads; ++number) {
    threads_.emplace_back([this, niceness] { Work(niceness); });
    pthread_setname_np(threads_.back().native_handle(), absl::StrCat(name, "-", number).c_str());
  }
}

ThreadPool::~ThreadPool() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

bool ThreadPool::TrySubmit(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (tasks_.size() >= capacity_) return false;
  tasks_.push_back(std::move(task));
  return true;
}

void ThreadPool::Submit(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
}

bool ThreadPool::IsBehind() const {
  absl::MutexLock lock(&mutex_);
  return !tasks_.empty();
}

void ThreadPool::Work(int niceness) {
  if (niceness > 0) {
    // On Linux a thread has a niceness of its own, and may always raise it.
    const auto thread = static_cast<id_t>(gettid());
    constexpr int kMost = 19;
    setpriority(PRIO_PROCESS, thread,
                std::min(kMost, getpriority(PRIO_PROCESS, thread) + niceness));
  }
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !tasks_.empty();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace percept
