#ifndef PERCEPT_CLIENT_CLI_INSPECT_CAPACITY_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_CAPACITY_VIEW_H_

#include <string>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// Parameters by layer.
std::string RenderCapacity(const std::string& job, const v1::CapacityResponse& response);
picture::Canvas DrawCapacity(const std::string& job, const v1::CapacityResponse& response);

// The network's layers from the inputs on.
std::string RenderDiagram(const std::string& job, const v1::CapacityResponse& response,
                          const Page& page);
picture::Canvas DrawDiagram(const std::string& job, const v1::CapacityResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_CAPACITY_VIEW_H_
