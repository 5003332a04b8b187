#ifndef PERCEPT_SERVER_BASE_LISTENERS_H_
#define PERCEPT_SERVER_BASE_LISTENERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace percept {

// Those who want to be told of something, as functions of `Args`. Thread-safe.
template <typename... Args>
class Listeners {
  using Listener = std::function<void(Args...)>;

  struct Shared {
    absl::Mutex mutex;
    std::unordered_map<int64_t, std::shared_ptr<const Listener>> listeners ABSL_GUARDED_BY(mutex);
    int64_t next_id ABSL_GUARDED_BY(mutex) = 0;
  };

 public:
  // Keeps a listener until it is destroyed, which may be later than the listeners are.
  class Subscription {
   public:
    Subscription(std::shared_ptr<Shared> shared, int64_t id)
        : shared_(std::move(shared)), id_(id) {}
    ~Subscription() {
      typename decltype(Shared::listeners)::node_type gone;  // Its listener goes under no lock.
      absl::MutexLock lock(&shared_->mutex);
      gone = shared_->listeners.extract(id_);
    }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    const std::shared_ptr<Shared> shared_;
    const int64_t id_;
  };

  // The listener must not block. It may still be called once while its subscription is destroyed.
  std::unique_ptr<Subscription> Add(Listener listener) {
    auto held = std::make_shared<const Listener>(std::move(listener));
    absl::MutexLock lock(&shared_->mutex);
    const int64_t id = shared_->next_id++;
    shared_->listeners.emplace(id, std::move(held));
    return std::make_unique<Subscription>(shared_, id);
  }

  // Calls all listeners on this thread, under no lock.
  void Notify(Args... args) const {
    std::vector<std::shared_ptr<const Listener>> listeners;
    {
      absl::MutexLock lock(&shared_->mutex);
      listeners.reserve(shared_->listeners.size());
      for (const auto& [id, listener] : shared_->listeners) listeners.push_back(listener);
    }
    for (const auto& listener : listeners) (*listener)(args...);
  }

 private:
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_LISTENERS_H_
