#include "server/rpc/shared_answers.h"

#include <algorithm>
#include <utility>

namespace percept::rpc {

void SharedAnswers::Ask(const std::string& key, Asker asker, Compute compute) {
  std::shared_ptr<const Message> kept;
  {
    absl::MutexLock lock(&mutex_);
    kept = Find(key);
    if (kept == nullptr) {
      const auto [flight, is_first] = under_way_.try_emplace(key);
      flight->second.push_back(std::move(asker));
      if (!is_first) return;
    }
  }
  if (kept != nullptr) {
    asker.receive(kept);
    return;
  }
  Askers askers;
  Answer answer;
  do {
    answer = compute([&] { return IsAsked(key); });
    askers = TakeAskers(key, answer);
  } while (askers.empty());
  for (const Asker& waiting : askers) waiting.receive(answer);
}

std::shared_ptr<const SharedAnswers::Message> SharedAnswers::Find(const std::string& key) {
  const auto place = places_.find(key);
  if (place == places_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, place->second);
  return kept_.front().answer;
}

void SharedAnswers::Keep(const std::string& key, std::shared_ptr<const Message> answer) {
  const auto bytes = static_cast<int64_t>(answer->SpaceUsedLong() + 2 * key.size());
  kept_.push_front({key, std::move(answer), bytes});
  places_[key] = kept_.begin();
  kept_bytes_ += bytes;
  while (kept_bytes_ > max_bytes_) {
    kept_bytes_ -= kept_.back().bytes;
    places_.erase(kept_.back().key);
    kept_.pop_back();
  }
}

bool SharedAnswers::IsAsked(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const Askers& askers = under_way_.at(key);
  return std::any_of(askers.begin(), askers.end(),
                     [](const Asker& asker) { return !asker.is_gone(); });
}

SharedAnswers::Askers SharedAnswers::TakeAskers(const std::string& key, const Answer& answer) {
  absl::MutexLock lock(&mutex_);
  const auto flight = under_way_.find(key);
  Askers& askers = flight->second;
  const bool is_wanted = std::any_of(askers.begin(), askers.end(),
                                     [](const Asker& asker) { return !asker.is_gone(); });
  if (absl::IsCancelled(answer.status()) && is_wanted) return {};
  Askers taken = std::move(askers);
  under_way_.erase(flight);
  if (answer.ok()) Keep(key, *answer);
  return taken;
}

}  // namespace percept::rpc
