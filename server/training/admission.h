#ifndef PERCEPT_SERVER_TRAINING_ADMISSION_H_
#define PERCEPT_SERVER_TRAINING_ADMISSION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/data/catalogue.h"
#include "server/storage/records.h"

namespace percept::training {

// Index of `init_from` in a request that asks for the job's newest snapshot.
inline constexpr int64_t kNewestSnapshot = -1;

// A job as a client asks for it.
struct JobRequest {
  storage::JobSpec spec;  // Checked, defaults filled in.
  std::string owner;
  std::string request_id;  // Empty when the client gave none.
  Visibility visibility = Visibility::kClass;
};

// The record of a new job on `dataset`, under a fresh id, created at `now`. InvalidArgument, naming
// the fields, when the data set does not hold what the job wants; ResourceExhausted when training
// it would take more than `max_memory_bytes`.
absl::StatusOr<storage::JobRecord> Admit(const JobRequest& request,
                                         const data::DatasetRecord& dataset,
                                         int64_t max_memory_bytes, absl::Time now);

// Which of the `snapshot_count` snapshots of `origin` the job starts from, when `init_from` asks
// for number `index`. OutOfRange when it is not there; InvalidArgument unless its parameters have
// the names, shapes and types of the job's.
absl::StatusOr<storage::SnapshotRef> ResolveInitFrom(const storage::JobRecord& job,
                                                     const storage::JobRecord& origin,
                                                     int64_t snapshot_count, int64_t index);

// Ok when `request` asks for what its request id asked for before; AlreadyExists otherwise.
absl::Status CheckRepeated(const JobRequest& request, const storage::JobRecord& earlier);

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_ADMISSION_H_
