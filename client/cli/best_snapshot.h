#ifndef PERCEPT_CLIENT_CLI_BEST_SNAPSHOT_H_
#define PERCEPT_CLIENT_CLI_BEST_SNAPSHOT_H_

#include <cstdint>
#include <optional>

#include "percept/v1/snapshot.pb.h"

namespace percept::cli {

// The best of the snapshots shown to it: highest validation accuracy, then lowest loss, then
// earliest. Those that were not evaluated do not count.
class BestSnapshot {
 public:
  void Consider(const v1::Snapshot& snapshot);

  struct Best {
    int64_t index;
    double accuracy;
    double loss;
  };
  const std::optional<Best>& best() const { return best_; }

 private:
  std::optional<Best> best_;
};

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_BEST_SNAPSHOT_H_
