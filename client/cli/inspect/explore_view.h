#ifndef PERCEPT_CLIENT_CLI_INSPECT_EXPLORE_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_EXPLORE_VIEW_H_

#include <optional>
#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// A path along the gradient on the input.
struct Exploration {
  std::string job;
  int target_label = 0;
  v1::ExploreResponse response;  // All steps, the result and the shape together.
  // The model's decisions, where the path lies in the plane of two inputs.
  std::optional<v1::DecisionGridResponse> grid;
  // The data and the path as the last hidden layer sees them, where that can be drawn.
  std::optional<v1::LatentResponse> latent;
};

// Internal unless all steps have as many inputs and probabilities as the first. Precondition of
// both below.
absl::Status CheckExploration(const Exploration& exploration);

std::string RenderExploration(const Exploration& exploration, const Page& page);
picture::Canvas DrawExploration(const Exploration& exploration);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_EXPLORE_VIEW_H_
