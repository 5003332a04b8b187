#ifndef PERCEPT_CLIENT_CLI_PREDICT_VIEW_H_
#define PERCEPT_CLIENT_CLI_PREDICT_VIEW_H_

#include <string>

#include "absl/status/status.h"

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// Internal unless each prediction has a probability for the class it names, and a picture the size
// that the answer says. Precondition of both below.
absl::Status CheckPredictions(const v1::PredictResponse& response);

// What the model makes of its inputs: one example as a table of classes with confidences, beside
// the picture as the model saw it where one was given; several as a row each.
std::string RenderPredictions(const std::string& job, const v1::PredictResponse& response,
                              const Page& page);
picture::Canvas DrawPredictions(const std::string& job, const v1::PredictResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PREDICT_VIEW_H_
