#include "server/training/job_queue.h"

#include <algorithm>
#include <utility>

namespace percept::training {

void JobQueue::Push(std::string job_id, std::string owner, int32_t priority) {
  auto place = waiting_.end();
  while (place != waiting_.begin() && std::prev(place)->priority < priority) --place;
  waiting_.insert(place, Waiting{std::move(job_id), std::move(owner), priority});
}

std::optional<std::string> JobQueue::Pop() {
  if (waiting_.empty()) return std::nullopt;
  std::string job_id = std::move(waiting_.front().job_id);
  waiting_.pop_front();
  return job_id;
}

bool JobQueue::Remove(absl::string_view job_id) {
  return waiting_.remove_if([job_id](const Waiting& waiting) { return waiting.job_id == job_id; }) >
         0;
}

std::optional<JobQueue::Place> JobQueue::Find(absl::string_view job_id) const {
  Place place;
  for (const Waiting& waiting : waiting_) {
    ++place.position;
    if (waiting.job_id == job_id) return place;
    place.owner_ahead = waiting.owner;
  }
  return std::nullopt;
}

}  // namespace percept::training
