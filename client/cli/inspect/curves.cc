#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/inspect/curves_view.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  std::string job;
  std::optional<int64_t> snapshot;
  std::optional<v1::SeriesAxis> axis;
  std::optional<int32_t> points;
  std::string output;
};

// The snapshot that the curves are marked at.
absl::StatusOr<v1::Snapshot> Marked(Session& session, const Options& options,
                                    const v1::GetMetricSeriesResponse& series) {
  if (!options.snapshot) return series.points(series.points_size() - 1);
  v1::GetMetricSeriesRequest request;
  request.set_name(options.job);
  request.set_start_index(*options.snapshot);
  request.set_end_index(*options.snapshot + 1);
  absl::StatusOr<v1::GetMetricSeriesResponse> one = session.client().GetMetricSeries(request);
  if (!one.ok()) return one.status();
  if (one->points().empty()) {
    return absl::OutOfRangeError(absl::StrCat("--snapshot: must be at most ",
                                              series.points(series.points_size() - 1).index(),
                                              ", got ", *options.snapshot));
  }
  return *one->mutable_points(0);
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::GetMetricSeriesRequest request;
  request.set_name(options.job);
  request.set_axis(options.axis.value_or(v1::SERIES_AXIS_STEP));
  if (options.points) request.set_max_points(*options.points);
  absl::StatusOr<v1::GetMetricSeriesResponse> series = session.client().GetMetricSeries(request);
  if (!series.ok()) return series.status();
  if (series->points().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.job, " has no snapshot yet; see: percept job get ", options.job));
  }
  absl::StatusOr<v1::Snapshot> marked = Marked(session, options, *series);
  if (!marked.ok()) return marked.status();
  const Curves curves = {options.job, request.axis(), *std::move(series), *std::move(marked)};
  return Show(
      session, options.output, curves.series,
      [&](const Page& page) { return RenderCurves(curves, page); },
      [&] { return DrawCurves(curves); });
}

}  // namespace

void AddInspectCurves(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "curves", "Shows how a job's accuracy and loss went, with one snapshot marked.",
      "percept inspect curves 7f3k9m2p0q --snapshot 12 -o curves.png");
  AddJobArgument(command, &options->job);
  AddNumber(command, "--snapshot", &options->snapshot,
            "The snapshot that is marked. Default last.");
  AddEnum(command, "--axis", &options->axis, "What the curves are drawn over. Default step.");
  AddNumber(command, "--points", &options->points,
            "Most points of the curves, which keep their extremes. Default 1000.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    if (options->snapshot && *options->snapshot < 0) {
      throw CLI::ValidationError(
          absl::StrCat("--snapshot: must be at least 0, got ", *options->snapshot));
    }
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
