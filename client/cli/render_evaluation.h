#ifndef PERCEPT_CLIENT_CLI_RENDER_EVALUATION_H_
#define PERCEPT_CLIENT_CLI_RENDER_EVALUATION_H_

#include <string>

#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// How a snapshot of `job` did on a split, as text for people. On the test split it says how often
// that was asked, since it is on record.
std::string RenderEvaluation(const std::string& job,
                             const v1::EvaluateValidationResponse& response);
std::string RenderEvaluation(const std::string& job, const v1::EvaluateTestResponse& response);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_EVALUATION_H_
