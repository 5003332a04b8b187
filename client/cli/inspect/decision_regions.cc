#include "client/cli/inspect/decision_regions.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

#include "client/cli/picture/colour.h"

namespace percept::cli {
namespace {

// Opacity of a region where the model merely prefers its class, and where it is sure.
constexpr double kUnsure = 0.06;
constexpr double kSure = 0.32;

size_t CellAt(const v1::DecisionGridResponse& grid, int row, int column) {
  return static_cast<size_t>(row) * static_cast<size_t>(grid.columns()) +
         static_cast<size_t>(column);
}

bool IsDrawable(const v1::Range& range) {
  return std::isfinite(range.min()) && std::isfinite(range.max()) && range.max() > range.min();
}

}  // namespace

absl::Status CheckGrid(const v1::DecisionGridResponse& grid) {
  const int64_t cells = int64_t{grid.columns()} * grid.rows();
  if (grid.columns() < 1 || grid.rows() < 1 ||
      static_cast<int64_t>(grid.labels().size()) != cells ||
      static_cast<int64_t>(grid.confidence().size()) != cells || !IsDrawable(grid.x_range()) ||
      !IsDrawable(grid.y_range())) {
    return absl::InternalError("the server sent a grid of another size than it says");
  }
  return absl::OkStatus();
}

Plane PlaneOfGrid(const v1::DecisionGridResponse& grid) {
  return {{grid.x_range().min(), grid.x_range().max()},
          {grid.y_range().min(), grid.y_range().max()}};
}

int LabelAt(const v1::DecisionGridResponse& grid, double x, double y) {
  const Plane plane = PlaneOfGrid(grid);
  const auto index = [](double share, int count) {
    return std::clamp(static_cast<int>(std::floor(share * count)), 0, count - 1);
  };
  const int column = index(plane.x.Share(x), grid.columns());
  const int row = index(plane.y.Share(y), grid.rows());
  return static_cast<unsigned char>(grid.labels()[CellAt(grid, row, column)]);
}

void FillGrid(picture::Axes* axes, const v1::DecisionGridResponse& grid) {
  // Confidence begins at that of a guess.
  const double guess = 1.0 / std::max(1, grid.classes());
  std::vector<picture::Colour> colours;
  colours.reserve(grid.labels().size());
  for (size_t cell = 0; cell < grid.labels().size(); ++cell) {
    const double confidence = static_cast<unsigned char>(grid.confidence()[cell]) / 255.0;
    const double share = guess < 1 ? std::clamp((confidence - guess) / (1 - guess), 0.0, 1.0) : 1;
    const picture::Colour colour =
        picture::ClassColour(static_cast<unsigned char>(grid.labels()[cell]));
    colours.push_back(picture::Over(
        picture::WithOpacity(colour, kUnsure + (kSure - kUnsure) * share), picture::kPaper));
  }
  axes->Cells(grid.columns(), grid.rows(), colours);
}

void DrawBoundaryLines(picture::Axes* axes, const v1::DecisionGridResponse& grid) {
  const bool is_only_one = grid.lines_size() == 1;
  for (const v1::BoundaryLine& line : grid.lines()) {
    axes->Boundary(line.weight_x(), line.weight_y(), line.offset(),
                   {is_only_one ? picture::kInk : picture::ClassColour(line.label()), 4});
  }
}

std::string InputName(int input) { return absl::StrCat("x", input); }

std::vector<int> Labels(const v1::DecisionGridResponse& grid) {
  std::vector<int> labels;
  for (int label = 0; label < grid.classes(); ++label) labels.push_back(label);
  return labels;
}

}  // namespace percept::cli
