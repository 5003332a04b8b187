#include "client/cli/submit.h"

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"

#include "client/cli/follow.h"
#include "client/cli/interrupt.h"

namespace percept::cli {
namespace {

// Lets a submission be repeated when the answer was lost.
std::string RandomRequestId() {
  absl::BitGen random;
  return absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16),
                      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

}  // namespace

absl::StatusOr<ExitCode> SubmitAndFollow(Session& session, const v1::JobSpec& spec,
                                         const JobOptions& options) {
  v1::CreateJobRequest request;
  *request.mutable_spec() = spec;
  request.set_request_id(options.request_id.value_or(RandomRequestId()));
  if (options.visibility) request.set_visibility(*options.visibility);
  const InterruptGuard guard(&session.cancellation());
  const absl::StatusOr<v1::Job> job = session.client().CreateJob(request);
  if (!job.ok() && session.cancellation().cancelled()) {
    return absl::CancelledError(
        absl::StrCat("interrupted before the server answered; if the job was taken, ",
                     session.Command("job list"), " shows it"));
  }
  if (!job.ok()) return job.status();
  if (options.detach) {
    if (session.json()) {
      session.PrintJson(*job);
    } else {
      session.Print(absl::StrCat(job->name(), "\n"));
    }
    return ExitCode::kOk;
  }
  session.Note(absl::StrCat("submitted ", job->name()));
  return FollowJob(session, *job, FollowOptions());
}

}  // namespace percept::cli
