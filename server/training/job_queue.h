#ifndef PERCEPT_SERVER_TRAINING_JOB_QUEUE_H_
#define PERCEPT_SERVER_TRAINING_JOB_QUEUE_H_

#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace percept::training {

// The jobs that wait for a worker: higher priority first, then first come, first served.
// Not thread-safe.
class JobQueue {
 public:
  void Push(std::string job_id, std::string owner, int32_t priority);

  // The next job to run; unset when none waits.
  std::optional<std::string> Pop();

  // Takes a job out; false when it does not wait.
  bool Remove(absl::string_view job_id);

  struct Place {
    int64_t position = 0;     // 1 for the next to run.
    std::string owner_ahead;  // Of the job right ahead; empty for the first.
  };
  // Where a job waits; unset when it does not. Linear in the queue's length.
  std::optional<Place> Find(absl::string_view job_id) const;

  int64_t size() const { return static_cast<int64_t>(waiting_.size()); }

 private:
  struct Waiting {
    std::string job_id;
    std::string owner;
    int32_t priority = 0;
  };
  std::list<Waiting> waiting_;  // In the order in which they run.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_JOB_QUEUE_H_
