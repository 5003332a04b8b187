#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/render_snapshots.h"
#include "client/lib/pages.h"

namespace percept::cli {
namespace {

absl::StatusOr<ExitCode> Run(Session& session, const std::string& job) {
  v1::ListSnapshotsRequest request;
  request.set_parent(job);
  std::vector<v1::Snapshot> snapshots;
  const absl::Status status = client::ForEachInPages(
      request, std::numeric_limits<int64_t>::max(),
      [&](const auto& page) { return session.client().ListSnapshots(page); },
      [](const auto& page) -> const auto& { return page.snapshots(); },
      [&](const v1::Snapshot& snapshot) {
        if (session.json()) {
          session.PrintJson(snapshot);
        } else {
          snapshots.push_back(snapshot);
        }
      });
  if (!status.ok()) return status;
  if (!session.json()) session.Print(RenderSnapshots(snapshots));
  return ExitCode::kOk;
}

}  // namespace

void AddJobSnapshots(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = AddCommand(parent, "snapshots", "Lists the snapshots a job has so far.",
                                 "percept job snapshots 7f3k9m2p0q");
  AddJobArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
