#ifndef PERCEPT_CLIENT_CLI_SUBMIT_H_
#define PERCEPT_CLIENT_CLI_SUBMIT_H_

#include "absl/status/statusor.h"

#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "client/cli/train_options.h"

namespace percept::cli {

// Submits a job and, unless detached, follows it to its end; an interruption leaves it running.
absl::StatusOr<ExitCode> SubmitAndFollow(Session& session, const v1::JobSpec& spec,
                                         const JobOptions& options);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_SUBMIT_H_
