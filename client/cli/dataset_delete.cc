#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  v1::DeleteDatasetRequest request;
  request.set_name(name);
  const absl::Status status = session.client().DeleteDataset(request);
  if (!status.ok()) return status;
  session.Note(absl::StrCat("deleted ", name));
  return ExitCode::kOk;
}

}  // namespace

void AddDatasetDelete(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command =
      AddCommand(parent, "delete", "Deletes a data set. Refused while a job refers to it.",
                 "percept dataset delete my-xor");
  AddDatasetArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
