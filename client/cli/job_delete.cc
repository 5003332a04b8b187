#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/render_job.h"

namespace percept::cli {
namespace {

// What goes with the job; empty for one that cannot be shown, as with a damaged record, which can
// be deleted all the same.
std::string WhatGoes(Session& session, const std::string& name) {
  v1::GetJobRequest request;
  request.set_name(name);
  const absl::StatusOr<v1::Job> job = session.client().GetJob(request);
  return job.ok() ? absl::StrCat(": ", JobSummary(*job)) : "";
}

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  const std::string summary = WhatGoes(session, name);
  v1::DeleteJobRequest request;
  request.set_name(name);
  const absl::Status status = session.client().DeleteJob(request);
  if (!status.ok()) return status;
  session.Note(absl::StrCat("deleted ", name, summary));
  return ExitCode::kOk;
}

}  // namespace

void AddJobDelete(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = AddCommand(
      parent, "delete",
      "Deletes a finished job with all its snapshots. Refused while another job that is not "
      "finished starts from one of them.",
      "percept job delete 7f3k9m2p0q");
  AddJobArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
