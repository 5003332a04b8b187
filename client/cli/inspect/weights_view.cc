#include "client/cli/inspect/weights_view.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/cli/picture/slide.h"
#include "client/cli/picture/tiles.h"
#include "client/cli/render_tiles.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"

namespace percept::cli {
namespace {

// The largest weight by size: what both ends of the scale stand for.
double RangeOf(const v1::WeightImagesResponse& response) {
  double range = 0;
  for (const v1::WeightImage& image : response.images()) {
    for (const float weight : image.weights()) {
      if (std::isfinite(weight)) range = std::max(range, std::abs(static_cast<double>(weight)));
    }
  }
  return range;
}

// "layer 0, units 0 to 15 of 64, 28 x 28 weights each".
std::string Summary(const v1::WeightImagesResponse& response, absl::string_view times) {
  std::string text = absl::StrCat("layer ", response.layer());
  if (!response.images().empty()) {
    absl::StrAppend(&text, ", units ", response.images(0).unit(), " to ",
                    response.images(response.images_size() - 1).unit(), " of ",
                    FormatCount(response.units()));
  }
  absl::StrAppend(&text, ", ", response.shape().height(), times, response.shape().width());
  if (response.shape().channels() > 1) absl::StrAppend(&text, times, response.shape().channels());
  return absl::StrCat(text, " weights each");
}

absl::Span<const float> Weights(const v1::WeightImage& image) {
  return absl::MakeConstSpan(image.weights().data(), static_cast<size_t>(image.weights_size()));
}

}  // namespace

absl::Status CheckWeights(const v1::WeightImagesResponse& response) {
  const v1::ImageShape& shape = response.shape();
  const int64_t size = int64_t{shape.height()} * shape.width() * shape.channels();
  bool is_whole = shape.height() > 0 && shape.width() > 0 && shape.channels() > 0;
  for (const v1::WeightImage& image : response.images()) {
    is_whole = is_whole && image.weights_size() == size;
  }
  return is_whole ? absl::OkStatus()
                  : absl::InternalError("the server sent weights of another shape than it says");
}

std::string RenderWeights(const std::string& job, const v1::WeightImagesResponse& response,
                          const Page& page) {
  const double range = RangeOf(response);
  std::vector<TextTile> tiles;
  for (const v1::WeightImage& image : response.images()) {
    std::string caption = absl::StrCat("unit ", image.unit());
    if (image.has_bias()) absl::StrAppend(&caption, absl::StrFormat(", bias %.3g", image.bias()));
    tiles.push_back(
        WeightTile(std::move(caption), Weights(image), response.shape().channels(), range));
  }
  const Terminal& terminal = page.terminal;
  const std::string scale =
      terminal.colour && terminal.utf8
          ? absl::StrCat(Coloured("█", picture::Diverging(-1), terminal), " ",
                         absl::StrFormat("%.3g", -range), "  ",
                         Coloured("█", picture::Diverging(0), terminal), " 0  ",
                         Coloured("█", picture::Diverging(1), terminal), " ",
                         absl::StrFormat("%.3g", range))
          : absl::StrCat("= and - below zero, + and # above, down to ",
                         absl::StrFormat("%.3g", -range), " and up to ",
                         absl::StrFormat("%.3g", range));
  return absl::StrCat(
      SnapshotHeading(job, response.snapshot_index()), "\n",
      Summary(response, terminal.utf8 ? " × " : " x "), "\n", scale, "\n\n",
      RenderTiles(tiles, response.shape().width(), response.shape().height(), page));
}

picture::Canvas DrawWeights(const std::string& job, const v1::WeightImagesResponse& response) {
  picture::Canvas canvas;
  const picture::Rect area =
      picture::DrawHeading(&canvas, "The weights of a layer's units",
                           absl::StrCat(SnapshotHeading(job, response.snapshot_index()), ",  ",
                                        Summary(response, " × ")));
  constexpr double kScale = 170;
  const double range = RangeOf(response);
  const v1::ImageShape& shape = response.shape();
  // Names are of use while there is room to read them.
  const bool has_captions = response.images_size() <= 80;
  std::vector<picture::Tile> tiles;
  for (const v1::WeightImage& image : response.images()) {
    tiles.push_back({picture::WeightColours(image.weights().data(), shape.width() * shape.height(),
                                            shape.channels(), range),
                     has_captions ? absl::StrCat(image.unit()) : "", picture::kMuted});
  }
  picture::DrawTiles(
      &canvas,
      {{area.left, area.top, area.width - kScale, area.height}, shape.width(), shape.height()},
      tiles);
  picture::DrawDivergingScale(
      &canvas, {area.right() - kScale + 40, area.top + 10, kScale, area.height - 20}, range);
  return canvas;
}

}  // namespace percept::cli
