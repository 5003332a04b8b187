#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/cli/commands.h"
#include "client/cli/render_job.h"

namespace percept::cli {
namespace {

// A running job ends at its next batch; this is for the largest ones.
constexpr absl::Duration kLongestWait = absl::Seconds(30);

absl::StatusOr<v1::Job> Get(Session& session, const std::string& name) {
  v1::GetJobRequest request;
  request.set_name(name);
  return session.client().GetJob(request);
}

absl::StatusOr<v1::Job> CancelAndWait(Session& session, const std::string& name) {
  v1::CancelJobRequest request;
  request.set_name(name);
  absl::StatusOr<v1::Job> job = session.client().CancelJob(request);
  const absl::Time deadline = absl::Now() + kLongestWait;
  absl::Duration wait = absl::Milliseconds(20);
  while (job.ok() && !job->has_end_time()) {
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          name, ": is being cancelled, but has not ended within ",
          absl::ToInt64Seconds(kLongestWait), " s; see ", session.Command("job get"), " ", name));
    }
    absl::SleepFor(wait);
    wait = std::min(wait * 2, absl::Milliseconds(500));
    job = Get(session, name);
  }
  return job;
}

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  const absl::StatusOr<v1::Job> job = CancelAndWait(session, name);
  if (!job.ok()) return job.status();
  if (session.json()) {
    session.PrintJson(*job);
  } else {
    session.Print(absl::StrCat(job->name(), "  ", StateText(job->state(), session.out()), "\n"));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddJobCancel(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command =
      AddCommand(parent, "cancel", "Ends a job and waits until it has ended. Its snapshots stay.",
                 "percept job cancel 7f3k9m2p0q");
  AddJobArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
