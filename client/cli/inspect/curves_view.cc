#include "client/cli/inspect/curves_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/cell_plot.h"
#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/sparkline.h"
#include "client/cli/table.h"
#include "client/cli/text_blocks.h"

namespace percept::cli {
namespace {

using picture::Scale;

// Signs and colours of the two splits' curves.
constexpr int kValidation = 0;
constexpr int kTraining = 1;

// One figure of one split.
struct Curve {
  std::string name;
  int split = kValidation;
  bool is_loss = false;
  double (*value_of)(const v1::Metrics& metrics);  // NaN where it is unset.
};

constexpr double kUnset = std::numeric_limits<double>::quiet_NaN();

const std::vector<Curve>& AllCurves() {
  static const auto* const kCurves = new std::vector<Curve>{
      {"validation accuracy", kValidation, false,
       [](const v1::Metrics& m) {
         return m.has_validation_accuracy() ? m.validation_accuracy() : kUnset;
       }},
      {"training accuracy", kTraining, false,
       [](const v1::Metrics& m) {
         return m.has_training_accuracy() ? m.training_accuracy() : kUnset;
       }},
      {"validation loss", kValidation, true,
       [](const v1::Metrics& m) { return m.has_validation_loss() ? m.validation_loss() : kUnset; }},
      {"training loss", kTraining, true,
       [](const v1::Metrics& m) { return m.has_training_loss() ? m.training_loss() : kUnset; }}};
  return *kCurves;
}

double PositionOf(const Curves& curves, const v1::Snapshot& snapshot) {
  switch (curves.axis) {
    case v1::SERIES_AXIS_INSTANCES:
      return static_cast<double>(snapshot.instances());
    case v1::SERIES_AXIS_TIME:
      return absl::ToDoubleSeconds(ToTime(snapshot.create_time()) -
                                   ToTime(curves.series.points(0).create_time()));
    default:
      return static_cast<double>(snapshot.step());
  }
}

std::string AxisName(v1::SeriesAxis axis) {
  switch (axis) {
    case v1::SERIES_AXIS_INSTANCES:
      return "instances";
    case v1::SERIES_AXIS_TIME:
      return "seconds";
    default:
      return "step";
  }
}

struct Line {
  std::vector<double> xs;
  std::vector<double> ys;
};

// The points that have the figure, but for those where it is infinite.
Line LineOf(const Curves& curves, const Curve& curve) {
  Line line;
  for (const v1::Snapshot& point : curves.series.points()) {
    const double y = curve.value_of(point.metrics());
    if (!std::isfinite(y)) continue;
    line.xs.push_back(PositionOf(curves, point));
    line.ys.push_back(y);
  }
  return line;
}

// Splits that have a figure anywhere.
std::vector<int> SplitsOf(const Curves& curves) {
  std::vector<int> splits;
  for (const int split : {kValidation, kTraining}) {
    const auto has_figure = [&curves, split](const Curve& curve) {
      return curve.split == split && !LineOf(curves, curve).ys.empty();
    };
    if (std::any_of(AllCurves().begin(), AllCurves().end(), has_figure)) splits.push_back(split);
  }
  return splits;
}

std::string SplitName(int split) { return split == kValidation ? "validation" : "training"; }

Scale XScale(const Curves& curves) {
  double last = 0;
  for (const v1::Snapshot& point : curves.series.points()) {
    last = std::max(last, PositionOf(curves, point));
  }
  return {0, last > 0 ? last : 1};
}

// Accuracies lie between 0 and 1, losses from 0 up.
Scale YScale(const Curves& curves, bool is_loss) {
  if (!is_loss) return {0, 1};
  double highest = 0;
  for (const Curve& curve : AllCurves()) {
    if (!curve.is_loss) continue;
    for (const double y : LineOf(curves, curve).ys) highest = std::max(highest, y);
  }
  return {0, highest > 0 ? highest * 1.05 : 1};
}

std::string FigureText(const Curve& curve, double value) {
  if (std::isnan(value)) return std::string(kNone);
  return curve.is_loss ? FormatLoss(value) : FormatAccuracy(value);
}

std::string MarkedText(const Curves& curves) {
  const v1::Snapshot& marked = curves.marked;
  std::string text = absl::StrCat("step ", FormatCount(marked.step()), ", ",
                                  CountText(marked.instances(), "instance", "instances"));
  for (const Curve& curve : AllCurves()) {
    const double value = curve.value_of(marked.metrics());
    if (curve.split == kValidation && !std::isnan(value)) {
      absl::StrAppend(&text, ", ", curve.is_loss ? "loss " : "accuracy ", FigureText(curve, value));
    }
  }
  return text;
}

std::string CurveTable(const Curves& curves, const Page& page) {
  const int width = std::clamp(page.width - 46, 10, 54);
  std::vector<std::vector<std::string>> rows;
  for (const Curve& curve : AllCurves()) {
    const Line line = LineOf(curves, curve);
    if (line.ys.empty()) continue;
    const auto [lowest, highest] = std::minmax_element(line.ys.begin(), line.ys.end());
    rows.push_back({curve.name, FigureText(curve, *lowest),
                    Coloured(Sparkline(line.ys, *lowest, *highest, width, page.terminal.utf8),
                             picture::ClassColour(curve.split), page.terminal),
                    FigureText(curve, *highest),
                    FigureText(curve, curve.value_of(curves.marked.metrics()))});
  }
  return RenderTable({{""},
                      {"LOWEST", Align::kRight},
                      {"COURSE"},
                      {"HIGHEST", Align::kRight},
                      {"HERE", Align::kRight}},
                     rows);
}

std::string Plot(const Curves& curves, bool is_loss, const Page& page) {
  CellPlot plot(page, 14, XScale(curves), YScale(curves, is_loss));
  // The validation curve last, over the other one.
  for (const int split : {kTraining, kValidation}) {
    for (const Curve& curve : AllCurves()) {
      if (curve.is_loss != is_loss || curve.split != split) continue;
      const Line line = LineOf(curves, curve);
      plot.Line(line.xs, line.ys, split);
    }
  }
  return absl::StrCat(is_loss ? "loss" : "accuracy", ", by ", AxisName(curves.axis), "\n\n",
                      plot.Render());
}

std::string SignLegend(const Curves& curves, const Page& page) {
  std::vector<std::string> texts;
  for (const int split : SplitsOf(curves)) {
    texts.push_back(absl::StrCat(ColouredSign(split, page.terminal), " ", SplitName(split)));
  }
  return Wrapped(texts, page.width);
}

void DrawFigure(picture::Canvas* canvas, const picture::Rect& area, const Curves& curves,
                bool is_loss) {
  picture::Axes axes(canvas, {area, XScale(curves), YScale(curves, is_loss),
                              is_loss ? "loss" : "accuracy", AxisName(curves.axis), "",
                              /*has_grid=*/true,
                              /*has_whole_x=*/curves.axis != v1::SERIES_AXIS_TIME});
  const double here = PositionOf(curves, curves.marked);
  axes.Vertical(here, {picture::kMuted, 3, /*dashed=*/true});
  for (const int split : {kTraining, kValidation}) {
    for (const Curve& curve : AllCurves()) {
      if (curve.is_loss != is_loss || curve.split != split) continue;
      const Line line = LineOf(curves, curve);
      axes.Line(line.xs, line.ys, {picture::ClassColour(split), split == kTraining ? 3.0 : 5.0});
      const double value = curve.value_of(curves.marked.metrics());
      if (std::isfinite(value)) axes.Ring(here, value, 9, {picture::ClassColour(split), 4});
    }
  }
}

}  // namespace

std::string RenderCurves(const Curves& curves, const Page& page) {
  return absl::StrCat(SnapshotHeading(curves.job, curves.marked.index()), "\n", MarkedText(curves),
                      "\n\n", CurveTable(curves, page), "\n", Plot(curves, /*is_loss=*/false, page),
                      "\n", Plot(curves, /*is_loss=*/true, page), "\n", SignLegend(curves, page));
}

picture::Canvas DrawCurves(const Curves& curves) {
  picture::Canvas canvas;
  picture::Rect area = picture::DrawHeading(
      &canvas, "How it learned",
      absl::StrCat(SnapshotHeading(curves.job, curves.marked.index()), ",  ", MarkedText(curves)));
  std::vector<picture::LegendEntry> legend;
  for (const int split : SplitsOf(curves)) {
    legend.push_back({SplitName(split), picture::ClassColour(split), {}});
  }
  picture::DrawLegendRow(&canvas, area, legend);
  area.top += picture::kLegendLine + 12;
  area.height -= picture::kLegendLine + 12;
  constexpr double kGap = 40;
  const double width = (area.width - kGap) / 2;
  DrawFigure(&canvas, {area.left, area.top, width, area.height}, curves, /*is_loss=*/false);
  DrawFigure(&canvas, {area.left + width + kGap, area.top, width, area.height}, curves,
             /*is_loss=*/true);
  return canvas;
}

}  // namespace percept::cli
