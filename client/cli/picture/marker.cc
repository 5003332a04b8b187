#include "client/cli/picture/marker.h"

#include <cmath>
#include <cstdlib>
#include <vector>

namespace percept::picture {
namespace {

constexpr int kMarkers = 10;

// A regular polygon whose first corner is at `angle`; with `inner` below 1 a star.
std::vector<Point> Corners(Point at, double radius, int count, double angle, double inner = 1) {
  std::vector<Point> corners;
  const int points = inner < 1 ? 2 * count : count;
  for (int i = 0; i < points; ++i) {
    const double reach = inner < 1 && i % 2 == 1 ? radius * inner : radius;
    const double turn = angle + 2 * M_PI * i / points;
    corners.push_back({at.x + reach * std::cos(turn), at.y + reach * std::sin(turn)});
  }
  return corners;
}

// Two crossing strokes, the first at `angle`.
void DrawCross(Canvas* canvas, Point at, double radius, double angle, Colour colour) {
  for (const double turn : {angle, angle + M_PI / 2}) {
    const double x = radius * std::cos(turn);
    const double y = radius * std::sin(turn);
    const Point ends[] = {{at.x - x, at.y - y}, {at.x + x, at.y + y}};
    canvas->Line(ends, {colour, radius * 0.5});
  }
}

}  // namespace

void DrawMarker(Canvas* canvas, Point at, double size, int label, Colour colour) {
  constexpr double kUp = -M_PI / 2;
  const double radius = size / 2;
  switch (std::abs(label) % kMarkers) {
    case 0:
      return DrawCross(canvas, at, radius, 0, colour);
    case 1:
      return canvas->Disc(at, radius * 0.8, colour);
    case 2:
      return canvas->Polygon(Corners(at, radius * 1.2, 5, kUp, 0.45), colour);
    case 3:
      return canvas->Polygon(Corners(at, radius * 1.1, 3, kUp), colour);
    case 4:
      return canvas->Polygon(Corners(at, radius * 1.1, 4, M_PI / 4), colour);
    case 5:
      return canvas->Polygon(Corners(at, radius * 1.15, 4, kUp), colour);
    case 6:
      return DrawCross(canvas, at, radius, M_PI / 4, colour);
    case 7:
      return canvas->Polygon(Corners(at, radius * 1.1, 3, -kUp), colour);
    case 8:
      return canvas->Ring(at, radius * 0.75, {colour, radius * 0.4});
    default:
      return canvas->Polygon(Corners(at, radius, 6, 0), colour);
  }
}

void DrawMarker(Canvas* canvas, Point at, double size, int label) {
  DrawMarker(canvas, at, size, label, ClassColour(label));
}

}  // namespace percept::picture
