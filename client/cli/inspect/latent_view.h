#ifndef PERCEPT_CLIENT_CLI_INSPECT_LATENT_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_LATENT_VIEW_H_

#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// How the space of a hidden layer is seen.
struct LatentOptions {
  double azimuth = 30;    // Degrees about the third axis.
  double elevation = 22;  // Degrees above the plane of the first two.
  bool has_planes = true;
};

// Internal unless there are as many numbers as the answer says. Precondition of all below.
absl::Status CheckLatent(const v1::LatentResponse& response);

std::string RenderLatent(const std::string& job, const v1::LatentResponse& response,
                         const Page& page);
picture::Canvas DrawLatent(const std::string& job, const v1::LatentResponse& response,
                           const LatentOptions& options);

// Draws the space alone, for views that have more to show: examples by their class, the further
// points as a path.
void DrawLatentSpace(picture::Canvas* canvas, const picture::Rect& area,
                     const v1::LatentResponse& response, const LatentOptions& options);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_LATENT_VIEW_H_
