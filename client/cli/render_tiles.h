#ifndef PERCEPT_CLIENT_CLI_RENDER_TILES_H_
#define PERCEPT_CLIENT_CLI_RENDER_TILES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

#include "client/cli/page.h"
#include "client/cli/picture/colour.h"

namespace percept::cli {

// A picture in characters, row by row from the top.
struct TextTile {
  std::string caption;
  std::vector<picture::Colour> pixels;
  // What characters stand for where there are no colours: [0, 1], or [-1, 1] where signed.
  std::vector<double> shares;
  bool is_signed = false;
};

// Numbers [height, width, channels] of 1 or 3 channels, black at `low`, white or full at `high`; as
// characters their grey.
TextTile DataTile(std::string caption, absl::Span<const float> values, int channels, double low,
                  double high);
// Signed numbers on the diverging scale from -range to range; as characters = and - below zero, +
// and # above.
TextTile WeightTile(std::string caption, absl::Span<const float> values, int channels,
                    double range);

// As many tiles side by side as the page has room for, each below its caption; two pixels, one
// above the other, to a character. Tiles wider than the page are shrunk by leaving out pixels.
// Precondition: columns * rows pixels in each.
std::string RenderTiles(const std::vector<TextTile>& tiles, int columns, int rows,
                        const Page& page);
// The same with tiles of at most `most_columns` columns.
std::string RenderTilesWithin(const std::vector<TextTile>& tiles, int columns, int rows,
                              int most_columns, const Page& page);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_TILES_H_
