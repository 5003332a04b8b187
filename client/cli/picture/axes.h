#ifndef PERCEPT_CLIENT_CLI_PICTURE_AXES_H_
#define PERCEPT_CLIENT_CLI_PICTURE_AXES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

#include "client/cli/picture/canvas.h"
#include "client/cli/picture/scale.h"

namespace percept::picture {

struct AxesSpec {
  Rect area;  // All of it, ticks and titles included.
  Scale x;
  Scale y;
  std::string title;
  std::string x_title;
  std::string y_title;
  bool has_grid = true;
  bool has_whole_x = false;  // Whether x counts something.
};

// A frame with ticks, and what is drawn in it by the numbers on its axes. Must not outlive its
// canvas.
class Axes {
 public:
  // Draws the frame, the grid, the ticks and the titles.
  Axes(Canvas* canvas, const AxesSpec& spec);

  // The frame's inside.
  const Rect& plot() const { return plot_; }
  const Scale& x() const { return spec_.x; }
  const Scale& y() const { return spec_.y; }
  // Where a pair of numbers lies.
  Point At(double x, double y) const;

  // What follows is cut off at the frame.

  // A line through (xs[i], ys[i]); as many of both.
  void Line(absl::Span<const double> xs, absl::Span<const double> ys, const Stroke& stroke);
  // The sign of a class.
  void Marker(double x, double y, double size, int label);
  // A ring about a point of interest.
  void Ring(double x, double y, double radius, const Stroke& stroke);
  void Arrow(double x0, double y0, double x1, double y1, const Stroke& stroke);
  // The line a*x + b*y + c = 0, on linear scales; nothing where it misses the frame.
  void Boundary(double a, double b, double c, const Stroke& stroke);
  // Lines across the whole frame.
  void Vertical(double x, const Stroke& stroke);
  void Horizontal(double y, const Stroke& stroke);
  // A bar from `from` to `to` on the y axis, `width` wide on the x axis, about `x`.
  void Bar(double x, double width, double from, double to, Colour colour);
  // Cells that fill the frame, row by row from the lowest y up.
  void Cells(int columns, int rows, absl::Span<const Colour> colours);

  // Draws the frame again, over what covered it.
  void Frame();

 private:
  void DrawTicks();
  void DrawTitles();

  Canvas* const canvas_;
  const AxesSpec spec_;
  std::vector<Tick> x_ticks_;
  std::vector<Tick> y_ticks_;
  Rect plot_;
};

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_AXES_H_
