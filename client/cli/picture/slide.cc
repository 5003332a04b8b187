#include "client/cli/picture/slide.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "client/cli/picture/marker.h"

namespace percept::picture {
namespace {

constexpr double kMargin = 40;
constexpr double kTitleText = 40;
constexpr double kSubtitleText = 26;
constexpr TextStyle kLegendText = {24, kInk};
constexpr double kSign = 34;     // Width of a marker or a piece of line.
constexpr double kSignGap = 12;  // Between it and its text.

// Draws a line of text of at most `width`, made smaller where it has to be.
void DrawFitted(Canvas* canvas, Point at, absl::string_view text, TextStyle style, double width) {
  const double natural = canvas->TextWidth(text, style);
  if (natural > width) style.size *= width / natural;
  canvas->Text(at, text, style);
}

void DrawEntry(Canvas* canvas, Point at, const LegendEntry& entry) {
  const double middle = at.y + kLegendLine / 2;
  if (entry.marker) {
    DrawMarker(canvas, {at.x + kSign / 2, middle}, 22, *entry.marker, entry.colour);
  } else {
    const Point ends[] = {{at.x, middle}, {at.x + kSign, middle}};
    canvas->Line(ends, {entry.colour, 5, entry.dashed});
  }
  canvas->Text({at.x + kSign + kSignGap, middle}, entry.text, kLegendText);
}

double EntryWidth(const Canvas& canvas, const LegendEntry& entry) {
  return kSign + kSignGap + canvas.TextWidth(entry.text, kLegendText);
}

}  // namespace

Rect DrawHeading(Canvas* canvas, absl::string_view title, absl::string_view subtitle) {
  const double width = canvas->width() - 2 * kMargin;
  DrawFitted(canvas, {kMargin, 48}, title, {kTitleText, kInk, /*bold=*/true}, width);
  double top = 92;
  if (!subtitle.empty()) {
    DrawFitted(canvas, {kMargin, 98}, subtitle, {kSubtitleText, kMuted}, width);
    top = 136;
  }
  return {kMargin, top, width, canvas->height() - top - kMargin * 0.8};
}

double DrawLegend(Canvas* canvas, const Rect& area, const std::vector<LegendEntry>& entries) {
  const auto room = static_cast<size_t>(std::max(1.0, area.height / kLegendLine));
  const size_t shown = entries.size() <= room ? entries.size() : room - 1;
  Point at = {area.left, area.top};
  for (size_t i = 0; i < shown; ++i) {
    DrawEntry(canvas, at, entries[i]);
    at.y += kLegendLine;
  }
  if (shown < entries.size()) {
    canvas->Text({at.x, at.y + kLegendLine / 2},
                 absl::StrCat("and ", entries.size() - shown, " more"), {24, kMuted});
  }
  return LegendWidth(*canvas, entries);
}

double LegendWidth(const Canvas& canvas, const std::vector<LegendEntry>& entries) {
  double width = 0;
  for (const LegendEntry& entry : entries) width = std::max(width, EntryWidth(canvas, entry));
  return width;
}

void DrawLegendRow(Canvas* canvas, const Rect& area, const std::vector<LegendEntry>& entries) {
  constexpr double kBetween = 40;
  double width = -kBetween;
  for (const LegendEntry& entry : entries) width += EntryWidth(*canvas, entry) + kBetween;
  Point at = {area.left + std::max(0.0, (area.width - width) / 2), area.top};
  for (const LegendEntry& entry : entries) {
    DrawEntry(canvas, at, entry);
    at.x += EntryWidth(*canvas, entry) + kBetween;
  }
}

}  // namespace percept::picture
