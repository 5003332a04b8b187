#include "tests/bench/streams/viewers.h"

#include <utility>

#include "absl/time/clock.h"

namespace percept::bench {

bool Viewers::AwaitFirst(absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  while (begun_ < count_ && received_.fault.ok() && TakeNext(deadline)) {
  }
  return begun_ == count_;
}

Viewers::Received Viewers::Run(absl::Duration duration) {
  received_ = {};
  const absl::Time deadline = absl::Now() + duration;
  while (ended_ < count_ && absl::Now() < deadline && TakeNext(deadline)) {
  }
  return received_;
}

void Viewers::NoteMessage(Viewer& viewer, const v1::WatchSnapshotsResponse& message) {
  if (message.snapshots_size() == 0) return;
  const v1::Snapshot& newest = *message.snapshots().rbegin();
  const auto& taken = newest.create_time();
  received_.messages.push_back(
      {.index = newest.index(),
       .taken = absl::FromUnixSeconds(taken.seconds()) + absl::Nanoseconds(taken.nanos()),
       .received = absl::Now()});
  received_.snapshots += message.snapshots_size();
  if (!std::exchange(viewer.has_begun, true)) ++begun_;
}

void Viewers::NoteEnd(const absl::Status& status) {
  ++ended_;
  received_.fault.Update(status);
}

}  // namespace percept::bench
