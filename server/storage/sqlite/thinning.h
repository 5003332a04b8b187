#ifndef PERCEPT_SERVER_STORAGE_SQLITE_THINNING_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_THINNING_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/sqlite/connection.h"

// Which parameters of a job's snapshots are kept. A snapshot that has lost its own keeps its place
// in its block; where they would be there is nothing.
namespace percept::storage {

// OutOfRange, naming the nearest that are, where the parameters of a snapshot are no longer kept.
// Ok where there is no such snapshot.
absl::Status CheckKept(Connection& connection, absl::string_view job_id, int64_t index);

// Does what SnapshotRepository::Thin says. DataLoss, with nothing changed, for a block of the range
// that is damaged or missing.
absl::StatusOr<int64_t> ThinSnapshots(Connection& connection, absl::string_view job_id,
                                      int64_t begin_index, int64_t end_index,
                                      absl::FunctionRef<bool(int64_t)> keeps);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_THINNING_H_
