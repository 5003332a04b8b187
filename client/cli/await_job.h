#ifndef PERCEPT_CLIENT_CLI_AWAIT_JOB_H_
#define PERCEPT_CLIENT_CLI_AWAIT_JOB_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "client/cli/session.h"
#include "percept/v1/job.pb.h"

namespace percept::cli {

// Looks at a job again, ever less often, until `is_done`, and returns it as it is then.
// DeadlineExceeded after half a minute, with the words of `waiting`, such as "is being cancelled,
// but has not ended".
absl::StatusOr<v1::Job> AwaitJob(Session& session, v1::Job job,
                                 absl::FunctionRef<bool(const v1::Job&)> is_done,
                                 absl::string_view waiting);

// Says what a request has made of a job: its state, or all of it with --json.
void PrintJobState(const Session& session, const v1::Job& job);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_AWAIT_JOB_H_
