#include "client/cli/await_job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/cli/render_job.h"

namespace percept::cli {
namespace {

// A running job takes notice at its next batch; this is for the largest ones.
constexpr absl::Duration kLongestWait = absl::Seconds(30);

}  // namespace

absl::StatusOr<v1::Job> AwaitJob(Session& session, v1::Job job,
                                 absl::FunctionRef<bool(const v1::Job&)> is_done,
                                 absl::string_view waiting) {
  const absl::Time deadline = absl::Now() + kLongestWait;
  absl::Duration wait = absl::Milliseconds(20);
  v1::GetJobRequest request;
  request.set_name(job.name());
  while (!is_done(job)) {
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(job.name(), ": ", waiting, " within ", absl::ToInt64Seconds(kLongestWait),
                       " s; see ", session.Command("job get"), " ", job.name()));
    }
    absl::SleepFor(wait);
    wait = std::min(wait * 2, absl::Milliseconds(500));
    absl::StatusOr<v1::Job> shown = session.client().GetJob(request);
    if (!shown.ok()) return shown.status();
    job = *std::move(shown);
  }
  return job;
}

void PrintJobState(const Session& session, const v1::Job& job) {
  if (session.json()) {
    session.PrintJson(job);
  } else {
    session.Print(absl::StrCat(job.name(), "  ", StateText(job.state(), session.out()), "\n"));
  }
}

}  // namespace percept::cli
