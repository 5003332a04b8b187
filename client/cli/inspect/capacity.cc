#include <memory>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/inspect/capacity_view.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  std::string job;
  std::string output;
};

absl::StatusOr<v1::CapacityResponse> Capacity(Session& session, const std::string& job) {
  v1::CapacityRequest request;
  request.set_job(job);
  return session.client().Capacity(request);
}

absl::StatusOr<ExitCode> RunCapacity(Session& session, const Options& options) {
  const absl::StatusOr<v1::CapacityResponse> response = Capacity(session, options.job);
  if (!response.ok()) return response.status();
  return Show(
      session, options.output, *response,
      [&](const Page&) { return RenderCapacity(options.job, *response); },
      [&] { return DrawCapacity(options.job, *response); });
}

absl::StatusOr<ExitCode> RunDiagram(Session& session, const Options& options) {
  const absl::StatusOr<v1::CapacityResponse> response = Capacity(session, options.job);
  if (!response.ok()) return response.status();
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderDiagram(options.job, *response, page); },
      [&] { return DrawDiagram(options.job, *response); });
}

void Add(CLI::App* command, Action* chosen,
         absl::StatusOr<ExitCode> (*run)(Session& session, const Options& options)) {
  const auto options = std::make_shared<Options>();
  AddJobArgument(command, &options->job);
  AddPicture(command, &options->output);
  command->callback([options, chosen, run] {
    *chosen = [options, run](Session& session) { return run(session, *options); };
  });
}

}  // namespace

void AddInspectCapacity(CLI::App& parent, Action* chosen) {
  Add(AddCommand(parent, "capacity", "Counts a model's parameters by layer.",
                 "percept inspect capacity 7f3k9m2p0q"),
      chosen, RunCapacity);
}

void AddInspectDiagram(CLI::App& parent, Action* chosen) {
  Add(AddCommand(parent, "diagram", "Draws the layers of a model's network.",
                 "percept inspect diagram 7f3k9m2p0q -o network.png"),
      chosen, RunDiagram);
}

}  // namespace percept::cli
