#include <memory>
#include <string>

#include "client/cli/await_job.h"
#include "client/cli/commands.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  v1::ResumeJobRequest request;
  request.set_name(name);
  const absl::StatusOr<v1::Job> job = session.client().ResumeJob(request);
  if (!job.ok()) return job.status();
  PrintJobState(session, *job);
  return ExitCode::kOk;
}

}  // namespace

void AddJobResume(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = AddCommand(
      parent, "resume", "Puts a paused job back into the queue, to go on where it stopped.",
      "percept job resume 7f3k9m2p0q");
  AddJobArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
