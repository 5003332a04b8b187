#include "client/cli/picture/grid.h"

#include <algorithm>

namespace percept::picture {
namespace {

constexpr double kTitle = 46;  // Height of a title or a caption with its distance.
constexpr double kGap = 56;    // Between grids side by side.

int Rows(const Grid& grid) {
  return std::max(1, static_cast<int>(grid.cells.size()) / std::max(1, grid.columns));
}

// A line about `middle`, made smaller where it is wider than `width`.
void DrawMiddle(Canvas* canvas, Point middle, const std::string& text, TextStyle style,
                double width) {
  style.horizontal = Align::kMiddle;
  const double natural = canvas->TextWidth(text, style);
  if (natural > width) style.size *= width / natural;
  canvas->Text(middle, text, style);
}

}  // namespace

void DrawGrid(Canvas* canvas, const Rect& rect, const Grid& grid) {
  const int rows = Rows(grid);
  const double width = rect.width / grid.columns;
  const double height = rect.height / rows;
  TextStyle style = {std::min(grid.text_size, height * 0.6)};
  style.horizontal = Align::kMiddle;
  double longest = 0;
  for (const GridCell& cell : grid.cells) {
    longest = std::max(longest, canvas->TextWidth(cell.text, style));
  }
  if (longest > width * 0.86) style.size *= width * 0.86 / longest;
  for (size_t i = 0; i < grid.cells.size(); ++i) {
    const int row = static_cast<int>(i) / grid.columns;
    const int column = static_cast<int>(i) % grid.columns;
    const Rect cell = {rect.left + column * width, rect.top + row * height, width, height};
    canvas->Fill(cell, grid.cells[i].ground);
    canvas->Outline(cell, {kFaint, 1});
    style.colour = InkOn(grid.cells[i].ground);
    canvas->Text(cell.centre(), grid.cells[i].text, style);
  }
  canvas->Outline(rect, {kMuted, 2});
  const double room = rect.width + kGap * 0.8;
  DrawMiddle(canvas, {rect.centre().x, rect.top - kTitle / 2}, grid.title,
             {26, kInk, /*bold=*/true}, room);
  DrawMiddle(canvas, {rect.centre().x, rect.bottom() + kTitle / 2}, grid.caption, {22, kMuted},
             room);
}

void DrawGrids(Canvas* canvas, const Rect& area, const std::vector<Grid>& grids, double cell_width,
               double cell_height) {
  int columns = 0;
  int rows = 1;
  for (const Grid& grid : grids) {
    columns += grid.columns;
    rows = std::max(rows, Rows(grid));
  }
  const double gaps = kGap * static_cast<double>(grids.size() - 1);
  const double width = std::min(cell_width, (area.width - gaps) / std::max(1, columns));
  const double height = std::min(cell_height, (area.height - 2 * kTitle) / rows);
  double left = area.left + (area.width - gaps - columns * width) / 2;
  for (const Grid& grid : grids) {
    const double tall = height * Rows(grid);
    DrawGrid(canvas, {left, area.centre().y - tall / 2, width * grid.columns, tall}, grid);
    left += width * grid.columns + kGap;
  }
}

}  // namespace percept::picture
