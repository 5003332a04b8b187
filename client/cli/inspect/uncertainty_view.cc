#include "client/cli/inspect/uncertainty_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/cli/inspect/decision_regions.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/plane.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

// A bar of `width` columns parted among the classes by their probabilities.
std::string StackedBar(const v1::Prediction& prediction, int width, const Terminal& terminal) {
  std::string bar;
  double sum = 0;
  int drawn = 0;
  for (int k = 0; k < prediction.probabilities_size(); ++k) {
    sum += prediction.probabilities(k);
    const bool is_last = k + 1 == prediction.probabilities_size();
    const int end =
        is_last ? width : std::clamp(static_cast<int>(std::lround(sum * width)), drawn, width);
    std::string part;
    for (; drawn < end; ++drawn) {
      absl::StrAppend(&part, terminal.colour && terminal.utf8 ? "█" : Sign(k, terminal.utf8));
    }
    if (!part.empty()) absl::StrAppend(&bar, Coloured(part, picture::ClassColour(k), terminal));
  }
  return bar;
}

void DrawTrack(picture::Canvas* canvas, const picture::Rect& area, const Slide& slide) {
  const Plane plane = PlaneOfGrid(slide.grid);
  picture::Axes axes(canvas, {area, plane.x, plane.y, "the point's way",
                              InputName(slide.grid.x_input()), InputName(slide.grid.y_input()),
                              /*has_grid=*/false});
  FillGrid(&axes, slide.grid);
  DrawBoundaryLines(&axes, slide.grid);
  const Point2& first = slide.points.front();
  const Point2& last = slide.points.back();
  axes.Arrow(first.x, first.y, last.x, last.y, {picture::kInk, 5});
  for (size_t i = 0; i < slide.points.size(); ++i) {
    axes.Ring(slide.points[i].x, slide.points[i].y, 6, {picture::kInk, 3});
  }
  axes.Frame();
}

void DrawBars(picture::Canvas* canvas, const picture::Rect& area, const Slide& slide) {
  const auto count = static_cast<double>(slide.points.size());
  picture::Axes axes(canvas, {area,
                              {-0.5, count - 0.5},
                              {0, 1},
                              "class probabilities",
                              "position on the way",
                              "",
                              /*has_grid=*/false,
                              /*has_whole_x=*/true});
  for (size_t i = 0; i < slide.points.size(); ++i) {
    const v1::Prediction& prediction = slide.response.predictions(static_cast<int>(i));
    double from = 0;
    for (int k = 0; k < prediction.probabilities_size(); ++k) {
      const double to = from + prediction.probabilities(k);
      axes.Bar(static_cast<double>(i), 0.84, from, to, picture::ClassColour(k));
      from = to;
    }
  }
  axes.Frame();
}

}  // namespace

absl::Status CheckSlide(const Slide& slide) {
  bool is_whole = slide.response.predictions_size() == static_cast<int>(slide.points.size()) &&
                  !slide.points.empty();
  for (const v1::Prediction& prediction : slide.response.predictions()) {
    is_whole = is_whole && !prediction.probabilities().empty();
  }
  return is_whole ? absl::OkStatus()
                  : absl::InternalError("the server sent another number of predictions than asked");
}

std::string RenderSlide(const Slide& slide, const Page& page) {
  const int classes = slide.response.predictions(0).probabilities_size();
  std::vector<Column> columns = {{InputName(slide.grid.x_input()), Align::kRight},
                                 {InputName(slide.grid.y_input()), Align::kRight},
                                 {"PROBABILITIES OF THE CLASSES"}};
  // As many probabilities as numbers as there is room for.
  const int numbers = classes <= 4 ? classes : 0;
  for (int k = 0; k < numbers; ++k) columns.push_back({absl::StrCat("P(", k, ")"), Align::kRight});
  const int width = std::clamp(page.width - 20 - 7 * numbers, 10, 60);
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < slide.points.size(); ++i) {
    const v1::Prediction& prediction = slide.response.predictions(static_cast<int>(i));
    std::vector<std::string> row = {absl::StrFormat("%.3f", slide.points[i].x),
                                    absl::StrFormat("%.3f", slide.points[i].y),
                                    StackedBar(prediction, width, page.terminal)};
    for (int k = 0; k < numbers; ++k) {
      row.push_back(
          FormatAccuracy(k < prediction.probabilities_size() ? prediction.probabilities(k) : 0));
    }
    rows.push_back(std::move(row));
  }
  std::vector<int> labels(static_cast<size_t>(classes));
  std::iota(labels.begin(), labels.end(), 0);
  return absl::StrCat(SnapshotHeading(slide.job, slide.response.snapshot_index()), "\n\n",
                      RenderTable(columns, rows), "\n", ClassLegend(labels, page));
}

picture::Canvas DrawSlide(const Slide& slide) {
  picture::Canvas canvas;
  const Point2& first = slide.points.front();
  const Point2& last = slide.points.back();
  const auto point = [](const Point2& p) {
    return absl::StrCat("(", picture::ShortNumberLabel(p.x), ", ", picture::ShortNumberLabel(p.y),
                        ")");
  };
  picture::Rect area =
      picture::DrawHeading(&canvas, "How sure the model is",
                           absl::StrCat(SnapshotHeading(slide.job, slide.response.snapshot_index()),
                                        ",  from ", point(first), " to ", point(last)));
  std::vector<picture::LegendEntry> legend;
  for (const int label : Labels(slide.grid)) {
    legend.push_back({absl::StrCat("class ", label), picture::ClassColour(label), 4});
  }
  picture::DrawLegendRow(&canvas, area, legend);
  area.top += picture::kLegendLine + 8;
  area.height -= picture::kLegendLine + 8;
  const std::vector<picture::Rect> panels = picture::Columns(area, 2, 40);
  DrawTrack(&canvas, panels[0], slide);
  DrawBars(&canvas, panels[1], slide);
  return canvas;
}

}  // namespace percept::cli
