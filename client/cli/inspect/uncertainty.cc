#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/inspect/plane_points.h"
#include "client/cli/inspect/uncertainty_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

constexpr int kDefaultPoints = 21;
constexpr int kMostPoints = 200;

struct Options {
  SnapshotOptions snapshot;
  Point2 from = {0, 3.5};
  Point2 to = {2, -3.5};
  int32_t points = kDefaultPoints;
  std::string output;
};

std::vector<Point2> PointsOf(const Options& options) {
  std::vector<Point2> points;
  for (int i = 0; i < options.points; ++i) {
    const double share = static_cast<double>(i) / (options.points - 1);
    points.push_back({options.from.x + (options.to.x - options.from.x) * share,
                      options.from.y + (options.to.y - options.from.y) * share});
  }
  return points;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const std::vector<Point2> points = PointsOf(options);
  absl::StatusOr<v1::DecisionGridResponse> grid =
      GridHolding(session, SnapshotName(options.snapshot),
                  [&points](const v1::DecisionGridResponse&) { return points; });
  if (!grid.ok()) return grid.status();
  Slide slide = {options.snapshot.job, *std::move(grid), points, {}};
  v1::PredictRequest request;
  request.set_snapshot(
      absl::StrCat(options.snapshot.job, "/snapshots/", slide.grid.snapshot_index()));
  for (const Point2& point : slide.points) {
    for (int d = 0; d < slide.grid.base_inputs_size(); ++d) {
      const double value = d == slide.grid.x_input()   ? point.x
                           : d == slide.grid.y_input() ? point.y
                                                       : slide.grid.base_inputs(d);
      request.mutable_values()->add_values(static_cast<float>(value));
    }
  }
  absl::StatusOr<v1::PredictResponse> response = session.client().Predict(request);
  if (!response.ok()) return response.status();
  slide.response = *std::move(response);
  const absl::Status status = CheckSlide(slide);
  if (!status.ok()) return status;
  return Show(
      session, options.output, slide.response,
      [&](const Page& page) { return RenderSlide(slide, page); }, [&] { return DrawSlide(slide); });
}

}  // namespace

void AddInspectUncertainty(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "uncertainty",
      "Slides a point through the plane of two inputs and shows the class probabilities on its "
      "way. With --json it is one object with a prediction for each position.",
      "percept inspect uncertainty 7f3k9m2p0q --from 0,3.5 --to 2,-3.5 -o uncertainty.png");
  AddSnapshotOptions(command, &options->snapshot);
  AddParsed(command, "--from", &options->from, "X,Y", "Where it starts. Default 0,3.5.",
            ParsePoint);
  AddParsed(command, "--to", &options->to, "X,Y", "Where it ends. Default 2,-3.5.", ParsePoint);
  AddParsed(command, "--points", &options->points, "N",
            absl::StrCat("Positions on the way, ends included. Default ", kDefaultPoints, "."),
            ParseNumber<int32_t>);
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    // The way is the client's own affair, so it is judged here.
    if (options->points < 2 || options->points > kMostPoints) {
      throw CLI::ValidationError(
          absl::StrCat("--points: must be in [2, ", kMostPoints, "], got ", options->points));
    }
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
