#ifndef PERCEPT_CLIENT_CLI_PICTURE_TILES_H_
#define PERCEPT_CLIENT_CLI_PICTURE_TILES_H_

#include <string>
#include <vector>

#include "client/cli/picture/canvas.h"

namespace percept::picture {

// One picture among others: its pixels' colours, row by row from the top.
struct Tile {
  std::vector<Colour> pixels;
  std::string caption;  // Below it; may be empty.
  Colour caption_colour = kInk;
};

struct TilesSpec {
  Rect area;
  int columns = 1;  // Pixels of each tile.
  int rows = 1;
  int across = 0;  // Tiles side by side; 0: as makes them largest.
};

// Draws all tiles of equal size, as large as the area has room for, in reading order about its
// middle. Captions that are wider than their tile are made smaller. Precondition: columns * rows
// pixels in each.
void DrawTiles(Canvas* canvas, const TilesSpec& spec, const std::vector<Tile>& tiles);

// A bar of the diverging scale from -range to range, its numbers beside it, as high as `area`.
void DrawDivergingScale(Canvas* canvas, const Rect& area, double range);

// The colours of numbers, [height, width, channels] with 1 or 3 channels, of which `low` is black
// and `high` is white or full.
std::vector<Colour> DataColours(const float* values, int pixels, int channels, double low,
                                double high);
// The colours of signed numbers on the diverging scale from -range to range; of several channels,
// their mean.
std::vector<Colour> WeightColours(const float* values, int pixels, int channels, double range);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_TILES_H_
