#ifndef PERCEPT_SERVER_APP_BACKUP_H_
#define PERCEPT_SERVER_APP_BACKUP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace percept::app {

// What a backup holds.
struct Backup {
  int64_t jobs = 0;
  int64_t snapshots = 0;
  int64_t datasets = 0;
  int64_t size_bytes = 0;
  // Digests of the contents that the data folder itself has lost, and the backup lacks too.
  std::vector<std::string> lost_contents;
};

// Makes `target`, which must be an empty folder or none, a copy of the data folder `data_dir` at
// one moment, from which a server can be started. A server may be running on `data_dir`: nothing
// it does waits for this, but its write-ahead log grows meanwhile. Uploads under way are left out.
// The copy is written to the folder `target`.partial and takes its name once it is complete and
// durable, so that one cut off by a crash cannot be taken for one; the next backup to `target`
// deletes that. NotFound: `data_dir` has no database. FailedPrecondition: the target is not an
// empty folder, or lies in `data_dir`, or another backup is writing to it. What CopyDatabase says.
absl::StatusOr<Backup> BackUp(const std::string& data_dir, const std::string& target);

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_BACKUP_H_
