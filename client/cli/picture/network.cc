#include "client/cli/picture/network.h"

#include <algorithm>

namespace percept::picture {
namespace {

constexpr int kMostCircles = 9;
constexpr double kText = 26;

void DrawLine(Canvas* canvas, Point at, const std::string& text, TextStyle style, double width) {
  style.horizontal = Align::kMiddle;
  const double natural = canvas->TextWidth(text, style);
  if (natural > width) style.size *= width / natural;
  canvas->Text(at, text, style);
}

// The circles of one rectangle; where units are left out, three small dots stand for them.
void DrawUnits(Canvas* canvas, const Rect& box, int units, double pitch, Colour colour) {
  const bool all = units <= kMostCircles;
  const int places = all ? units : kMostCircles;
  const double top = box.centre().y - pitch * (places - 1) / 2;
  for (int i = 0; i < places; ++i) {
    const Point at = {box.centre().x, top + i * pitch};
    if (!all && i == kMostCircles - 2) {
      for (const double offset : {-0.22, 0.0, 0.22}) {
        canvas->Disc({at.x, at.y + offset * pitch}, pitch * 0.06, kMuted);
      }
      continue;
    }
    canvas->Disc(at, pitch * 0.36, WithOpacity(colour, kRegionOpacity));
    canvas->Ring(at, pitch * 0.36, {colour, 3});
  }
}

}  // namespace

void DrawNetwork(Canvas* canvas, const Rect& area, const std::vector<NetworkLayer>& layers) {
  const int count = static_cast<int>(layers.size());
  const double step = area.width / count;
  const double box_width = std::min(step * 0.4, 110.0);
  const Rect boxes = {area.left, area.top + 50, area.width, area.height - 50 - 90};
  int most = 1;
  for (const NetworkLayer& layer : layers) {
    most = std::max(most, std::min(layer.units, kMostCircles));
  }
  const double pitch = std::min(boxes.height / (most + 0.4), box_width * 0.95);
  for (int i = 0; i < count; ++i) {
    const NetworkLayer& layer = layers[static_cast<size_t>(i)];
    const double height = pitch * (std::min(layer.units, kMostCircles) + 0.3);
    // Left of the middle of its part: the arrow takes the rest.
    const double middle = area.left + step * (i + 0.44);
    const Rect box = {middle - box_width / 2, boxes.centre().y - height / 2, box_width, height};
    canvas->Fill(box, {0.97, 0.97, 0.98});
    canvas->Outline(box, {kMuted, 2});
    DrawUnits(canvas, box, layer.units, pitch, i == 0 ? kMuted : ClassColour(0));
    const double room = step * 0.86;
    DrawLine(canvas, {middle, box.top - 26}, layer.above, {kText, kInk, /*bold=*/true}, room);
    DrawLine(canvas, {middle, box.bottom() + 28}, layer.name, {kText, kInk}, room);
    DrawLine(canvas, {middle, box.bottom() + 64}, layer.below, {24, kMuted}, room);
    const Point from = {box.right() + 12, boxes.centre().y};
    const bool is_last = i == count - 1;
    const Point to = {is_last ? area.right() : middle + step - box_width / 2 - 12, from.y};
    canvas->Arrow(from, to, {kInk, 3});
    DrawLine(canvas, {(from.x + to.x) / 2, from.y - 26}, layer.arrow, {24, kInk},
             to.x - from.x - 8);
  }
}

}  // namespace percept::picture
