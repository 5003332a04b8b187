#include "client/cli/picture/axes.h"

#include <algorithm>
#include <cmath>

#include "client/cli/picture/marker.h"

namespace percept::picture {
namespace {

constexpr double kTickText = 22;
constexpr double kTitleText = 24;
constexpr double kHeadingText = 26;
constexpr double kTickLength = 8;
constexpr double kGap = 8;
constexpr Stroke kFrame = {kMuted, 2};
constexpr Stroke kGrid = {kFaint, 1};

// How many ticks there is room for.
int MostTicks(double length, double each) {
  return std::clamp(static_cast<int>(length / each), 2, 8);
}

double WidestLabel(const Canvas& canvas, const std::vector<Tick>& ticks) {
  double widest = 0;
  for (const Tick& tick : ticks) {
    widest = std::max(widest, canvas.TextWidth(tick.label, {kTickText}));
  }
  return widest;
}

}  // namespace

Axes::Axes(Canvas* canvas, const AxesSpec& spec) : canvas_(canvas), spec_(spec) {
  const double above = spec.title.empty() ? kTickText / 2 : kHeadingText + 2 * kGap;
  const double below =
      kTickLength + kGap + kTickText + (spec.x_title.empty() ? 0 : kGap + kTitleText);
  const double height = spec.area.height - above - below;
  y_ticks_ = Ticks(spec.y, MostTicks(height, 64));
  const double left = kTickLength + kGap + WidestLabel(*canvas, y_ticks_) +
                      (spec.y_title.empty() ? 0 : kGap + kTitleText);
  // Room for half of the last tick's label.
  const double right = 24;
  plot_ = {spec.area.left + left, spec.area.top + above, spec.area.width - left - right, height};
  x_ticks_ = Ticks(spec.x, MostTicks(plot_.width, 80), spec.has_whole_x);
  DrawTicks();
  DrawTitles();
  Frame();
}

Point Axes::At(double x, double y) const {
  return {plot_.left + plot_.width * spec_.x.Share(x),
          plot_.bottom() - plot_.height * spec_.y.Share(y)};
}

void Axes::DrawTicks() {
  for (const Tick& tick : x_ticks_) {
    const double x = At(tick.value, spec_.y.min).x;
    if (spec_.has_grid) canvas_->Line({{{x, plot_.top}, {x, plot_.bottom()}}}, kGrid);
    canvas_->Line({{{x, plot_.bottom()}, {x, plot_.bottom() + kTickLength}}}, kFrame);
    TextStyle style = {kTickText, kMuted};
    style.horizontal = Align::kMiddle;
    style.vertical = Align::kStart;
    canvas_->Text({x, plot_.bottom() + kTickLength + kGap}, tick.label, style);
  }
  for (const Tick& tick : y_ticks_) {
    const double y = At(spec_.x.min, tick.value).y;
    if (spec_.has_grid) canvas_->Line({{{plot_.left, y}, {plot_.right(), y}}}, kGrid);
    canvas_->Line({{{plot_.left - kTickLength, y}, {plot_.left, y}}}, kFrame);
    TextStyle style = {kTickText, kMuted};
    style.horizontal = Align::kEnd;
    canvas_->Text({plot_.left - kTickLength - kGap, y}, tick.label, style);
  }
}

void Axes::DrawTitles() {
  TextStyle style = {kTitleText, kInk};
  style.horizontal = Align::kMiddle;
  if (!spec_.x_title.empty()) {
    style.vertical = Align::kEnd;
    canvas_->Text({plot_.centre().x, spec_.area.bottom()}, spec_.x_title, style);
  }
  if (!spec_.y_title.empty()) {
    style.vertical = Align::kMiddle;
    style.upwards = true;
    canvas_->Text({spec_.area.left + kTitleText / 2, plot_.centre().y}, spec_.y_title, style);
  }
  if (!spec_.title.empty()) {
    TextStyle heading = {kHeadingText, kInk, /*bold=*/true};
    heading.horizontal = Align::kMiddle;
    heading.vertical = Align::kStart;
    canvas_->Text({plot_.centre().x, spec_.area.top}, spec_.title, heading);
  }
}

void Axes::Frame() { canvas_->Outline(plot_, kFrame); }

void Axes::Line(absl::Span<const double> xs, absl::Span<const double> ys, const Stroke& stroke) {
  std::vector<Point> points;
  for (size_t i = 0; i < std::min(xs.size(), ys.size()); ++i) {
    const Point at = At(xs[i], ys[i]);
    // Far beyond the frame Cairo's coordinates would overflow.
    points.push_back(
        {std::clamp(at.x, -1e5, 1e5), std::isnan(at.y) ? at.y : std::clamp(at.y, -1e5, 1e5)});
  }
  canvas_->Clipped(plot_, [&] { canvas_->Line(points, stroke); });
}

void Axes::Marker(double x, double y, double size, int label) {
  canvas_->Clipped(plot_, [&] { DrawMarker(canvas_, At(x, y), size, label); });
}

void Axes::Ring(double x, double y, double radius, const Stroke& stroke) {
  canvas_->Clipped(plot_, [&] { canvas_->Ring(At(x, y), radius, stroke); });
}

void Axes::Arrow(double x0, double y0, double x1, double y1, const Stroke& stroke) {
  canvas_->Clipped(plot_, [&] { canvas_->Arrow(At(x0, y0), At(x1, y1), stroke); });
}

void Axes::Boundary(double a, double b, double c, const Stroke& stroke) {
  // The ends on the two sides that it crosses more squarely.
  const double across = std::abs(a) * spec_.x.range();
  const double along = std::abs(b) * spec_.y.range();
  if (across == 0 && along == 0) return;
  double x0 = spec_.x.min;
  double x1 = spec_.x.max;
  double y0 = spec_.y.min;
  double y1 = spec_.y.max;
  if (along >= across) {
    y0 = -(a * x0 + c) / b;
    y1 = -(a * x1 + c) / b;
  } else {
    x0 = -(b * y0 + c) / a;
    x1 = -(b * y1 + c) / a;
  }
  Line({x0, x1}, {y0, y1}, stroke);
}

void Axes::Vertical(double x, const Stroke& stroke) {
  Line({x, x}, {spec_.y.min, spec_.y.max}, stroke);
}

void Axes::Horizontal(double y, const Stroke& stroke) {
  Line({spec_.x.min, spec_.x.max}, {y, y}, stroke);
}

void Axes::Bar(double x, double width, double from, double to, Colour colour) {
  const Point low = At(x - width / 2, from);
  const Point high = At(x + width / 2, to);
  canvas_->Clipped(plot_, [&] {
    canvas_->Fill({low.x, high.y, high.x - low.x, low.y - high.y}, colour);
  });
}

void Axes::Cells(int columns, int rows, absl::Span<const Colour> colours) {
  std::vector<Colour> from_top;
  from_top.reserve(colours.size());
  for (int row = rows - 1; row >= 0; --row) {
    const auto line = colours.subspan(static_cast<size_t>(row) * static_cast<size_t>(columns),
                                      static_cast<size_t>(columns));
    from_top.insert(from_top.end(), line.begin(), line.end());
  }
  canvas_->Pixels(plot_, columns, rows, from_top);
  Frame();
}

}  // namespace percept::picture
