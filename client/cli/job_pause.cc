#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/await_job.h"
#include "client/cli/commands.h"
#include "client/cli/enum_names.h"

namespace percept::cli {
namespace {

// It may have ended at the batch at which it was to stop, or somebody may have resumed it.
absl::StatusOr<v1::Job> PauseAndWait(Session& session, const std::string& name) {
  v1::PauseJobRequest request;
  request.set_name(name);
  const absl::StatusOr<v1::Job> job = session.client().PauseJob(request);
  if (!job.ok()) return job;
  absl::StatusOr<v1::Job> stopped = AwaitJob(
      session, *job,
      [](const v1::Job& shown) {
        return shown.state() == v1::JOB_STATE_PAUSED || !shown.pause_requested();
      },
      "is being paused, but has not stopped");
  if (!stopped.ok() || stopped->state() == v1::JOB_STATE_PAUSED) return stopped;
  return absl::FailedPreconditionError(
      absl::StrCat(name, ": could not be paused before it was ", EnumText(stopped->state())));
}

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  const absl::StatusOr<v1::Job> job = PauseAndWait(session, name);
  if (!job.ok()) return job.status();
  PrintJobState(session, *job);
  return ExitCode::kOk;
}

}  // namespace

void AddJobPause(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = AddCommand(
      parent, "pause",
      "Stops a job until it is resumed, and waits until it has stopped. It loses nothing.",
      "percept job pause 7f3k9m2p0q");
  AddJobArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
