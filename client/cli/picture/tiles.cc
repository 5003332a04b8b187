#include "client/cli/picture/tiles.h"

#include <algorithm>
#include <cmath>

#include "client/cli/picture/scale.h"

namespace percept::picture {
namespace {

constexpr double kGapShare = 0.08;  // Between tiles, of a tile's width.

// A caption's size and place belong together with its tile's.
struct Layout {
  int across = 1;
  double width = 0;  // Of a tile.
  double height = 0;
  double gap = 0;
  double caption = 0;  // Height of a caption with its distance.
};

Layout LayoutOf(const TilesSpec& spec, int count, int across, bool has_captions) {
  const int down = (count + across - 1) / across;
  const double proportion = static_cast<double>(spec.columns) / spec.rows;
  Layout layout;
  layout.across = across;
  const double by_width = spec.area.width / (across + kGapShare * (across - 1));
  layout.caption = has_captions ? std::clamp(by_width * 0.2, 16.0, 30.0) : 0;
  const double room = spec.area.height - down * layout.caption;
  const double by_height = room / (down / proportion + kGapShare * (down - 1));
  layout.width = std::max(1.0, std::min(by_width, by_height));
  layout.height = layout.width / proportion;
  layout.gap = layout.width * kGapShare;
  return layout;
}

Layout BestLayout(const TilesSpec& spec, int count, bool has_captions) {
  if (spec.across > 0) return LayoutOf(spec, count, spec.across, has_captions);
  Layout best;
  for (int across = 1; across <= count; ++across) {
    const Layout layout = LayoutOf(spec, count, across, has_captions);
    if (layout.width > best.width) best = layout;
  }
  return best;
}

}  // namespace

void DrawTiles(Canvas* canvas, const TilesSpec& spec, const std::vector<Tile>& tiles) {
  const int count = static_cast<int>(tiles.size());
  if (count == 0) return;
  const bool has_captions =
      std::any_of(tiles.begin(), tiles.end(), [](const Tile& t) { return !t.caption.empty(); });
  const Layout layout = BestLayout(spec, count, has_captions);
  const int down = (count + layout.across - 1) / layout.across;
  const double row = layout.height + layout.caption + layout.gap;
  const double width = layout.across * (layout.width + layout.gap) - layout.gap;
  const double left = spec.area.left + (spec.area.width - width) / 2;
  const double top =
      spec.area.top + std::max(0.0, (spec.area.height - (down * row - layout.gap)) / 2);
  for (int i = 0; i < count; ++i) {
    const Tile& tile = tiles[static_cast<size_t>(i)];
    const Rect rect = {left + (i % layout.across) * (layout.width + layout.gap),
                       top + (i / layout.across) * row, layout.width, layout.height};
    canvas->Pixels(rect, spec.columns, spec.rows, tile.pixels);
    canvas->Outline(rect, {kFaint, 1});
    TextStyle style = {layout.caption * 0.8, tile.caption_colour};
    style.horizontal = Align::kMiddle;
    style.vertical = Align::kEnd;
    const double natural = canvas->TextWidth(tile.caption, style);
    if (natural > layout.width) style.size *= layout.width / natural;
    canvas->Text({rect.centre().x, rect.bottom() + layout.caption * 0.92}, tile.caption, style);
  }
}

void DrawDivergingScale(Canvas* canvas, const Rect& area, double range) {
  constexpr int kSteps = 101;
  constexpr double kBar = 28;
  std::vector<Colour> colours;
  for (int i = 0; i < kSteps; ++i) colours.push_back(Diverging(1 - 2.0 * i / (kSteps - 1)));
  const Rect bar = {area.left, area.top, kBar, area.height};
  canvas->Pixels(bar, 1, kSteps, colours);
  canvas->Outline(bar, {kMuted, 1});
  for (const double share : {1.0, 0.0, -1.0}) {
    const double y = bar.centre().y - share * bar.height / 2;
    TextStyle style = {24, kInk};
    style.vertical = share > 0 ? Align::kStart : share < 0 ? Align::kEnd : Align::kMiddle;
    canvas->Text({bar.right() + 12, y}, ShortNumberLabel(share * range), style);
  }
}

std::vector<Colour> DataColours(const float* values, int pixels, int channels, double low,
                                double high) {
  std::vector<Colour> colours;
  colours.reserve(static_cast<size_t>(pixels));
  const double range = high > low ? high - low : 1;
  for (int i = 0; i < pixels; ++i) {
    const float* pixel = values + static_cast<ptrdiff_t>(i) * channels;
    if (channels < 3) {
      colours.push_back(Grey((pixel[0] - low) / range));
    } else {
      colours.push_back({std::clamp((pixel[0] - low) / range, 0.0, 1.0),
                         std::clamp((pixel[1] - low) / range, 0.0, 1.0),
                         std::clamp((pixel[2] - low) / range, 0.0, 1.0)});
    }
  }
  return colours;
}

std::vector<Colour> WeightColours(const float* values, int pixels, int channels, double range) {
  std::vector<Colour> colours;
  colours.reserve(static_cast<size_t>(pixels));
  for (int i = 0; i < pixels; ++i) {
    double sum = 0;
    for (int c = 0; c < channels; ++c) sum += values[static_cast<ptrdiff_t>(i) * channels + c];
    colours.push_back(Diverging(range > 0 ? sum / channels / range : 0));
  }
  return colours;
}

}  // namespace percept::picture
