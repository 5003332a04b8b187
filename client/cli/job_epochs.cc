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
  v1::ListEpochsRequest request;
  request.set_parent(job);
  std::vector<v1::EpochRecord> epochs;
  const absl::Status status = client::ForEachInPages(
      request, std::numeric_limits<int64_t>::max(),
      [&](const auto& page) { return session.client().ListEpochs(page); },
      [](const auto& page) -> const auto& { return page.epochs(); },
      [&](const v1::EpochRecord& epoch) {
        if (session.json()) {
          session.PrintJson(epoch);
        } else {
          epochs.push_back(epoch);
        }
      });
  if (!status.ok()) return status;
  if (!session.json()) session.Print(RenderEpochs(epochs));
  return ExitCode::kOk;
}

}  // namespace

void AddJobEpochs(CLI::App& parent, Action* chosen) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = AddCommand(parent, "epochs",
                                 "Lists a job's epochs so far: training figures over the whole "
                                 "epoch, validation figures at its "
                                 "end. A perceptron has none.",
                                 "percept job epochs 7f3k9m2p0q");
  AddJobArgument(command, name.get());
  command->callback(
      [name, chosen] { *chosen = [name](Session& session) { return Run(session, *name); }; });
}

}  // namespace percept::cli
