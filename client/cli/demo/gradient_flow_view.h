#ifndef PERCEPT_CLIENT_CLI_DEMO_GRADIENT_FLOW_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_GRADIENT_FLOW_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

// The norm of each layer's weight gradient on a logarithmic axis, which norms of 0 have no place
// on, and in numbers.
std::string RenderGradientFlow(const v1::GradientFlowResponse& response, const Page& page);
picture::Canvas DrawGradientFlow(const v1::GradientFlowResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_GRADIENT_FLOW_VIEW_H_
