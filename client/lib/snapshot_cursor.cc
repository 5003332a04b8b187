#include "client/lib/snapshot_cursor.h"

namespace percept::client {

SnapshotCursor::SnapshotCursor(int64_t start_index, v1::Delivery delivery)
    : delivery_(delivery), next_index_(start_index) {}

SnapshotCursor::Verdict SnapshotCursor::Accept(int64_t index) {
  if (index < next_index_) return Verdict::kDuplicate;
  if (index > next_index_ && delivery_ != v1::DELIVERY_LATEST) return Verdict::kGap;
  next_index_ = index + 1;
  return Verdict::kNew;
}

}  // namespace percept::client
