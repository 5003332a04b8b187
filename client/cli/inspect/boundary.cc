#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/inspect/boundary_view.h"
#include "client/cli/inspect/decision_regions.h"
#include "client/cli/inspect/plane_points.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  SnapshotOptions snapshot;
  std::optional<Interval> x_range;
  std::optional<Interval> y_range;
  std::optional<int32_t> resolution;
  std::optional<int32_t> x_input;
  std::optional<int32_t> y_input;
  std::vector<double> base;
  std::optional<v1::Split> split;
  bool no_points = false;
  std::string output;
};

void Fill(const Interval& interval, v1::Range* range) {
  range->set_min(interval.min);
  range->set_max(interval.max);
}

v1::DecisionGridRequest Request(const Options& options) {
  v1::DecisionGridRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  if (options.x_range) Fill(*options.x_range, request.mutable_x_range());
  if (options.y_range) Fill(*options.y_range, request.mutable_y_range());
  const int resolution =
      options.resolution.value_or(options.output.empty() ? 0 : kPictureResolution);
  request.set_columns(resolution);
  request.set_rows(resolution);
  if (options.x_input) request.set_x_input(*options.x_input);
  if (options.y_input) request.set_y_input(*options.y_input);
  for (const double value : options.base) request.add_base_inputs(static_cast<float>(value));
  return request;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  absl::StatusOr<v1::DecisionGridResponse> grid = session.client().DecisionGrid(Request(options));
  if (!grid.ok()) return grid.status();
  const absl::Status status = CheckGrid(*grid);
  if (!status.ok()) return status;
  Boundary boundary = {options.snapshot.job, *std::move(grid), {}, ""};
  if (!options.no_points && (!session.json() || !options.output.empty())) {
    absl::StatusOr<Points> points =
        ReadPlanePoints(session, options.snapshot.job,
                        options.split.value_or(v1::SPLIT_UNSPECIFIED), boundary.grid);
    if (!points.ok()) return points.status();
    boundary.points = *std::move(points);
    boundary.points_name = PointsName(boundary.points);
  }
  return Show(
      session, options.output, boundary.grid,
      [&](const Page& page) { return RenderBoundary(boundary, page); },
      [&] { return DrawBoundary(boundary, "What the model decides"); });
}

}  // namespace

void AddInspectBoundary(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "boundary",
      "Shows the predicted class over two of the model's inputs, with the data's points where they "
      "lie in that plane.",
      "percept inspect boundary 7f3k9m2p0q\n"
      "percept inspect boundary 7f3k9m2p0q --x-range -10:10 --y-range -10:10 -o boundary.png");
  AddSnapshotOptions(command, &options->snapshot);
  AddParsed(command, "--x-range", &options->x_range, "MIN:MAX",
            "Extent of the first input. Default the data's.", ParseInterval);
  AddParsed(command, "--y-range", &options->y_range, "MIN:MAX",
            "Extent of the second input. Default the data's.", ParseInterval);
  AddNumber(command, "--resolution", &options->resolution,
            absl::StrCat("Cells along each axis, at most 1024. Default 128, for a picture ",
                         kPictureResolution, "."));
  AddNumber(command, "--x-input", &options->x_input, "Input on the x axis. Default 0.");
  AddNumber(command, "--y-input", &options->y_input, "Input on the y axis. Default 1.");
  AddParsed(command, "--base", &options->base, "F[,F...]",
            "All inputs, for those that are not on an axis. Default the training split's means.",
            ParseValues);
  AddEnum(command, "--split", &options->split,
          "Split of the points. Default validation, where there is one.");
  command->add_flag("--no-points", options->no_points, "Shows no points.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
