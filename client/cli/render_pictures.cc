#include "client/cli/render_pictures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "client/cli/render_tiles.h"

namespace percept::cli {

bool IsPicture(const v1::ImageShape& shape, int inputs) {
  const int64_t pixels = int64_t{shape.height()} * shape.width();
  return shape.height() > 0 && shape.width() > 0 && shape.channels() > 0 && pixels <= inputs &&
         pixels * shape.channels() == inputs;
}

bool CanDraw(const v1::ImageShape& shape, int inputs, int width) {
  return IsPicture(shape, inputs) && shape.width() <= width;
}

std::string RenderPictures(const std::vector<Picture>& pictures, const v1::ImageShape& shape,
                           const Page& page) {
  std::vector<TextTile> tiles;
  for (const Picture& picture : pictures) {
    const auto [low, high] = std::minmax_element(picture.inputs.begin(), picture.inputs.end());
    tiles.push_back(DataTile(absl::StrCat(picture.index, ": label ", picture.label), picture.inputs,
                             shape.channels(), std::min(0.0f, *low), std::max(1.0f, *high)));
  }
  return RenderTiles(tiles, shape.width(), shape.height(), page);
}

}  // namespace percept::cli
