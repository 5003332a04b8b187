#ifndef PERCEPT_CLIENT_CLI_INSPECT_DECISION_REGIONS_H_
#define PERCEPT_CLIENT_CLI_INSPECT_DECISION_REGIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "client/cli/cell_plot.h"
#include "client/cli/page.h"
#include "client/cli/picture/axes.h"
#include "client/cli/plane.h"
#include "client/cli/read_points.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// What a model decides over two of its inputs, as other views draw it below their own.

// Internal unless the cells are as many as the answer says, in a range that can be drawn.
absl::Status CheckGrid(const v1::DecisionGridResponse& grid);

// The extent of the grid. Precondition of all below: CheckGrid.
Plane PlaneOfGrid(const v1::DecisionGridResponse& grid);

// The class predicted in the cell that a position lies in, or in the nearest.
int LabelAt(const v1::DecisionGridResponse& grid, double x, double y);

// Fills axes that cover the grid: each cell in its class's colour, stronger where the model is
// surer.
void FillGrid(picture::Axes* axes, const v1::DecisionGridResponse& grid);

// The line of each class, in its colour; the perceptron's only one in ink.
void DrawBoundaryLines(picture::Axes* axes, const v1::DecisionGridResponse& grid);

// The names of the axes, "x0" and "x1".
std::string InputName(int input);

// The classes, for a legend.
std::vector<int> Labels(const v1::DecisionGridResponse& grid);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_DECISION_REGIONS_H_
