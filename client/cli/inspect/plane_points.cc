#include "client/cli/inspect/plane_points.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "client/cli/inspect/decision_regions.h"
#include "client/cli/render_values.h"

namespace percept::cli {
namespace {

constexpr int kMostPoints = 2'000;
// Data of more inputs than these hardly lie in one plane, and are not read to find out.
constexpr int kMostInputs = 16;

void Widen(double value, double margin, v1::Range* range) {
  range->set_min(std::min(range->min(), value - margin));
  range->set_max(std::max(range->max(), value + margin));
}

}  // namespace

absl::StatusOr<Points> ReadPlanePoints(Session& session, const std::string& job, v1::Split split,
                                       const v1::DecisionGridResponse& grid) {
  const absl::StatusOr<v1::Dataset> dataset = DatasetOfJob(session, job);
  if (!dataset.ok()) return dataset.status();
  if (dataset->inputs() > kMostInputs) return Points();
  absl::StatusOr<Points> points = ReadPoints(session, dataset->name(), split, kMostPoints);
  if (points.ok() && !LieInPlane(*points, grid.x_input(), grid.y_input())) return Points();
  return points;
}

std::string PointsName(const Points& points) {
  if (points.size() == 0) return "";
  return absl::StrCat(CountText(static_cast<int64_t>(points.size()), "point", "points"), " of the ",
                      Word(points.split), " split");
}

absl::StatusOr<v1::DecisionGridResponse> GridHolding(
    Session& session, const std::string& snapshot,
    absl::FunctionRef<std::vector<Point2>(const v1::DecisionGridResponse&)> positions) {
  v1::DecisionGridRequest request;
  request.set_snapshot(snapshot);
  absl::StatusOr<v1::DecisionGridResponse> grid = session.client().DecisionGrid(request);
  if (!grid.ok()) return grid;
  // `last` may be another one by now.
  request.set_snapshot(
      absl::StrCat(snapshot.substr(0, snapshot.rfind('/') + 1), grid->snapshot_index()));
  v1::Range& x = *request.mutable_x_range();
  v1::Range& y = *request.mutable_y_range();
  x = grid->x_range();
  y = grid->y_range();
  const double x_margin = 0.05 * (x.max() - x.min());
  const double y_margin = 0.05 * (y.max() - y.min());
  for (const Point2& position : positions(*grid)) {
    Widen(position.x, x_margin, &x);
    Widen(position.y, y_margin, &y);
  }
  request.set_columns(kPictureResolution);
  request.set_rows(kPictureResolution);
  grid = session.client().DecisionGrid(request);
  const absl::Status status = grid.ok() ? CheckGrid(*grid) : grid.status();
  if (!status.ok()) return status;
  return grid;
}

}  // namespace percept::cli
