#ifndef PERCEPT_SERVER_STORAGE_SQLITE_EPOCH_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_EPOCH_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/records.h"
#include "server/storage/sqlite/connection.h"

// The rows of the table `epochs`.
namespace percept::storage {

// Leaves a row that is there as it is. `job` is the job's sequence.
absl::Status InsertEpochOnce(Connection& connection, int64_t job, const EpochRecord& epoch);

// At most `limit` from `first_epoch` on, in order; none for an unknown job. DataLoss.
absl::StatusOr<std::vector<EpochRecord>> SelectEpochs(Connection& connection,
                                                      absl::string_view job_id, int32_t first_epoch,
                                                      int limit);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_EPOCH_ROWS_H_
