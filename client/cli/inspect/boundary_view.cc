#include "client/cli/inspect/boundary_view.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/cell_plot.h"
#include "client/cli/inspect/decision_regions.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/snapshot_heading.h"

namespace percept::cli {
namespace {

// "class 0: 0.31 x0 - 1.2 x1 + 0.05 = 0".
std::string LineText(const v1::BoundaryLine& line, const v1::DecisionGridResponse& grid) {
  const auto term = [](double value) {
    return absl::StrFormat("%s %.4g", value < 0 ? "-" : "+", std::abs(value));
  };
  return absl::StrCat(absl::StrFormat("%.4g", line.weight_x()), " ", InputName(grid.x_input()), " ",
                      term(line.weight_y()), " ", InputName(grid.y_input()), " ",
                      term(line.offset()), " = 0");
}

}  // namespace

std::string RenderBoundary(const Boundary& boundary, const Page& page) {
  const v1::DecisionGridResponse& grid = boundary.grid;
  const Plane plane = PlaneOfGrid(grid);
  CellPlot plot(page, 26, plane.x, plane.y);
  plot.FillRegions([&](double x, double y) { return LabelAt(grid, x, y); });
  for (size_t i = 0; i < boundary.points.size(); ++i) {
    plot.Mark(boundary.points.value(i, grid.x_input()), boundary.points.value(i, grid.y_input()),
              boundary.points.labels[i]);
  }
  std::string text = absl::StrCat(SnapshotHeading(boundary.job, grid.snapshot_index()), "\n",
                                  InputName(grid.x_input()), " to the right, ",
                                  InputName(grid.y_input()), " upwards");
  if (!boundary.points_name.empty()) absl::StrAppend(&text, "; ", boundary.points_name);
  absl::StrAppend(&text, "\n\n", plot.Render(), "\n", RegionLegend(Labels(grid), page));
  for (const v1::BoundaryLine& line : grid.lines()) {
    absl::StrAppend(&text, "line of ", ClassText(line.label(), page.terminal), ": ",
                    LineText(line, grid), "\n");
  }
  return text;
}

picture::Canvas DrawBoundary(const Boundary& boundary, const std::string& title) {
  picture::Canvas canvas;
  const v1::DecisionGridResponse& grid = boundary.grid;
  std::string subtitle = SnapshotHeading(boundary.job, grid.snapshot_index());
  if (!boundary.points_name.empty()) absl::StrAppend(&subtitle, ",  ", boundary.points_name);
  const picture::Rect area = picture::DrawHeading(&canvas, title, subtitle);
  std::vector<picture::LegendEntry> legend;
  for (const int label : Labels(grid)) {
    legend.push_back({absl::StrCat("class ", label), picture::ClassColour(label), label});
  }
  if (grid.lines_size() == 1) legend.push_back({"boundary", picture::kInk, {}});
  const double side = picture::LegendWidth(canvas, legend) + 40;
  const Plane plane = PlaneOfGrid(grid);
  const picture::Rect plot = {area.left, area.top, area.width - side, area.height};
  picture::Axes axes(&canvas, {plot, plane.x, plane.y, "", InputName(grid.x_input()),
                               InputName(grid.y_input()), /*has_grid=*/false});
  FillGrid(&axes, grid);
  DrawBoundaryLines(&axes, grid);
  const Points& points = boundary.points;
  for (size_t i = 0; i < points.size(); ++i) {
    const double x = points.value(i, grid.x_input());
    const double y = points.value(i, grid.y_input());
    axes.Marker(x, y, boundary.rings_points ? 26 : 18, points.labels[i]);
    if (boundary.rings_points) axes.Ring(x, y, 22, {picture::kInk, 3});
  }
  axes.Frame();
  picture::DrawLegend(&canvas, {plot.right() + 30, axes.plot().top, side, axes.plot().height},
                      legend);
  return canvas;
}

}  // namespace percept::cli
