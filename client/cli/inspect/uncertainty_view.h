#ifndef PERCEPT_CLIENT_CLI_INSPECT_UNCERTAINTY_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_UNCERTAINTY_VIEW_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/parse.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// What a model makes of a point that slides through the plane of two inputs.
struct Slide {
  std::string job;
  v1::DecisionGridResponse grid;
  std::vector<Point2> points;
  v1::PredictResponse response;  // One prediction for each point.
};

// Internal unless there is a prediction, with a probability for each class, for each point.
// Precondition of both below.
absl::Status CheckSlide(const Slide& slide);

std::string RenderSlide(const Slide& slide, const Page& page);
picture::Canvas DrawSlide(const Slide& slide);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_UNCERTAINTY_VIEW_H_
