#include "server/rpc/audience.h"

#include <vector>

namespace percept::rpc {
namespace {

// Viewers that one task wakes: writing to them takes about a millisecond.
constexpr size_t kWokenAtOnce = 64;

}  // namespace

std::unique_ptr<Audience::Seat> Audience::Join(std::weak_ptr<Viewer> viewer) {
  absl::MutexLock lock(&mutex_);
  const int64_t id = next_id_++;
  viewers_.emplace(id, std::move(viewer));
  return std::make_unique<Seat>(shared_from_this(), id);
}

Audience::Seat::~Seat() {
  absl::MutexLock lock(&audience_->mutex_);
  audience_->viewers_.erase(id_);
}

void Audience::WakeAll() {
  if (is_waking_.exchange(true)) return;
  pool_->Submit([self = shared_from_this()] { self->Wake(); });
}

void Audience::Wake() {
  is_waking_ = false;  // Before anybody looks: whoever has news from now on wakes them again.
  std::vector<std::shared_ptr<Viewer>> viewers;
  {
    absl::MutexLock lock(&mutex_);
    viewers.reserve(viewers_.size());
    for (const auto& [id, held] : viewers_) {
      if (std::shared_ptr<Viewer> viewer = held.lock()) viewers.push_back(std::move(viewer));
    }
  }
  while (viewers.size() > kWokenAtOnce) {
    const auto first = viewers.end() - kWokenAtOnce;
    pool_->Submit([some = std::vector(first, viewers.end())] {
      for (const std::shared_ptr<Viewer>& viewer : some) viewer->Wake();
    });
    viewers.erase(first, viewers.end());
  }
  for (const std::shared_ptr<Viewer>& viewer : viewers) viewer->Wake();
}

}  // namespace percept::rpc
