#ifndef PERCEPT_CLIENT_CLI_RENDER_JOB_H_
#define PERCEPT_CLIENT_CLI_RENDER_JOB_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "client/cli/best_snapshot.h"
#include "client/cli/terminal.h"
#include "percept/v1/job.pb.h"

namespace percept::cli {

// Jobs as text for people, each line ended. Times are relative to `now`; nothing that came from the
// server can steer the terminal.

std::string RenderJob(const v1::Job& job, absl::Time now, const Terminal& terminal);
std::string RenderJobs(const std::vector<v1::Job>& jobs, absl::Time now);

// "mlp 64 on mnist, 34 snapshots".
std::string JobSummary(const v1::Job& job);

// What a followed job came to; `best` may be empty.
std::string RenderOutcome(const v1::Job& job, const BestSnapshot& best, const Terminal& terminal);

// The state in its colour where the terminal has any.
std::string StateText(v1::JobState state, const Terminal& terminal);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_JOB_H_
