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

// One more than the newest epoch of the job whose sequence the SQL expression `job` gives, or NULL.
std::string EpochCountSql(absl::string_view job);

// The same for `job`, a job's sequence, or 0.
absl::StatusOr<int64_t> CountEpochs(Connection& connection, int64_t job);

// Leaves a row that is there as it is. `job` is the job's sequence.
absl::Status InsertEpochOnce(Connection& connection, int64_t job, const EpochRecord& epoch);

// At most `limit` from `first_epoch` on, in order; none for an unknown job. DataLoss for
// one that is damaged or missing.
absl::StatusOr<std::vector<EpochRecord>> SelectEpochs(Connection& connection,
                                                      absl::string_view job_id, int32_t first_epoch,
                                                      int limit);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_EPOCH_ROWS_H_
