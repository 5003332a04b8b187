#ifndef PERCEPT_CLIENT_CLI_RENDER_SNAPSHOTS_H_
#define PERCEPT_CLIENT_CLI_RENDER_SNAPSHOTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "percept/v1/job.pb.h"
#include "percept/v1/snapshot.pb.h"

namespace percept::cli {

// Snapshots and epochs as tables for people, each line ended.

// A whole table; columns that no snapshot has a value in are left out.
std::string RenderSnapshots(const std::vector<v1::Snapshot>& snapshots);

// The same row by row, for snapshots of a job that are not known yet; columns that such a job has
// no values for are left out. Immutable.
class SnapshotRows {
 public:
  explicit SnapshotRows(const v1::JobSpec& spec);

  std::string Titles() const;
  std::string Row(const v1::Snapshot& snapshot) const;

 private:
  std::vector<size_t> shown_;  // Among all columns.
};

std::string RenderEpochs(const std::vector<v1::EpochRecord>& epochs);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_SNAPSHOTS_H_
