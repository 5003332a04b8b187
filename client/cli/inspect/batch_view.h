#ifndef PERCEPT_CLIENT_CLI_INSPECT_BATCH_VIEW_H_
#define PERCEPT_CLIENT_CLI_INSPECT_BATCH_VIEW_H_

#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "client/cli/read_points.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// Internal unless each example has as many inputs as the others. Precondition of all below.
absl::Status CheckBatch(const v1::BatchResponse& response);

// The examples of a batch: pictures where they are some, else a table.
std::string RenderBatch(const std::string& job, const v1::BatchResponse& response,
                        const Page& page);
// The same as a picture; a table's place is taken by DrawBoundary where two inputs vary.
picture::Canvas DrawBatch(const std::string& job, const v1::BatchResponse& response);

// The examples as points to be drawn.
Points PointsOf(const v1::BatchResponse& response);

// "20 of the batch's 100 examples", or why there are none.
std::string BatchText(const v1::BatchResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_BATCH_VIEW_H_
