#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/inspect/weights_view.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

// More fill more than a few screens of characters.
constexpr int kDefaultTextUnits = 12;

struct Options {
  SnapshotOptions snapshot;
  std::optional<int32_t> layer;
  std::optional<int32_t> start_unit;
  std::optional<int32_t> max_units;
  std::string output;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::WeightImagesRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  if (options.layer) request.set_layer(*options.layer);
  if (options.start_unit) request.set_start_unit(*options.start_unit);
  if (options.max_units) {
    request.set_max_units(*options.max_units);
  } else if (!session.json() && options.output.empty()) {
    request.set_max_units(kDefaultTextUnits);
  }
  const absl::StatusOr<v1::WeightImagesResponse> response = session.client().WeightImages(request);
  if (!response.ok()) return response.status();
  const absl::Status status = CheckWeights(*response);
  if (!status.ok()) return status;
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderWeights(options.snapshot.job, *response, page); },
      [&] { return DrawWeights(options.snapshot.job, *response); });
}

}  // namespace

void AddInspectWeights(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(parent, "weights", "Shows the weights of a layer's units as pictures.",
                 "percept inspect weights 7f3k9m2p0q -o weights.png\n"
                 "percept inspect weights 7f3k9m2p0q --layer 1");
  AddSnapshotOptions(command, &options->snapshot);
  AddNumber(command, "--layer", &options->layer, "Layer, 0 next to the input. Default 0.");
  AddNumber(command, "--start-unit", &options->start_unit, "First unit to show. Default 0.");
  AddNumber(command, "--max-units", &options->max_units,
            absl::StrCat("Most units to show. Default 64, as text ", kDefaultTextUnits, "."));
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
