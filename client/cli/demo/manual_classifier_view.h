#ifndef PERCEPT_CLIENT_CLI_DEMO_MANUAL_CLASSIFIER_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_MANUAL_CLASSIFIER_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "client/cli/read_points.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

// A line set by hand among the points it is to part, and how well it does. The points that are
// wrong are ringed in the picture.
std::string RenderManualClassifier(const v1::ManualClassifierRequest& request,
                                   const v1::ManualClassifierResponse& response,
                                   const Points& points, const Page& page);
picture::Canvas DrawManualClassifier(const v1::ManualClassifierRequest& request,
                                     const v1::ManualClassifierResponse& response,
                                     const Points& points);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_MANUAL_CLASSIFIER_VIEW_H_
