#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/inspect/latent_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

// What can be drawn.
constexpr int kMostDimensions = 3;

struct Options {
  SnapshotOptions snapshot;
  std::optional<int32_t> layer;
  std::optional<v1::Split> split;
  std::optional<int32_t> count;
  std::optional<int32_t> components;
  LatentOptions view;
  bool no_planes = false;
  std::string output;
};

// Whether the layer asked for is too wide to be drawn as it is. What is wrong with the request is
// left to the answer.
absl::StatusOr<bool> NeedsProjection(Session& session, const Options& options) {
  v1::CapacityRequest request;
  request.set_job(options.snapshot.job);
  const absl::StatusOr<v1::CapacityResponse> capacity = session.client().Capacity(request);
  if (!capacity.ok()) return capacity.status();
  const int hidden = capacity->layers_size() - 1;
  const int layer = options.layer.value_or(hidden - 1);
  return layer >= 0 && layer < hidden && capacity->layers(layer).outputs() > kMostDimensions;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::LatentRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  if (options.layer) request.set_layer(*options.layer);
  if (options.split) request.mutable_examples()->set_split(*options.split);
  if (options.count) request.mutable_examples()->set_max_examples(*options.count);
  if (options.components) {
    request.set_components(*options.components);
  } else {
    const absl::StatusOr<bool> needs_projection = NeedsProjection(session, options);
    if (!needs_projection.ok()) return needs_projection.status();
    if (*needs_projection) request.set_components(kMostDimensions);
  }
  const absl::StatusOr<v1::LatentResponse> response = session.client().Latent(request);
  if (!response.ok()) return response.status();
  const absl::Status status = CheckLatent(*response);
  if (!status.ok()) return status;
  LatentOptions view = options.view;
  view.has_planes = !options.no_planes;
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderLatent(options.snapshot.job, *response, page); },
      [&] { return DrawLatent(options.snapshot.job, *response, view); });
}

}  // namespace

void AddInspectLatent(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "latent",
      "Shows the data as a hidden layer sees them, with the planes that decide. Layers of more "
      "than three units are projected on their principal components.",
      "percept inspect latent 7f3k9m2p0q --azimuth 60 -o latent.png\n"
      "percept inspect latent 7f3k9m2p0q --layer 0 --components 0 --json");
  AddSnapshotOptions(command, &options->snapshot);
  AddNumber(command, "--layer", &options->layer,
            "Hidden layer, 0 next to the input. Default the last.");
  AddEnum(command, "--split", &options->split,
          "Which split, but not test. Default validation, where there is one.");
  AddNumber(command, "--count", &options->count, "At most so many examples. Default 1000.");
  AddNumber(command, "--components", &options->components,
            "Principal components to project on, at most 3; 0 for the activations themselves. "
            "Default 3 for layers of more units.");
  AddParsed(command, "--azimuth", &options->view.azimuth, "DEGREES",
            absl::StrCat("Turns the picture. Default ", options->view.azimuth, "."),
            ParseNumber<double>);
  AddParsed(command, "--elevation", &options->view.elevation, "DEGREES",
            absl::StrCat("Lifts the eye. Default ", options->view.elevation, "."),
            ParseNumber<double>);
  command->add_flag("--no-planes", options->no_planes, "Draws no planes.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
