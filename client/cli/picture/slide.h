#ifndef PERCEPT_CLIENT_CLI_PICTURE_SLIDE_H_
#define PERCEPT_CLIENT_CLI_PICTURE_SLIDE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "client/cli/picture/canvas.h"

namespace percept::picture {

// Draws a slide's title and, muted beneath it, what it is about; returns the part of the canvas
// that is left, with margins. Text that is too long for the canvas is made smaller.
Rect DrawHeading(Canvas* canvas, absl::string_view title, absl::string_view subtitle);

// One line of a legend: a class's marker, or else a piece of the line it explains.
struct LegendEntry {
  std::string text;
  Colour colour;
  std::optional<int> marker;
  bool dashed = false;
};

inline constexpr double kLegendLine = 38;  // Height of an entry.

// Entries below each other from the top left of `area`; returns the width they take. Those that the
// height has no room for are counted in a last line.
double DrawLegend(Canvas* canvas, const Rect& area, const std::vector<LegendEntry>& entries);
// The width that DrawLegend takes.
double LegendWidth(const Canvas& canvas, const std::vector<LegendEntry>& entries);
// Entries side by side, about the middle of the area's top line.
void DrawLegendRow(Canvas* canvas, const Rect& area, const std::vector<LegendEntry>& entries);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_SLIDE_H_
