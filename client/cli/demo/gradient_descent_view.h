#ifndef PERCEPT_CLIENT_CLI_DEMO_GRADIENT_DESCENT_VIEW_H_
#define PERCEPT_CLIENT_CLI_DEMO_GRADIENT_DESCENT_VIEW_H_

#include <string>
#include <vector>

#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "percept/v1/demo_service.pb.h"

namespace percept::cli {

// A descent, with all that was asked for filled in.
struct Descent {
  v1::OptimizeScalarRequest request;
  v1::OptimizeScalarResponse response;
};

// Descents on one polynomial: the curve with the positions on it, and each step in numbers.
// Precondition: at least one.
std::string RenderDescents(const std::vector<Descent>& descents, const Page& page);
// The same side by side, with an arrow for each step.
picture::Canvas DrawDescents(const std::vector<Descent>& descents);

// "y = x² − 5x + 2".
std::string PolynomialText(const google::protobuf::RepeatedField<double>& coefficients, bool utf8);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_DEMO_GRADIENT_DESCENT_VIEW_H_
