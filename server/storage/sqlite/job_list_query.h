#ifndef PERCEPT_SERVER_STORAGE_SQLITE_JOB_LIST_QUERY_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_JOB_LIST_QUERY_H_

#include <optional>

#include "absl/status/statusor.h"

#include "server/storage/repositories.h"
#include "server/storage/sqlite/connection.h"

namespace percept::storage {

// A bound statement of SelectJobsSql that yields what JobRepository::List asks for, in its order,
// and one row more where there are more than `limit`. Takes milliseconds whatever the filter, also
// where each of its conditions holds for most jobs and all together for none.
absl::StatusOr<Statement> PrepareJobList(Connection& connection, const JobFilter& filter,
                                         bool newest_first,
                                         std::optional<JobRepository::Cursor> cursor, int limit);

// A bound statement that yields one row: how many jobs match a filter. Likewise.
absl::StatusOr<Statement> PrepareJobCount(Connection& connection, const JobFilter& filter);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_JOB_LIST_QUERY_H_
