#ifndef PERCEPT_CLIENT_CLI_PICTURE_GRID_H_
#define PERCEPT_CLIENT_CLI_PICTURE_GRID_H_

#include <string>
#include <vector>

#include "client/cli/picture/canvas.h"

namespace percept::picture {

// A number, or a word, on a coloured ground.
struct GridCell {
  std::string text;
  Colour ground = kPaper;
};

// A matrix with something written in each cell, row by row from the top. Text is as large as fits
// the longest, at most `text_size`, in ink or paper by its ground.
struct Grid {
  int columns = 1;
  std::vector<GridCell> cells;
  std::string title;    // Above it.
  std::string caption;  // Below it, muted.
  double text_size = 28;
};

// Draws the cells in all of `rect`; title and caption stand outside of it.
void DrawGrid(Canvas* canvas, const Rect& rect, const Grid& grid);

// Draws grids side by side about the middle of `area`, all with cells of one size, at most
// `cell_width` * `cell_height`, room for their titles and captions included.
void DrawGrids(Canvas* canvas, const Rect& area, const std::vector<Grid>& grids, double cell_width,
               double cell_height);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_GRID_H_
