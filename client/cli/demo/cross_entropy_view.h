#ifndef PERCEPT_CLIENT_CLI_DEMO_CROSS_ENTROPY_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_CROSS_ENTROPY_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

// Two distributions as bars, what each class adds to the cross-entropy, and the figures.
std::string RenderCrossEntropy(const v1::CrossEntropyRequest& request,
                               const v1::CrossEntropyResponse& response, const Page& page);
picture::Canvas DrawCrossEntropy(const v1::CrossEntropyRequest& request,
                                 const v1::CrossEntropyResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_CROSS_ENTROPY_VIEW_H_
