#ifndef PERCEPT_SERVER_TRAINING_JOB_QUEUE_H_
#define PERCEPT_SERVER_TRAINING_JOB_QUEUE_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace percept::training {

// The jobs that wait for a worker, and which of them is due next.
//
// Between owners: the one with the fewest running jobs; among equals, the one served longest ago.
// So fifty jobs of one owner hold up another's single one no longer than a job, or its time slice,
// takes. Among the jobs of an owner: higher priority first; then those that have not used up a time
// slice yet, so that short jobs get past long ones; then first come, first served.
// Not thread-safe.
class JobQueue {
 public:
  // A job as far as the order is concerned.
  struct Job {
    std::string id;
    std::string owner;
    int32_t priority = 0;
    bool is_long = false;  // Has used up a time slice.
    absl::Time create_time;
    std::chrono::steady_clock::time_point queue_time;  // Since when it waits.
    int64_t arrival = 0;  // Of the queue's: orders jobs created in the same instant.
  };

  // An owner runs at most so many jobs side by side; further ones wait.
  explicit JobQueue(int64_t max_running_per_owner)
      : max_running_per_owner_(max_running_per_owner) {}

  void Push(Job job);

  // The next job, which counts as running until `Finish`; unset when none is due.
  std::optional<Job> Pop();

  // Says that a job that `Pop` gave runs no more.
  void Finish(const Job& job);

  // Takes a job out; false when it does not wait.
  bool Remove(absl::string_view job_id);

  // Whether a running job that has used up its time slice has to give its worker to one that waits:
  // to one of an owner who runs fewer, or to one of its own owner's with a higher priority, or with
  // the same that has not used up a slice yet.
  bool HasToYield(const Job& running) const;

  struct Place {
    int64_t position = 0;      // 1 for the next to run.
    std::string owner_ahead;   // Of the job right ahead; empty for the first.
    bool is_at_limit = false;  // Its owner runs as many as allowed.
  };
  // Where a job waits, as if none of those that run would end; unset when it does not. Linear in
  // the owners and in the jobs of its own.
  std::optional<Place> Find(absl::string_view job_id) const;

  int64_t size() const { return static_cast<int64_t>(jobs_.size()); }
  int64_t SizeOf(absl::string_view owner) const;

  // Whether `Pop` gives a job.
  bool has_next() const { return next_ != owners_.end(); }

 private:
  struct RunsEarlier {
    bool operator()(const Job* left, const Job* right) const;
  };

  struct Owner {
    std::set<const Job*, RunsEarlier> waiting;
    int64_t running = 0;
    int64_t last_served = 0;  // Serial number of its last start; 0 for none.

    int64_t waiting_count() const { return static_cast<int64_t>(waiting.size()); }
  };
  using Owners = std::map<std::string, Owner, std::less<>>;

  // Of the jobs that would start as the same one of their owners': whose does first.
  static bool ComesBefore(const Owners::value_type& left, const Owners::value_type& right);

  void FindNext();
  // Forgets owners of whom nothing needs to be known any more.
  void Tidy();

  const int64_t max_running_per_owner_;
  std::unordered_map<std::string, Job> jobs_;  // All that wait.
  Owners owners_;
  Owners::iterator next_ = owners_.end();  // Whose job is due.
  int64_t arrivals_ = 0;
  int64_t starts_ = 0;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_JOB_QUEUE_H_
