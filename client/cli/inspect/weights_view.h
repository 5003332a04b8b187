#ifndef PERCEPT_CLIENT_CLI_INSPECT_WEIGHTS_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_WEIGHTS_VIEW_H_

#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// Internal unless each picture is of the size that the answer says. Precondition of both below.
absl::Status CheckWeights(const v1::WeightImagesResponse& response);

// The weights of units as pictures, all on one scale about zero, its range beside them.
std::string RenderWeights(const std::string& job, const v1::WeightImagesResponse& response,
                          const Page& page);
picture::Canvas DrawWeights(const std::string& job, const v1::WeightImagesResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_WEIGHTS_VIEW_H_
