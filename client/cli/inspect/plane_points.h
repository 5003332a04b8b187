#ifndef PERCEPT_CLIENT_CLI_INSPECT_PLANE_POINTS_H_
#define PERCEPT_CLIENT_CLI_INSPECT_PLANE_POINTS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "client/cli/parse.h"
#include "client/cli/read_points.h"
#include "client/cli/session.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// Cells along each side of a grid that is drawn as a picture.
inline constexpr int kPictureResolution = 512;

// Points of the data that `job` trains on, to be drawn over `grid`: none unless all of them lie in
// its plane.
absl::StatusOr<Points> ReadPlanePoints(Session& session, const std::string& job, v1::Split split,
                                       const v1::DecisionGridResponse& grid);

// "200 points of the validation split"; empty for none.
std::string PointsName(const Points& points);

// The decisions over the plane in which a model's data vary, in a window that holds the data and
// further positions in it. `positions` says these, once an answer has told the inputs on the axes.
// The server's errors, InvalidArgument where more than two inputs vary.
absl::StatusOr<v1::DecisionGridResponse> GridHolding(
    Session& session, const std::string& snapshot,
    absl::FunctionRef<std::vector<Point2>(const v1::DecisionGridResponse&)> positions);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_PLANE_POINTS_H_
