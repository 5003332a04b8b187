#ifndef PERCEPT_CLIENT_CLI_PLANE_H_
#define PERCEPT_CLIENT_CLI_PLANE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"

#include "client/cli/page.h"
#include "client/cli/picture/axes.h"
#include "client/cli/picture/scale.h"
#include "client/cli/read_points.h"

namespace percept::cli {

// What plots of two inputs with classes have in common.

// The extent of two inputs.
struct Plane {
  picture::Scale x;
  picture::Scale y;
};

// The extent of the points, with a margin; one about zero where there are none.
Plane PlaneOf(const Points& points, int x_input, int y_input);

// Fills a picture's axes with the tints of the classes that `label_at` gives for the middles of
// `cells` * `cells` cells.
void FillRegions(picture::Axes* axes, int cells,
                 absl::FunctionRef<int(double x, double y)> label_at);

// Says which signs and which region characters stand for which classes, in lines that fit the page,
// each ended.
std::string RegionLegend(const std::vector<int>& labels, const Page& page);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PLANE_H_
