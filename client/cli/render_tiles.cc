#include "client/cli/render_tiles.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "client/cli/format.h"
#include "client/cli/picture/tiles.h"
#include "client/cli/progress_bar.h"

namespace percept::cli {
namespace {

using picture::Colour;

constexpr absl::string_view kInk = " .:-=+*#%@";
constexpr int kGap = 2;          // Blanks between tiles side by side.
constexpr int kLeastWidth = 20;  // Of a tile, for its caption.

char GreyInk(double share) {
  const auto darkest = static_cast<double>(kInk.size() - 1);
  if (!(share >= 0)) return '?';
  return kInk[static_cast<size_t>(std::min(share * darkest + 0.5, darkest))];
}

char SignedInk(double share) {
  if (std::isnan(share)) return '?';
  const double size = std::abs(share);
  if (size < 0.2) return ' ';
  if (share < 0) return size < 0.6 ? '-' : '=';
  return size < 0.6 ? '+' : '#';
}

// Every `factor`-th pixel in both directions.
TextTile Thinned(const TextTile& tile, int columns, int rows, int factor) {
  TextTile thinned = {tile.caption, {}, {}, tile.is_signed};
  for (int row = 0; row < rows; row += factor) {
    for (int column = 0; column < columns; column += factor) {
      const auto pixel = static_cast<size_t>(row * columns + column);
      thinned.pixels.push_back(tile.pixels[pixel]);
      thinned.shares.push_back(tile.shares[pixel]);
    }
  }
  return thinned;
}

// The line of a tile that shows the rows 2 * line and 2 * line + 1.
std::string Line(const TextTile& tile, int columns, int rows, int line, const Terminal& terminal) {
  std::string text;
  for (int column = 0; column < columns; ++column) {
    const auto upper = static_cast<size_t>(2 * line * columns + column);
    const bool has_lower = 2 * line + 1 < rows;
    const size_t lower = has_lower ? upper + static_cast<size_t>(columns) : upper;
    if (!terminal.colour || !terminal.utf8) {
      const double share = (tile.shares[upper] + tile.shares[lower]) / 2;
      text += tile.is_signed ? SignedInk(share) : GreyInk(share);
    } else if (has_lower) {
      text += ColouredOn("▀", tile.pixels[upper], tile.pixels[lower], terminal);
    } else {
      text += Coloured("▀", tile.pixels[upper], terminal);
    }
  }
  return text;
}

// The mean of each pixel's channels.
std::vector<double> Means(absl::Span<const float> values, int channels) {
  std::vector<double> means;
  for (size_t i = 0; i < values.size(); i += static_cast<size_t>(channels)) {
    double sum = 0;
    for (int c = 0; c < channels; ++c) sum += values[i + static_cast<size_t>(c)];
    means.push_back(sum / channels);
  }
  return means;
}

}  // namespace

TextTile DataTile(std::string caption, absl::Span<const float> values, int channels, double low,
                  double high) {
  const auto pixels = static_cast<int>(values.size()) / channels;
  TextTile tile = {std::move(caption),
                   picture::DataColours(values.data(), pixels, channels, low, high),
                   Means(values, channels)};
  for (double& share : tile.shares) share = (share - low) / (high - low);
  return tile;
}

TextTile WeightTile(std::string caption, absl::Span<const float> values, int channels,
                    double range) {
  const auto pixels = static_cast<int>(values.size()) / channels;
  TextTile tile = {std::move(caption),
                   picture::WeightColours(values.data(), pixels, channels, range),
                   Means(values, channels), /*is_signed=*/true};
  for (double& share : tile.shares) share = range > 0 ? share / range : 0;
  return tile;
}

std::string RenderTilesWithin(const std::vector<TextTile>& tiles, int columns, int rows,
                              int most_columns, const Page& page) {
  const int factor = (columns + most_columns - 1) / std::max(1, most_columns);
  if (factor <= 1) return RenderTiles(tiles, columns, rows, page);
  std::vector<TextTile> thinned;
  for (const TextTile& tile : tiles) thinned.push_back(Thinned(tile, columns, rows, factor));
  const auto part = [factor](int length) { return (length + factor - 1) / factor; };
  return RenderTiles(thinned, part(columns), part(rows), page);
}

std::string RenderTiles(const std::vector<TextTile>& tiles, int columns, int rows,
                        const Page& page) {
  if (columns > page.width) return RenderTilesWithin(tiles, columns, rows, page.width, page);
  const int each = std::max(columns, kLeastWidth);
  const auto across = static_cast<size_t>(std::max(1, (page.width + kGap) / (each + kGap)));
  std::string text;
  for (size_t first = 0; first < tiles.size(); first += across) {
    const size_t end = std::min(first + across, tiles.size());
    const auto add_line = [&](auto part, int width) {
      std::string line;
      for (size_t i = first; i < end; ++i) {
        absl::StrAppend(&line, part(tiles[i]));
        if (i + 1 < end) line.append(static_cast<size_t>(each - width + kGap), ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      absl::StrAppend(&text, line, "\n");
    };
    const auto caption = [each](const TextTile& tile) {
      std::string padded = Truncated(tile.caption, each);
      padded.append(static_cast<size_t>(each - DisplayWidth(padded)), ' ');
      return padded;
    };
    add_line(caption, each);
    for (int line = 0; 2 * line < rows; ++line) {
      add_line([&](const TextTile& tile) { return Line(tile, columns, rows, line, page.terminal); },
               columns);
    }
  }
  return text;
}

}  // namespace percept::cli
