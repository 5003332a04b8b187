#include <limits>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/render_dataset.h"
#include "client/lib/pages.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session) {
  std::vector<v1::Dataset> datasets;
  const absl::Status status = client::ForEachInPages(
      v1::ListDatasetsRequest(), std::numeric_limits<int64_t>::max(),
      [&](const auto& request) { return session.client().ListDatasets(request); },
      [](const auto& page) -> const auto& { return page.datasets(); },
      [&](const v1::Dataset& dataset) {
        if (session.json()) {
          session.PrintJson(dataset);
        } else {
          datasets.push_back(dataset);
        }
      });
  if (!status.ok()) return status;
  if (!session.json()) session.Print(RenderDatasets(datasets));
  return ExitCode::kOk;
}

}  // namespace

void AddDatasetList(CLI::App& parent, Action* chosen) {
  CLI::App* command = AddCommand(parent, "list", "Lists the data sets by name.",
                                 "percept dataset list\n"
                                 "percept dataset list --json | jq -r .name");
  command->callback([chosen] { *chosen = Run; });
}

}  // namespace percept::cli
