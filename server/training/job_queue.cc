#include "server/training/job_queue.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace percept::training {

bool JobQueue::RunsEarlier::operator()(const Job* left, const Job* right) const {
  return std::forward_as_tuple(-left->priority, left->is_long, left->create_time, left->arrival) <
         std::forward_as_tuple(-right->priority, right->is_long, right->create_time,
                               right->arrival);
}

void JobQueue::Push(Job job) {
  const auto [added, is_new] = jobs_.try_emplace(job.id, std::move(job));
  if (!is_new) return;
  added->second.arrival = ++arrivals_;
  owners_[added->second.owner].waiting.insert(&added->second);
  FindNext();
}

std::optional<JobQueue::Job> JobQueue::Pop() {
  if (!has_next()) return std::nullopt;
  Owner& owner = next_->second;
  const auto first = owner.waiting.begin();
  auto taken = jobs_.extract((*first)->id);
  owner.waiting.erase(first);
  ++owner.running;
  owner.last_served = ++starts_;
  Tidy();
  FindNext();
  return std::move(taken.mapped());
}

void JobQueue::Finish(const Job& job) {
  --owners_[job.owner].running;
  FindNext();
}

bool JobQueue::Remove(absl::string_view job_id) {
  const auto found = jobs_.find(std::string(job_id));
  if (found == jobs_.end()) return false;
  owners_[found->second.owner].waiting.erase(&found->second);
  jobs_.erase(found);
  FindNext();
  return true;
}

bool JobQueue::HasToYield(const Job& running) const {
  const auto own = owners_.find(running.owner);
  if (own == owners_.end()) return false;
  if (!own->second.waiting.empty()) {
    const Job& first = **own->second.waiting.begin();
    if (first.priority > running.priority) return true;
    if (first.priority == running.priority && !first.is_long) return true;
  }
  return std::any_of(owners_.begin(), owners_.end(), [&](const auto& each) {
    const Owner& other = each.second;
    return &other != &own->second && !other.waiting.empty() &&
           other.running < own->second.running && other.running < max_running_per_owner_;
  });
}

// The order in which waiting jobs would start can be had without going through it. Each start makes
// an owner's running jobs one more and the owner the one served last; so the job number k (from 0)
// of an owner starts on the level running + k, lower levels come first, and on each level come
// those owners first who began on the highest, then those who had been served longest ago.
std::optional<JobQueue::Place> JobQueue::Find(absl::string_view job_id) const {
  const auto found = jobs_.find(std::string(job_id));
  if (found == jobs_.end()) return std::nullopt;
  const auto own_entry = owners_.find(found->second.owner);
  const Owner& own = own_entry->second;
  const int64_t number = std::distance(own.waiting.begin(), own.waiting.find(&found->second));
  const int64_t level = own.running + number;
  Place place{.position = 1, .is_at_limit = own.running >= max_running_per_owner_};
  const Owners::value_type* ahead = nullptr;
  int64_t level_ahead = std::numeric_limits<int64_t>::min();
  for (const auto& each : owners_) {
    const Owner& owner = each.second;
    const bool shares_level = ComesBefore(each, *own_entry);
    const int64_t levels = level - owner.running + (shares_level ? 1 : 0);
    const int64_t jobs_ahead = std::clamp<int64_t>(levels, 0, owner.waiting_count());
    if (jobs_ahead == 0) continue;
    place.position += jobs_ahead;
    const int64_t last_level = owner.running + jobs_ahead - 1;
    if (last_level > level_ahead || (last_level == level_ahead && ComesBefore(*ahead, each))) {
      ahead = &each;
      level_ahead = last_level;
    }
  }
  if (ahead != nullptr) place.owner_ahead = ahead->first;
  return place;
}

bool JobQueue::ComesBefore(const Owners::value_type& left, const Owners::value_type& right) {
  return std::forward_as_tuple(-left.second.running, left.second.last_served, left.first) <
         std::forward_as_tuple(-right.second.running, right.second.last_served, right.first);
}

int64_t JobQueue::SizeOf(absl::string_view owner) const {
  const auto found = owners_.find(owner);
  return found == owners_.end() ? 0 : found->second.waiting_count();
}

void JobQueue::FindNext() {
  next_ = owners_.end();
  for (auto each = owners_.begin(); each != owners_.end(); ++each) {
    const Owner& owner = each->second;
    if (owner.waiting.empty() || owner.running >= max_running_per_owner_) continue;
    if (next_ == owners_.end() || std::tie(owner.running, owner.last_served) <
                                      std::tie(next_->second.running, next_->second.last_served)) {
      next_ = each;
    }
  }
}

// An owner without jobs who was served before all who wait would be next as a stranger too.
void JobQueue::Tidy() {
  int64_t served_first = starts_;
  for (const auto& [name, owner] : owners_) {
    if (!owner.waiting.empty()) served_first = std::min(served_first, owner.last_served);
  }
  std::erase_if(owners_, [served_first](const auto& each) {
    const Owner& owner = each.second;
    return owner.waiting.empty() && owner.running == 0 && owner.last_served < served_first;
  });
}

}  // namespace percept::training
