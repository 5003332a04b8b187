#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/demo/activations_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  std::vector<v1::DemoActivation> activations;
  std::optional<Interval> range;
  std::optional<int32_t> points;
  std::string output;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::CompareActivationsRequest request;
  for (const v1::DemoActivation activation : options.activations) {
    request.add_activations(activation);
  }
  if (options.range) {
    request.set_min(options.range->min);
    request.set_max(options.range->max);
  }
  if (options.points) request.set_points(*options.points);
  const absl::StatusOr<v1::CompareActivationsResponse> response =
      session.client().CompareActivations(request);
  if (!response.ok()) return response.status();
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderActivations(*response, page); },
      [&] { return DrawActivations(*response); });
}

}  // namespace

void AddDemoActivations(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(parent, "activations", "Compares activation functions and their derivatives.",
                 "percept demo activations\n"
                 "percept demo activations --activation tanh,relu --range -3:3 -o activations.png");
  AddEnums(command, "--activation", &options->activations,
           "Which, with commas between. Default all but the identity.");
  AddParsed(command, "--range", &options->range, "MIN:MAX", "Lowest and highest x. Default -4:4.",
            ParseInterval);
  AddNumber(command, "--points", &options->points, "Points of each curve. Default 201.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
