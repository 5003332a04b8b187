#ifndef PERCEPT_SERVER_STORAGE_SQLITE_PACK_SNAPSHOT_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_PACK_SNAPSHOT_ROWS_H_

#include "absl/status/status.h"

#include "server/storage/sqlite/connection.h"

namespace percept::storage {

// Moves the snapshots of schema versions 1 and 2, which had a row each in the tables `snapshots`
// and `snapshot_parameters`, into blocks, and drops those tables. One whose checksum is wrong is
// left out with a warning: readers then find it missing, which is DataLoss as before.
absl::Status PackSnapshotRows(Connection& connection);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_PACK_SNAPSHOT_ROWS_H_
