#ifndef PERCEPT_CLIENT_CLI_INSPECT_SEARCH_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_SEARCH_VIEW_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/dataset.pb.h"

namespace percept::cli {

// What the views of explore and attack have in common: two classes' probabilities over the steps,
// and a picture that changed.

// The course of one class's probability.
struct ClassCourse {
  int label = 0;
  std::vector<double> probabilities;  // By step.
};

// A sparkline for each class, with its first and last value.
std::string RenderCourses(const std::vector<ClassCourse>& courses, const Page& page);

// A line for each class over the steps, on axes of their own; `marked_step` is marked unless
// negative.
void DrawCourses(picture::Canvas* canvas, const picture::Rect& area,
                 const std::vector<ClassCourse>& courses, int marked_step);

// A picture before and after, and what changed, all of `shape`.
struct Alteration {
  v1::ImageShape shape;
  absl::Span<const float> original;
  std::vector<float> altered;
  std::vector<float> difference;
  std::string original_caption;
  std::string altered_caption;
};

// Range of the scale of differences.
inline constexpr double kDifferenceRange = 0.3;

std::string RenderAlteration(const Alteration& alteration, const Page& page);
// The three pictures side by side, with the scale of the difference.
void DrawAlteration(picture::Canvas* canvas, const picture::Rect& area,
                    const Alteration& alteration);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_SEARCH_VIEW_H_
