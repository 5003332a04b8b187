#ifndef PERCEPT_CLIENT_CLI_DEMO_BACKPROP_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_BACKPROP_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

// One layer worked forwards and backwards, every intermediate a small matrix. `request` has inputs,
// weights, biases and targets filled in.
std::string RenderBackprop(const v1::BackpropExampleRequest& request,
                           const v1::BackpropExampleResponse& response, const Page& page);
picture::Canvas DrawBackprop(const v1::BackpropExampleRequest& request,
                             const v1::BackpropExampleResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_BACKPROP_VIEW_H_
