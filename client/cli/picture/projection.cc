#include "client/cli/picture/projection.h"

#include <algorithm>
#include <cmath>

namespace percept::picture {
namespace {

constexpr double kDegree = M_PI / 180;
constexpr double kText = 22;

// Which of the eight corners of the box: bit i is the end on axis i.
constexpr int kCorners = 8;

}  // namespace

Projection::Projection(Canvas* canvas, const Rect& area, const std::array<Scale, 3>& scales,
                       double azimuth, double elevation)
    : canvas_(canvas),
      scales_(scales),
      cos_azimuth_(std::cos(azimuth * kDegree)),
      sin_azimuth_(std::sin(azimuth * kDegree)),
      cos_elevation_(std::cos(elevation * kDegree)),
      sin_elevation_(std::sin(elevation * kDegree)) {
  double width = 0;
  double height = 0;
  for (int i = 0; i < kCorners; ++i) {
    const Vector3 turned = Turned(Corner(i));
    width = std::max(width, 2 * std::abs(turned[0]));
    height = std::max(height, 2 * std::abs(turned[1]));
  }
  const Rect inside = Inset(area, 110, 80);  // Ticks and names lie around the box.
  centre_ = area.centre();
  unit_ = std::min(inside.width / width, inside.height / height);
}

Vector3 Projection::Corner(int index) const {
  Vector3 corner;
  for (int axis = 0; axis < 3; ++axis) {
    const auto a = static_cast<size_t>(axis);
    corner[a] = (index >> axis & 1) != 0 ? scales_[a].max : scales_[a].min;
  }
  return corner;
}

Vector3 Projection::Turned(const Vector3& position) const {
  const double x = scales_[0].Share(position[0]) - 0.5;
  const double y = scales_[1].Share(position[1]) - 0.5;
  const double z = scales_[2].Share(position[2]) - 0.5;
  // The eye looks along the turned first axis.
  const double towards = x * cos_azimuth_ + y * sin_azimuth_;
  const double right = -x * sin_azimuth_ + y * cos_azimuth_;
  return {right, z * cos_elevation_ - towards * sin_elevation_,
          towards * cos_elevation_ + z * sin_elevation_};
}

Point Projection::At(const Vector3& position) const {
  const Vector3 turned = Turned(position);
  return {centre_.x + turned[0] * unit_, centre_.y - turned[1] * unit_};
}

double Projection::Depth(const Vector3& position) const { return Turned(position)[2]; }

// The side on which `axis` is at the end that is farther away, with its grid.
void Projection::DrawSide(int axis) {
  const auto a = static_cast<size_t>(axis);
  const Vector3 low = Corner(0);
  const Vector3 high = Corner(1 << axis);
  const double end = Depth(low) < Depth(high) ? scales_[a].min : scales_[a].max;
  const size_t u = (a + 1) % 3;
  const size_t v = (a + 2) % 3;
  const auto at = [&](double on_u, double on_v) {
    Vector3 position;
    position[a] = end;
    position[u] = on_u;
    position[v] = on_v;
    return At(position);
  };
  const Point corners[] = {at(scales_[u].min, scales_[v].min), at(scales_[u].max, scales_[v].min),
                           at(scales_[u].max, scales_[v].max), at(scales_[u].min, scales_[v].max)};
  canvas_->Polygon(corners, {0.97, 0.97, 0.98});
  for (const Tick& tick : Ticks(scales_[u], 5)) {
    canvas_->Line({{at(tick.value, scales_[v].min), at(tick.value, scales_[v].max)}}, {kFaint, 1});
  }
  for (const Tick& tick : Ticks(scales_[v], 5)) {
    canvas_->Line({{at(scales_[u].min, tick.value), at(scales_[u].max, tick.value)}}, {kFaint, 1});
  }
  const Point around[] = {corners[0], corners[1], corners[2], corners[3], corners[0]};
  canvas_->Line(around, {kMuted, 1.5});
}

// Numbers and name along the edge of the box that lies on its outline and nowhere over the sides:
// of the four parallel edges the lowest, or for the upright axis the one furthest to the left.
void Projection::DrawAxisLabels(int axis, const std::string& name) {
  const auto a = static_cast<size_t>(axis);
  int chosen = 0;
  double best = -1e9;
  for (int i = 0; i < kCorners; ++i) {
    if ((i >> axis & 1) != 0) continue;
    const Point low = At(Corner(i));
    const Point high = At(Corner(i | 1 << axis));
    const double merit = axis == 2 ? -(low.x + high.x) : low.y + high.y;
    if (merit > best) {
      best = merit;
      chosen = i;
    }
  }
  // Labels stand off from the edge, away from the middle of the box.
  const Point low = At(Corner(chosen));
  const Point high = At(Corner(chosen | 1 << axis));
  const Point middle = {(low.x + high.x) / 2, (low.y + high.y) / 2};
  const double length = std::max(1.0, std::hypot(middle.x - centre_.x, middle.y - centre_.y));
  const Point away = {(middle.x - centre_.x) / length, (middle.y - centre_.y) / length};
  TextStyle style = {kText, kMuted};
  style.horizontal = Align::kMiddle;
  for (const Tick& tick : Ticks(scales_[a], 5)) {
    // At the corners of the floor the numbers of two axes would meet.
    const double share = scales_[a].Share(tick.value);
    if (axis < 2 && (share < 0.05 || share > 0.95)) continue;
    Vector3 position = Corner(chosen);
    position[a] = tick.value;
    const Point at = At(position);
    canvas_->Line({{at, {at.x + away.x * 8, at.y + away.y * 8}}}, {kMuted, 1.5});
    canvas_->Text({at.x + away.x * 34, at.y + away.y * 26}, tick.label, style);
  }
  style.colour = kInk;
  style.size = 24;
  canvas_->Text({middle.x + away.x * 84, middle.y + away.y * 62}, name, style);
}

void Projection::DrawBox(const std::array<std::string, 3>& names) {
  for (int axis = 0; axis < 3; ++axis) DrawSide(axis);
  for (int axis = 0; axis < 3; ++axis) DrawAxisLabels(axis, names[static_cast<size_t>(axis)]);
}

std::vector<Vector3> Projection::Section(const Plane3& plane) const {
  const auto value = [&plane](const Vector3& p) {
    return plane.normal[0] * p[0] + plane.normal[1] * p[1] + plane.normal[2] * p[2] + plane.offset;
  };
  std::vector<Vector3> section;
  for (int i = 0; i < kCorners; ++i) {
    for (int axis = 0; axis < 3; ++axis) {
      if ((i >> axis & 1) != 0) continue;
      const Vector3 low = Corner(i);
      const Vector3 high = Corner(i | 1 << axis);
      const double at_low = value(low);
      const double at_high = value(high);
      if ((at_low < 0) == (at_high < 0)) continue;
      const double share = at_low / (at_low - at_high);
      Vector3 crossing = low;
      const auto a = static_cast<size_t>(axis);
      crossing[a] += (high[a] - low[a]) * share;
      section.push_back(crossing);
    }
  }
  if (section.size() < 3) return {};
  // In order around their middle, as they are seen.
  Point middle;
  for (const Vector3& corner : section) {
    middle.x += At(corner).x / static_cast<double>(section.size());
    middle.y += At(corner).y / static_cast<double>(section.size());
  }
  std::sort(section.begin(), section.end(), [&](const Vector3& first, const Vector3& second) {
    const Point one = At(first);
    const Point other = At(second);
    return std::atan2(one.y - middle.y, one.x - middle.x) <
           std::atan2(other.y - middle.y, other.x - middle.x);
  });
  return section;
}

void Projection::DrawPlane(const Plane3& plane, Colour fill, const Stroke& edge) {
  std::vector<Point> corners;
  for (const Vector3& corner : Section(plane)) corners.push_back(At(corner));
  if (corners.empty()) return;
  canvas_->Polygon(corners, fill);
  corners.push_back(corners.front());
  canvas_->Line(corners, edge);
}

}  // namespace percept::picture
