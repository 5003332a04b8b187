#ifndef PERCEPT_TESTS_ROBUSTNESS_FOLLOWER_H_
#define PERCEPT_TESTS_ROBUSTNESS_FOLLOWER_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "tests/support/watch_validators.h"

namespace percept::testing {

// Where the server listens at present, told from life to life. Thread-safe.
class ServerAddress {
 public:
  void Set(std::string address) ABSL_LOCKS_EXCLUDED(mutex_);

  // No server comes any more.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for a server later than the one of number `life`, sets `life` to its number and returns
  // where it listens; unset once no server comes any more.
  std::optional<std::string> AwaitLater(int& life) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Mutex mutex_;
  std::string address_ ABSL_GUARDED_BY(mutex_);
  int life_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

// A viewer: watches one job to its end on a thread of its own, over as many servers as it takes,
// each time from the first snapshot that it has not seen. Thread-safe.
class Follower {
 public:
  // How it follows: by a watch of every snapshot or of the newest, or by a subscription that has
  // the list of jobs for another topic.
  enum class Way { kEvery, kLatest, kSubscription };

  // `server` must outlive it.
  Follower(ServerAddress* server, std::string job, Way way);

  // Waits for the job's end, or until no server comes any more.
  ~Follower();

  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // One above the newest snapshot that it was sent; never falls.
  int64_t next_index() const { return next_index_; }

  // True once it has seen the job's end, or has given up: a watch was refused.
  bool is_done() const { return is_done_; }

  // All of its watches. Call once it is done, no sooner.
  const WatchHistory& history() const { return history_; }

 private:
  void Follow(const std::string& job);
  WatchRecord Watch(RpcClient& client, const v1::WatchSnapshotsRequest& request);
  WatchRecord Subscribe(RpcClient& client, const v1::WatchSnapshotsRequest& request);
  void Note(const v1::WatchSnapshotsResponse& message);

  ServerAddress* const server_;
  const Way way_;
  std::atomic<int64_t> next_index_{0};
  std::atomic<bool> is_done_{false};
  WatchHistory history_;  // Of the thread, until it is done.
  std::thread thread_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_FOLLOWER_H_
