#include <memory>
#include <string>

#include "absl/time/clock.h"

#include "client/cli/commands.h"
#include "client/cli/render_dataset.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session, const std::string& name) {
  v1::GetDatasetRequest request;
  request.set_name(name);
  const absl::StatusOr<v1::Dataset> dataset = session.client().GetDataset(request);
  if (!dataset.ok()) return dataset.status();
  if (session.json()) {
    session.PrintJson(*dataset);
  } else {
    session.Print(RenderDataset(*dataset, absl::Now()));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddDatasetGet(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command =
      AddCommand(parent, "get", "Shows a data set: where it comes from, its shape and its splits.",
                 "percept dataset get mnist");
  AddDatasetArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
