#ifndef PERCEPT_CLIENT_CLI_RENDER_TEXT_H_
#define PERCEPT_CLIENT_CLI_RENDER_TEXT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "client/cli/best_snapshot.h"
#include "client/cli/table.h"
#include "client/cli/terminal.h"
#include "percept/v1/dataset.pb.h"
#include "percept/v1/job.pb.h"
#include "percept/v1/server_service.pb.h"
#include "percept/v1/snapshot.pb.h"

namespace percept::cli {

// Resources as text for people, each line ended. Times are relative to `now`; nothing that came
// from the server can steer the terminal.

std::string RenderDataset(const v1::Dataset& dataset, absl::Time now);
std::string RenderDatasets(const std::vector<v1::Dataset>& datasets);

std::string RenderJob(const v1::Job& job, absl::Time now, const Terminal& terminal);
std::string RenderJobs(const std::vector<v1::Job>& jobs, absl::Time now);

// What a followed job came to; `best` may be empty.
std::string RenderOutcome(const v1::Job& job, const BestSnapshot& best, const Terminal& terminal);

// A table of snapshots, whole or row by row.
std::string RenderSnapshots(const std::vector<v1::Snapshot>& snapshots);
std::string SnapshotTitleLine();
std::string SnapshotLine(const v1::Snapshot& snapshot);

std::string RenderServerInfo(const v1::GetServerInfoResponse& info, const std::string& address);

// The state in its colour where the terminal has any.
std::string StateText(v1::JobState state, const Terminal& terminal);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_TEXT_H_
