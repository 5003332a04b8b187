#ifndef PERCEPT_CLIENT_CLI_DEMO_ACTIVATIONS_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_ACTIVATIONS_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

// Functions and their derivatives: the courses of both, and their values at a few points.
std::string RenderActivations(const v1::CompareActivationsResponse& response, const Page& page);
// The functions on the left, the derivatives on the right.
picture::Canvas DrawActivations(const v1::CompareActivationsResponse& response);

// As people write it: "tanh", "ReLU".
std::string ActivationText(v1::DemoActivation activation);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_ACTIVATIONS_VIEW_H_
