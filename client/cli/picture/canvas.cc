#include "client/cli/picture/canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <cairo/cairo.h>

#include "client/cli/picture/typeset.h"

namespace percept::picture {
namespace {

constexpr char kFont[] = "DejaVu Sans";

cairo_status_t AppendTo(void* png, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(png)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

uint32_t Packed(Colour colour) {
  const auto part = [](double value) {
    return static_cast<uint32_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
  };
  return 0xFF000000u | part(colour.red) << 16 | part(colour.green) << 8 | part(colour.blue);
}

bool IsFinite(Point point) { return std::isfinite(point.x) && std::isfinite(point.y); }

}  // namespace

struct Canvas::Surface {
  Surface(int width_pixels, int height_pixels)
      : width(width_pixels),
        height(height_pixels),
        image(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
        pen(cairo_create(image)) {
    // Letters of the same shape wherever they stand and whatever the desktop's settings are.
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(pen, options);
    cairo_font_options_destroy(options);
    cairo_set_line_cap(pen, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(pen, CAIRO_LINE_JOIN_ROUND);
  }
  ~Surface() {
    cairo_destroy(pen);
    cairo_surface_destroy(image);
  }
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;

  void Use(Colour colour) {
    cairo_set_source_rgba(pen, colour.red, colour.green, colour.blue, colour.opacity);
  }

  void Apply(const Stroke& stroke) {
    Use(stroke.colour);
    cairo_set_line_width(pen, stroke.width);
    const double dashes[] = {stroke.width * 3, stroke.width * 3};
    cairo_set_dash(pen, dashes, stroke.dashed ? 2 : 0, 0);
    cairo_stroke(pen);
  }

  void Choose(const TextStyle& style) {
    cairo_select_font_face(pen, kFont, CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(pen, style.size);
  }

  const int width;
  const int height;
  cairo_surface_t* const image;
  cairo_t* const pen;
};

Rect Inset(const Rect& rect, double horizontal, double vertical) {
  return {rect.left + horizontal, rect.top + vertical, rect.width - 2 * horizontal,
          rect.height - 2 * vertical};
}

std::vector<Rect> Columns(const Rect& rect, int count, double gap) {
  const double width = (rect.width - gap * (count - 1)) / count;
  std::vector<Rect> columns;
  for (int i = 0; i < count; ++i) {
    columns.push_back({rect.left + i * (width + gap), rect.top, width, rect.height});
  }
  return columns;
}

Rect Fitted(const Rect& rect, double proportion) {
  const double width = std::min(rect.width, rect.height * proportion);
  const double height = width / proportion;
  return {rect.left + (rect.width - width) / 2, rect.top + (rect.height - height) / 2, width,
          height};
}

Canvas::Canvas(int width, int height) : surface_(std::make_unique<Surface>(width, height)) {
  Fill({0, 0, this->width(), this->height()}, kPaper);
}
Canvas::~Canvas() = default;
Canvas::Canvas(Canvas&&) noexcept = default;

double Canvas::width() const { return surface_->width; }
double Canvas::height() const { return surface_->height; }

void Canvas::Fill(const Rect& rect, Colour colour) {
  surface_->Use(colour);
  cairo_rectangle(surface_->pen, rect.left, rect.top, rect.width, rect.height);
  cairo_fill(surface_->pen);
}

void Canvas::Outline(const Rect& rect, const Stroke& stroke) {
  cairo_rectangle(surface_->pen, rect.left, rect.top, rect.width, rect.height);
  surface_->Apply(stroke);
}

void Canvas::Line(absl::Span<const Point> points, const Stroke& stroke) {
  bool begun = false;
  for (const Point& point : points) {
    if (!IsFinite(point)) {
      begun = false;
    } else if (begun) {
      cairo_line_to(surface_->pen, point.x, point.y);
    } else {
      cairo_move_to(surface_->pen, point.x, point.y);
      begun = true;
    }
  }
  surface_->Apply(stroke);
}

void Canvas::Polygon(absl::Span<const Point> points, Colour fill) {
  for (const Point& point : points) cairo_line_to(surface_->pen, point.x, point.y);
  surface_->Use(fill);
  cairo_close_path(surface_->pen);
  cairo_fill(surface_->pen);
}

void Canvas::Disc(Point centre, double radius, Colour fill) {
  cairo_arc(surface_->pen, centre.x, centre.y, radius, 0, 2 * M_PI);
  surface_->Use(fill);
  cairo_fill(surface_->pen);
}

void Canvas::Ring(Point centre, double radius, const Stroke& stroke) {
  cairo_new_sub_path(surface_->pen);
  cairo_arc(surface_->pen, centre.x, centre.y, radius, 0, 2 * M_PI);
  surface_->Apply(stroke);
}

void Canvas::Arrow(Point from, Point to, const Stroke& stroke) {
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  if (!(length > 0)) return;
  const double head = std::min(6 * stroke.width + 4, length);
  const Point ahead = {(to.x - from.x) / length, (to.y - from.y) / length};
  const Point neck = {to.x - ahead.x * head, to.y - ahead.y * head};
  const double half = head * 0.4;
  const Point shaft[] = {from, neck};
  Line(shaft, stroke);
  const Point tip[] = {to,
                       {neck.x - ahead.y * half, neck.y + ahead.x * half},
                       {neck.x + ahead.y * half, neck.y - ahead.x * half}};
  Polygon(tip, stroke.colour);
}

void Canvas::Text(Point at, absl::string_view text, const TextStyle& style) {
  cairo_t* pen = surface_->pen;
  const std::string line = Typeset(text);
  surface_->Choose(style);
  surface_->Use(style.colour);
  cairo_text_extents_t extents;
  cairo_text_extents(pen, line.c_str(), &extents);
  const double shares[] = {0, 0.5, 1};
  const double x = -extents.x_advance * shares[static_cast<int>(style.horizontal)];
  // Lines of one size stand on one level, whatever their letters: by the capitals, not the extents.
  const double capital = style.size * 0.73;
  const double y = capital * (1 - shares[static_cast<int>(style.vertical)]);
  cairo_save(pen);
  cairo_translate(pen, at.x, at.y);
  if (style.upwards) cairo_rotate(pen, -M_PI / 2);
  cairo_move_to(pen, x, y);
  cairo_show_text(pen, line.c_str());
  cairo_restore(pen);
  cairo_new_path(pen);
}

double Canvas::TextWidth(absl::string_view text, const TextStyle& style) const {
  surface_->Choose(style);
  cairo_text_extents_t extents;
  cairo_text_extents(surface_->pen, Typeset(text).c_str(), &extents);
  return extents.x_advance;
}

void Canvas::Pixels(const Rect& rect, int columns, int rows, absl::Span<const Colour> colours) {
  cairo_surface_t* image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
  unsigned char* data = cairo_image_surface_get_data(image);
  if (data != nullptr) {
    const int stride = cairo_image_surface_get_stride(image);
    for (int row = 0; row < rows; ++row) {
      auto* line = reinterpret_cast<uint32_t*>(data + static_cast<ptrdiff_t>(row) * stride);
      for (int column = 0; column < columns; ++column) {
        line[column] = Packed(colours[static_cast<size_t>(row) * static_cast<size_t>(columns) +
                                      static_cast<size_t>(column)]);
      }
    }
    cairo_surface_mark_dirty(image);
    cairo_t* pen = surface_->pen;
    cairo_save(pen);
    cairo_rectangle(pen, rect.left, rect.top, rect.width, rect.height);
    cairo_clip(pen);
    cairo_translate(pen, rect.left, rect.top);
    cairo_scale(pen, rect.width / columns, rect.height / rows);
    cairo_set_source_surface(pen, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(pen), CAIRO_FILTER_NEAREST);
    // Without it the outermost cells would fade into the paper.
    cairo_pattern_set_extend(cairo_get_source(pen), CAIRO_EXTEND_PAD);
    cairo_paint(pen);
    cairo_restore(pen);
  }
  cairo_surface_destroy(image);
}

void Canvas::BeginClip(const Rect& rect) {
  cairo_save(surface_->pen);
  cairo_rectangle(surface_->pen, rect.left, rect.top, rect.width, rect.height);
  cairo_clip(surface_->pen);
}

void Canvas::EndClip() { cairo_restore(surface_->pen); }

Colour Canvas::At(int x, int y) const {
  cairo_surface_flush(surface_->image);
  const unsigned char* data = cairo_image_surface_get_data(surface_->image);
  const ptrdiff_t stride = cairo_image_surface_get_stride(surface_->image);
  const uint32_t pixel = reinterpret_cast<const uint32_t*>(data + y * stride)[x];
  return {(pixel >> 16 & 0xFF) / 255.0, (pixel >> 8 & 0xFF) / 255.0, (pixel & 0xFF) / 255.0};
}

absl::StatusOr<std::string> Canvas::EncodePng() const {
  std::string png;
  cairo_status_t status = cairo_status(surface_->pen);
  if (status == CAIRO_STATUS_SUCCESS) {
    status = cairo_surface_write_to_png_stream(surface_->image, AppendTo, &png);
  }
  if (status == CAIRO_STATUS_SUCCESS) return png;
  const std::string message =
      absl::StrCat("the picture could not be drawn: ", cairo_status_to_string(status));
  return status == CAIRO_STATUS_NO_MEMORY ? absl::ResourceExhaustedError(message)
                                          : absl::InternalError(message);
}

}  // namespace percept::picture
