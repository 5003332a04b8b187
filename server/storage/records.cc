#include "server/storage/records.h"

namespace percept::storage {

const char* JobStateName(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "QUEUED";
    case JobState::kRunning:
      return "RUNNING";
    case JobState::kPaused:
      return "PAUSED";
    case JobState::kSucceeded:
      return "SUCCEEDED";
    case JobState::kFailed:
      return "FAILED";
    case JobState::kCancelled:
      return "CANCELLED";
  }
  return "UNKNOWN";
}

bool IsTerminal(JobState state) {
  return state == JobState::kSucceeded || state == JobState::kFailed ||
         state == JobState::kCancelled;
}

BorrowedSnapshot Borrow(const SnapshotRecord& snapshot) {
  BorrowedSnapshot borrowed{snapshot, {}, {}};
  if (snapshot.parameters != nullptr) borrowed.parameters = *snapshot.parameters;
  if (snapshot.batch_indices != nullptr) borrowed.batch_indices = *snapshot.batch_indices;
  return borrowed;
}

SnapshotRecord Own(const BorrowedSnapshot& snapshot) {
  return {snapshot, std::make_shared<const std::string>(snapshot.parameters),
          std::make_shared<const std::vector<uint32_t>>(snapshot.batch_indices.begin(),
                                                        snapshot.batch_indices.end())};
}

}  // namespace percept::storage
