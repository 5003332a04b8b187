#include "client/cli/inspect/search_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/slide.h"
#include "client/cli/picture/tiles.h"
#include "client/cli/render_tiles.h"
#include "client/cli/sparkline.h"
#include "client/cli/table.h"

namespace percept::cli {

std::string RenderCourses(const std::vector<ClassCourse>& courses, const Page& page) {
  std::vector<std::vector<std::string>> rows;
  const int width = std::clamp(page.width - 36, 10, 72);
  for (const ClassCourse& course : courses) {
    if (course.probabilities.empty()) continue;
    rows.push_back({ClassText(course.label, page.terminal),
                    FormatAccuracy(course.probabilities.front()),
                    Coloured(Sparkline(course.probabilities, 0, 1, width, page.terminal.utf8),
                             picture::ClassColour(course.label), page.terminal),
                    FormatAccuracy(course.probabilities.back())});
  }
  return RenderTable({{"PROBABILITY OF"}, {"START"}, {""}, {"END"}}, rows);
}

void DrawCourses(picture::Canvas* canvas, const picture::Rect& area,
                 const std::vector<ClassCourse>& courses, int marked_step) {
  size_t steps = 2;
  for (const ClassCourse& course : courses) steps = std::max(steps, course.probabilities.size());
  std::vector<picture::LegendEntry> legend;
  for (const ClassCourse& course : courses) {
    legend.push_back(
        {absl::StrCat("class ", course.label), picture::ClassColour(course.label), {}});
  }
  picture::DrawLegendRow(canvas, area, legend);
  const double above = picture::kLegendLine + 4;
  picture::Axes axes(canvas, {{area.left, area.top + above, area.width, area.height - above},
                              {0, static_cast<double>(steps - 1)},
                              {0, 1},
                              "",
                              "step",
                              "probability",
                              /*has_grid=*/true,
                              /*has_whole_x=*/true});
  if (marked_step >= 0) axes.Vertical(marked_step, {picture::kMuted, 3, /*dashed=*/true});
  for (const ClassCourse& course : courses) {
    std::vector<double> xs;
    for (size_t i = 0; i < course.probabilities.size(); ++i) xs.push_back(static_cast<double>(i));
    axes.Line(xs, course.probabilities, {picture::ClassColour(course.label), 5});
  }
}

std::string RenderAlteration(const Alteration& alteration, const Page& page) {
  const v1::ImageShape& shape = alteration.shape;
  const std::vector<TextTile> tiles = {
      DataTile(alteration.original_caption, alteration.original, shape.channels(), 0, 1),
      DataTile(alteration.altered_caption, alteration.altered, shape.channels(), 0, 1),
      WeightTile(
          absl::StrFormat("difference, %s%g", page.terminal.utf8 ? "±" : "+-", kDifferenceRange),
          alteration.difference, shape.channels(), kDifferenceRange)};
  return RenderTiles(tiles, shape.width(), shape.height(), page);
}

void DrawAlteration(picture::Canvas* canvas, const picture::Rect& area,
                    const Alteration& alteration) {
  constexpr double kScale = 130;
  const v1::ImageShape& shape = alteration.shape;
  const int pixels = shape.width() * shape.height();
  const std::vector<picture::Tile> tiles = {
      {picture::DataColours(alteration.original.data(), pixels, shape.channels(), 0, 1),
       alteration.original_caption},
      {picture::DataColours(alteration.altered.data(), pixels, shape.channels(), 0, 1),
       alteration.altered_caption},
      {picture::WeightColours(alteration.difference.data(), pixels, shape.channels(),
                              kDifferenceRange),
       "what changed"}};
  picture::DrawTiles(canvas,
                     {{area.left, area.top, area.width - kScale, area.height},
                      shape.width(),
                      shape.height(),
                      /*across=*/3},
                     tiles);
  picture::DrawDivergingScale(canvas,
                              {area.right() - kScale + 20, area.top + 14, kScale, area.height - 60},
                              kDifferenceRange);
}

}  // namespace percept::cli
