#ifndef PERCEPT_CLIENT_CLI_PICTURE_CANVAS_H_
#define PERCEPT_CLIENT_CLI_PICTURE_CANVAS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "client/cli/picture/colour.h"

namespace percept::picture {

// Pixels to the right and down.
struct Point {
  double x = 0;
  double y = 0;
};

struct Rect {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;

  double right() const { return left + width; }
  double bottom() const { return top + height; }
  Point centre() const { return {left + width / 2, top + height / 2}; }
};

// `rect` made smaller by that much on each side.
Rect Inset(const Rect& rect, double horizontal, double vertical);
// `count` equal parts side by side, `gap` between them.
std::vector<Rect> Columns(const Rect& rect, int count, double gap);
// The largest part of `rect` with this proportion of width to height, in its middle.
Rect Fitted(const Rect& rect, double proportion);

struct Stroke {
  Colour colour = kInk;
  double width = 2;
  bool dashed = false;
};

enum class Align { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 24;  // Of the font, in pixels.
  Colour colour = kInk;
  bool bold = false;
  Align horizontal = Align::kStart;  // Which part of the text stands at the given point.
  Align vertical = Align::kMiddle;   // kStart: its top.
  bool upwards = false;              // Turned a quarter to the left, about the given point.
};

// A picture being drawn, anti-aliased, on paper. Coordinates are pixels from the top left corner.
// Drawing the same gives the same pixels, on a machine with the same fonts. Not thread-safe.
class Canvas {
 public:
  static constexpr int kWidth = 1600;
  static constexpr int kHeight = 900;

  // Both sides in [1, 16384].
  explicit Canvas(int width = kWidth, int height = kHeight);
  ~Canvas();
  Canvas(Canvas&&) noexcept;
  Canvas& operator=(Canvas&&) = delete;

  double width() const;
  double height() const;

  void Fill(const Rect& rect, Colour colour);
  void Outline(const Rect& rect, const Stroke& stroke);
  // A line through the points; those that are not finite leave a gap.
  void Line(absl::Span<const Point> points, const Stroke& stroke);
  void Polygon(absl::Span<const Point> points, Colour fill);
  void Disc(Point centre, double radius, Colour fill);
  void Ring(Point centre, double radius, const Stroke& stroke);
  // A line with a head at `to`.
  void Arrow(Point from, Point to, const Stroke& stroke);

  // One line of text, as Typeset has it.
  void Text(Point at, absl::string_view text, const TextStyle& style);
  double TextWidth(absl::string_view text, const TextStyle& style) const;

  // A grid of `columns` * `rows` cells that fills `rect`, row by row from the top, with hard edges
  // between the cells. Precondition: as many colours as cells.
  void Pixels(const Rect& rect, int columns, int rows, absl::Span<const Colour> colours);

  // Runs `draw`; of what it draws only what lies in `rect` is seen.
  template <typename Draw>
  void Clipped(const Rect& rect, Draw draw) {
    BeginClip(rect);
    draw();
    EndClip();
  }

  // The colour of a pixel. Precondition: it lies in the picture.
  Colour At(int x, int y) const;

  // The picture as a PNG file. ResourceExhausted when memory for it ran out.
  absl::StatusOr<std::string> EncodePng() const;

 private:
  struct Surface;

  void BeginClip(const Rect& rect);
  void EndClip();

  std::unique_ptr<Surface> surface_;
};

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_CANVAS_H_
