#include "server/rpc/audience.h"

#include <algorithm>
#include <thread>

namespace percept::rpc {
namespace {

// Viewers that are woken one after the other: writing to them takes some milliseconds, after which
// it is the turn of whoever waits for a thread.
constexpr size_t kWokenAtOnce = 64;

// That wake so many viewers at once.
int ThreadsFor(size_t viewers) {
  const size_t most = std::max(1U, std::thread::hardware_concurrency() / 2);
  return static_cast<int>(std::clamp(viewers / kWokenAtOnce, size_t{1}, most));
}

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
  if (pump_.Notify()) pool_->Submit([self = shared_from_this()] { self->Run(); });
}

void Audience::Run() {
  if (pump_.Run([this] { return Begin(); }, /*most_steps=*/1)) {
    pool_->Submit([self = shared_from_this()] { self->Run(); });
  }
}

Pump::Next Audience::Begin() {
  const auto round = std::make_shared<Round>();
  {
    absl::MutexLock lock(&mutex_);
    round->viewers.reserve(viewers_.size());
    for (const auto& [id, held] : viewers_) {
      if (std::shared_ptr<Viewer> viewer = held.lock()) {
        round->viewers.push_back(std::move(viewer));
      }
    }
  }
  const int threads = ThreadsFor(round->viewers.size());
  round->threads = threads;
  for (int other = 1; other < threads; ++other) {
    pool_->Submit([self = shared_from_this(), round] { self->WakeSome(round); });
  }
  WakeSome(round);
  return Pump::Next::kAwait;
}

void Audience::WakeSome(const std::shared_ptr<Round>& round) {
  while (round->next < round->viewers.size()) {
    const size_t first = round->next.fetch_add(kWokenAtOnce);
    const size_t end = std::min(first + kWokenAtOnce, round->viewers.size());
    for (size_t place = first; place < end; ++place) {
      // The next one's is not in the processor's cache after as many messages as there are viewers.
      if (place + 1 < end) __builtin_prefetch(round->viewers[place + 1].get());
      round->viewers[place]->Wake();
    }
    if (pool_->IsBehind()) {
      pool_->Submit([self = shared_from_this(), round] { self->WakeSome(round); });
      return;
    }
  }
  if (--round->threads == 0 && pump_.Settle()) Run();
}

}  // namespace percept::rpc
