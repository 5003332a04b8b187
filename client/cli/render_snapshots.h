#ifndef PERCEPT_CLIENT_CLI_RENDER_SNAPSHOTS_H_
#define PERCEPT_CLIENT_CLI_RENDER_SNAPSHOTS_H_

#include <string>
#include <vector>

#include "percept/v1/snapshot.pb.h"

namespace percept::cli {

// Snapshots and epochs as tables for people, each line ended.

// A whole table; columns that no snapshot has a value in are left out.
std::string RenderSnapshots(const std::vector<v1::Snapshot>& snapshots);

// The same row by row, for snapshots that are not known yet.
std::string SnapshotTitleLine();
std::string SnapshotLine(const v1::Snapshot& snapshot);

std::string RenderEpochs(const std::vector<v1::EpochRecord>& epochs);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_SNAPSHOTS_H_
