#include <memory>
#include <string>

#include "absl/time/clock.h"

#include "client/cli/commands.h"
#include "client/cli/render_job.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  v1::GetJobRequest request;
  request.set_name(name);
  const absl::StatusOr<v1::Job> job = session.client().GetJob(request);
  if (!job.ok()) return job.status();
  if (session.json()) {
    session.PrintJson(*job);
  } else {
    session.Print(RenderJob(*job, absl::Now(), session.out()));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddJobGet(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command =
      AddCommand(parent, "get", "Shows a job: what it trains, how far it is, how it came out.",
                 "percept job get 7f3k9m2p0q\n"
                 "percept job get 7f3k9m2p0q --json | jq .progress.latest");
  AddJobArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
