#ifndef PERCEPT_SERVER_STORAGE_SQLITE_SNAPSHOT_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_SNAPSHOT_ROWS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/records.h"
#include "server/storage/repositories.h"
#include "server/storage/sqlite/connection.h"

// What is asked of the snapshots in the tables `snapshot_blocks` and `parameter_blocks`.
namespace percept::storage {

// What SnapshotRepository::Read asks for.
struct SnapshotRange {
  absl::string_view job_id;
  int64_t start_index = 0;
  int64_t limit = 0;
  SnapshotRepository::View view = SnapshotRepository::View::kMetrics;
  int64_t max_bytes = std::numeric_limits<int64_t>::max();
};

// DataLoss, naming the job and the indices, for a block that is damaged or missing. OutOfRange as
// CheckKept in thinning.h has it.
absl::StatusOr<std::vector<SnapshotRecord>> SelectSnapshots(Connection& connection,
                                                            const SnapshotRange& range);

// Visits the snapshots with an index in [start_index, end_index). DataLoss likewise.
absl::Status VisitSnapshotHeads(Connection& connection, absl::string_view job_id,
                                int64_t start_index, int64_t end_index,
                                absl::FunctionRef<void(const SnapshotHead&)> visit);

// Index of a job's best snapshot; unset when it has none. DataLoss where a block is damaged or
// missing.
absl::StatusOr<std::optional<int64_t>> SelectBestIndex(Connection& connection,
                                                       absl::string_view job_id);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_SNAPSHOT_ROWS_H_
