#include "client/cli/plane.h"

#include "absl/strings/str_cat.h"

#include "client/cli/cell_plot.h"
#include "client/cli/text_blocks.h"

namespace percept::cli {

Plane PlaneOf(const Points& points, int x_input, int y_input) {
  std::vector<double> xs;
  std::vector<double> ys;
  for (size_t i = 0; i < points.size(); ++i) {
    xs.push_back(points.value(i, x_input));
    ys.push_back(points.value(i, y_input));
  }
  return {picture::Covering(xs), picture::Covering(ys)};
}

void FillRegions(picture::Axes* axes, int cells,
                 absl::FunctionRef<int(double x, double y)> label_at) {
  std::vector<picture::Colour> colours;
  colours.reserve(static_cast<size_t>(cells) * static_cast<size_t>(cells));
  const auto middle = [cells](const picture::Scale& scale, int i) {
    return scale.min + scale.range() * (i + 0.5) / cells;
  };
  for (int row = 0; row < cells; ++row) {
    for (int column = 0; column < cells; ++column) {
      const int label = label_at(middle(axes->x(), column), middle(axes->y(), row));
      colours.push_back(
          picture::Over(picture::WithOpacity(picture::ClassColour(label), picture::kRegionOpacity),
                        picture::kPaper));
    }
  }
  axes->Cells(cells, cells, colours);
}

std::string RegionLegend(const std::vector<int>& labels, const Page& page) {
  if (page.terminal.colour) return ClassLegend(labels, page);
  std::vector<std::string> texts;
  for (const int label : labels) {
    texts.push_back(absl::StrCat(ClassText(label, page.terminal),
                                 " (taken for it: ", std::string(1, RegionCharacter(label)), ")"));
  }
  return Wrapped(texts, page.width);
}

}  // namespace percept::cli
