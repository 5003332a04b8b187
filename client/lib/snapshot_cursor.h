#ifndef PERCEPT_CLIENT_LIB_SNAPSHOT_CURSOR_H_
#define PERCEPT_CLIENT_LIB_SNAPSHOT_CURSOR_H_

#include <cstdint>

#include "percept/v1/snapshot_service.pb.h"

namespace percept::client {

// Keeps the promises of a watch on the client's side: whatever connections break, each snapshot is
// shown once, in order and, with DELIVERY_EVERY, without a gap. Not thread-safe.
class SnapshotCursor {
 public:
  enum class Verdict { kNew, kDuplicate, kGap };

  // Begins at `start_index`.
  SnapshotCursor(int64_t start_index, v1::Delivery delivery);

  // Judges the snapshot that arrived; only a new one moves the cursor.
  Verdict Accept(int64_t index);

  // Index to resume with.
  int64_t next_index() const { return next_index_; }

 private:
  const v1::Delivery delivery_;
  int64_t next_index_;
};

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_SNAPSHOT_CURSOR_H_
