#include "client/cli/demo/image_structure_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "client/cli/format.h"
#include "client/cli/picture/slide.h"
#include "client/cli/picture/tiles.h"
#include "client/cli/render_tiles.h"

namespace percept::cli {
namespace {

struct Part {
  std::string caption;
  std::vector<float> values;
};

std::vector<Part> Parts(const v1::ImageStructureResponse& response) {
  const auto part = [](const std::string& caption, const std::string& pixels) {
    Part made = {caption, {}};
    made.values.reserve(pixels.size());
    for (const char byte : pixels) {
      made.values.push_back(static_cast<float>(static_cast<unsigned char>(byte)) / 255);
    }
    return made;
  };
  return {part("random values", response.random_pixels()),
          part("a photograph", response.photograph_pixels()),
          part("its values, shuffled", response.shuffled_pixels())};
}

// Whose picture it is; `separator` stands between the parts.
std::string Source(const v1::ImageStructureResponse& response, absl::string_view separator) {
  if (response.photograph().empty()) return "a picture of your own";
  return absl::StrCat(Printable(response.photograph()), separator,
                      Printable(response.attribution()));
}

}  // namespace

absl::Status CheckImageStructure(const v1::ImageStructureResponse& response) {
  const v1::ImageShape& shape = response.shape();
  const int64_t size = int64_t{shape.height()} * shape.width() * shape.channels();
  const bool has_size =
      shape.height() > 0 && shape.width() > 0 && (shape.channels() == 1 || shape.channels() == 3);
  for (const std::string* pixels :
       {&response.random_pixels(), &response.photograph_pixels(), &response.shuffled_pixels()}) {
    if (!has_size || static_cast<int64_t>(pixels->size()) != size) {
      return absl::InternalError("the server sent pictures of another size than it says");
    }
  }
  return absl::OkStatus();
}

std::string RenderImageStructure(const v1::ImageStructureResponse& response, const Page& page) {
  const int channels = response.shape().channels();
  std::vector<TextTile> tiles;
  for (const Part& part : Parts(response)) {
    tiles.push_back(DataTile(part.caption, part.values, channels, 0, 1));
  }
  // A third of the page for each: side by side they say what they are for.
  const int each = std::max(20, (page.width - 4) / 3);
  const std::string pictures =
      RenderTilesWithin(tiles, response.shape().width(), response.shape().height(), each, page);
  std::string text = absl::StrCat(pictures, "\n", Source(response, "\n"), "\n");
  if (!response.photographs().empty()) {
    absl::StrAppend(
        &text, "all there are: ", Printable(absl::StrJoin(response.photographs(), ", ")), "\n");
  }
  return text;
}

picture::Canvas DrawImageStructure(const v1::ImageStructureResponse& response) {
  picture::Canvas canvas;
  const v1::ImageShape& shape = response.shape();
  const picture::Rect area =
      picture::DrawHeading(&canvas, "Images are not random numbers", Source(response, ". "));
  std::vector<picture::Tile> tiles;
  for (const Part& part : Parts(response)) {
    tiles.push_back({picture::DataColours(part.values.data(), shape.width() * shape.height(),
                                          shape.channels(), 0, 1),
                     part.caption, picture::kInk});
  }
  picture::DrawTiles(&canvas, {area, shape.width(), shape.height(), /*across=*/3}, tiles);
  return canvas;
}

}  // namespace percept::cli
