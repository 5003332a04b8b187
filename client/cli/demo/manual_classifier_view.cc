#include "client/cli/demo/manual_classifier_view.h"

#include <unordered_set>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/cell_plot.h"
#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/plane.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

// "0.5x − 2y + 1 = 0".
std::string LineText(const v1::ManualClassifierRequest& request, bool utf8) {
  std::string text;
  const auto add = [&](double factor, const std::string& name) {
    if (factor == 0 && !(name.empty() && text.empty())) return;
    const double size = factor < 0 ? -factor : factor;
    const std::string number = size == 1 && !name.empty() ? "" : PlainText(size);
    const std::string sign = factor < 0 ? (utf8 ? "−" : "-") : (text.empty() ? "" : "+");
    absl::StrAppend(&text, text.empty() ? "" : " ", sign, text.empty() ? "" : " ", number, name);
  };
  add(request.a(), "x");
  add(request.b(), "y");
  add(request.c(), "");
  return absl::StrCat(text, " = 0");
}

int LabelAt(const v1::ManualClassifierRequest& request, double x, double y) {
  return request.a() * x + request.b() * y + request.c() >= 0 ? 1 : 0;
}

int64_t Count(const v1::ManualClassifierResponse& response, int i) {
  return i < response.counts_size() ? response.counts(i) : 0;
}

}  // namespace

std::string RenderManualClassifier(const v1::ManualClassifierRequest& request,
                                   const v1::ManualClassifierResponse& response,
                                   const Points& points, const Page& page) {
  const Plane plane = PlaneOf(points, 0, 1);
  CellPlot plot(page, 24, plane.x, plane.y);
  plot.FillRegions([&](double x, double y) { return LabelAt(request, x, y); });
  for (size_t i = 0; i < points.size(); ++i) {
    plot.Mark(points.value(i, 0), points.value(i, 1), points.labels[i]);
  }
  const int64_t wrong = Count(response, 1) + Count(response, 2);
  return absl::StrCat(
      LineText(request, page.terminal.utf8), "  accuracy ", FormatAccuracy(response.accuracy()),
      ", ", FormatCount(wrong), " wrong\n\n", plot.Render(), "\n", RegionLegend({0, 1}, page), "\n",
      RenderTable({{"TRUE"}, {"TAKEN FOR 0", Align::kRight}, {"TAKEN FOR 1", Align::kRight}},
                  {{ClassText(0, page.terminal), FormatCount(Count(response, 0)),
                    FormatCount(Count(response, 1))},
                   {ClassText(1, page.terminal), FormatCount(Count(response, 2)),
                    FormatCount(Count(response, 3))}}));
}

picture::Canvas DrawManualClassifier(const v1::ManualClassifierRequest& request,
                                     const v1::ManualClassifierResponse& response,
                                     const Points& points) {
  picture::Canvas canvas;
  const picture::Rect area = picture::DrawHeading(
      &canvas, absl::StrCat("A line set by hand: accuracy ", FormatAccuracy(response.accuracy())),
      absl::StrCat(LineText(request, /*utf8=*/true), ",  ", points.size(), " points of ",
                   ShortText(request.dataset())));
  const std::vector<picture::LegendEntry> legend = {{"class 0", picture::ClassColour(0), 0},
                                                    {"class 1", picture::ClassColour(1), 1},
                                                    {"the line", picture::kInk, {}},
                                                    {"ringed: wrong", picture::kInk, 8}};
  const double side = picture::LegendWidth(canvas, legend) + 40;
  Plane plane = PlaneOf(points, 0, 1);
  const picture::Rect plot = {area.left, area.top, area.width - side, area.height};
  picture::Axes axes(&canvas, {plot, plane.x, plane.y, "", "x", "y", /*has_grid=*/false});
  FillRegions(&axes, 400, [&](double x, double y) { return LabelAt(request, x, y); });
  axes.Boundary(request.a(), request.b(), request.c(), {picture::kInk, 5});
  const std::unordered_set<int64_t> wrong(response.wrong_indices().begin(),
                                          response.wrong_indices().end());
  for (size_t i = 0; i < points.size(); ++i) {
    axes.Marker(points.value(i, 0), points.value(i, 1), 18, points.labels[i]);
    if (wrong.contains(points.indices[i])) {
      axes.Ring(points.value(i, 0), points.value(i, 1), 15, {picture::kInk, 2.5});
    }
  }
  axes.Frame();
  picture::DrawLegend(&canvas, {plot.right() + 30, axes.plot().top, side, area.height}, legend);
  return canvas;
}

}  // namespace percept::cli
