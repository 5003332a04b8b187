#ifndef PERCEPT_SERVER_RPC_AUDIENCE_H_
#define PERCEPT_SERVER_RPC_AUDIENCE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "server/base/pump.h"
#include "server/base/thread_pool.h"

namespace percept::rpc {

// Somebody who follows something and is to be told when there is news of it.
class Viewer {
 public:
  virtual ~Viewer() = default;
  // There may be news. Called on threads that may block for a moment, under no lock.
  virtual void Wake() = 0;
};

// Viewers that are woken together, in rounds. A round takes half of the processors at most, so that
// whatever else the server does goes on beside it, and news that come during a round are told in
// the next: those it has yet to wake find them, too. Thread-safe.
class Audience : public std::enable_shared_from_this<Audience> {
 public:
  // `pool`, on which viewers are woken, must outlive the audience.
  explicit Audience(ThreadPool* pool) : pool_(pool) {}

  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  // Keeps a viewer in the audience until it is destroyed.
  class Seat {
   public:
    Seat(std::shared_ptr<Audience> audience, int64_t id)
        : audience_(std::move(audience)), id_(id) {}
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    const std::shared_ptr<Audience> audience_;
    const int64_t id_;
  };
  std::unique_ptr<Seat> Join(std::weak_ptr<Viewer> viewer) ABSL_LOCKS_EXCLUDED(mutex_);

  // Wakes all viewers soon, on other threads. Costs the caller the same however many they are.
  void WakeAll();

 private:
  // Viewers that are being woken, by several threads at once.
  struct Round {
    std::vector<std::shared_ptr<Viewer>> viewers;
    std::atomic<size_t> next{0};  // The first that nobody has taken yet.
    std::atomic<int> threads{0};  // At work on it.
  };

  void Run();
  Pump::Next Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  void WakeSome(const std::shared_ptr<Round>& round);

  ThreadPool* const pool_;
  Pump pump_;  // Its steps are rounds.
  absl::Mutex mutex_;
  std::unordered_map<int64_t, std::weak_ptr<Viewer>> viewers_ ABSL_GUARDED_BY(mutex_);
  int64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_AUDIENCE_H_
