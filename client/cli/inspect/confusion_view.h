#ifndef PERCEPT_CLIENT_CLI_INSPECT_CONFUSION_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_CONFUSION_VIEW_H_

#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "client/cli/read_points.h"
#include "percept/v1/dataset.pb.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// How often each class was taken for each, with the surest mistakes.
struct Confusion {
  std::string job;
  v1::ConfusionMatrixResponse response;
  Points mistakes;       // The examples of the first mistakes, in their order; may be fewer.
  v1::ImageShape shape;  // Of the examples; unset where they are no pictures.
};

// Internal unless the counts are as many as the answer says. Precondition of both below.
absl::Status CheckConfusion(const v1::ConfusionMatrixResponse& response);

std::string RenderConfusion(const Confusion& confusion, const Page& page);
picture::Canvas DrawConfusion(const Confusion& confusion);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_CONFUSION_VIEW_H_
