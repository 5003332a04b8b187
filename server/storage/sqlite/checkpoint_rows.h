#ifndef PERCEPT_SERVER_STORAGE_SQLITE_CHECKPOINT_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_CHECKPOINT_ROWS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/records.h"
#include "server/storage/sqlite/connection.h"

// The rows of the tables `checkpoints` and `checkpoint_pieces`. `job` is the job's sequence.
namespace percept::storage {

// Puts a checkpoint in the place of the job's former one.
absl::Status ReplaceCheckpoint(Connection& connection, int64_t job,
                               const CheckpointRecord& checkpoint);

// Unset where there is none. DataLoss, naming the job, where it is damaged or a piece is missing.
absl::StatusOr<std::optional<CheckpointRecord>> SelectCheckpoint(Connection& connection,
                                                                 absl::string_view job_id);

// Does nothing where there is none.
absl::Status DeleteCheckpoint(Connection& connection, int64_t job);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_CHECKPOINT_ROWS_H_
