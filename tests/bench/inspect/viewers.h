#ifndef PERCEPT_TESTS_BENCH_INSPECT_VIEWERS_H_
#define PERCEPT_TESTS_BENCH_INSPECT_VIEWERS_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

#include "tests/bench/inspect/asked_models.h"

namespace percept::bench {

// What it cost a server to answer.
struct Cost {
  absl::Duration passed;
  absl::Duration processor;  // Of all its threads, to the hundredth of a second.
};

// Has `viewers` clients, each with a connection of its own, ask for the same grid of a snapshot at
// the same moment, until all have it.
Cost AskTogether(const std::string& address, pid_t server, const std::string& snapshot,
                 int viewers);

// Clients that keep explorations and attacks of MNIST's images under way, each one after the other,
// until it goes.
class PathLoad {
 public:
  // One half of the clients explores, the other attacks.
  // Both must outlive it.
  PathLoad(const std::string& address, const AskedModel& digits, int clients);
  ~PathLoad();

  PathLoad(const PathLoad&) = delete;
  PathLoad& operator=(const PathLoad&) = delete;

  // Paths that have been followed to their end.
  int64_t paths() const { return paths_; }

 private:
  std::atomic<bool> stopping_ = false;
  std::atomic<int64_t> paths_ = 0;
  std::vector<std::thread> clients_;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_INSPECT_VIEWERS_H_
