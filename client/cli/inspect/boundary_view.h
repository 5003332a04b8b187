#ifndef PERCEPT_CLIENT_CLI_INSPECT_BOUNDARY_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_BOUNDARY_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "client/cli/read_points.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// A model's decisions over two inputs, with points in them. Precondition: CheckGrid.
struct Boundary {
  std::string job;
  v1::DecisionGridResponse grid;
  Points points;              // May be empty.
  std::string points_name;    // What they are, such as "200 points of the validation split".
  bool rings_points = false;  // Whether they are what matters, as a batch is.
};

std::string RenderBoundary(const Boundary& boundary, const Page& page);
picture::Canvas DrawBoundary(const Boundary& boundary, const std::string& title);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_BOUNDARY_VIEW_H_
