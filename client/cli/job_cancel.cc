#include <memory>
#include <string>

#include "client/cli/await_job.h"
#include "client/cli/commands.h"

namespace percept::cli {
namespace {

absl::StatusOr<v1::Job> CancelAndWait(Session& session, const std::string& name) {
  v1::CancelJobRequest request;
  request.set_name(name);
  const absl::StatusOr<v1::Job> job = session.client().CancelJob(request);
  if (!job.ok()) return job;
  return AwaitJob(
      session, *job, [](const v1::Job& shown) { return shown.has_end_time(); },
      "is being cancelled, but has not ended");
}

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  const absl::StatusOr<v1::Job> job = CancelAndWait(session, name);
  if (!job.ok()) return job.status();
  PrintJobState(session, *job);
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
