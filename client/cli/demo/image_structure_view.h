#ifndef PERCEPT_CLIENT_CLI_DEMO_IMAGE_STRUCTURE_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_IMAGE_STRUCTURE_VIEW_H_

#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

// Noise, a photograph, and its values shuffled, side by side. Precondition of both:
// CheckImageStructure.
std::string RenderImageStructure(const v1::ImageStructureResponse& response, const Page& page);
picture::Canvas DrawImageStructure(const v1::ImageStructureResponse& response);

// Internal unless all three pictures are of the size that the answer names.
absl::Status CheckImageStructure(const v1::ImageStructureResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_IMAGE_STRUCTURE_VIEW_H_
