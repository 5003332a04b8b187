#ifndef PERCEPT_SERVER_INSPECT_DEMO_SCALAR_DESCENT_H_
#define PERCEPT_SERVER_INSPECT_DEMO_SCALAR_DESCENT_H_

#include <cstdint>
#include <vector>

namespace percept::inspect {

// Gradient descent on f(x) = sum of coefficients[i] x^i, with momentum:
//
//   g <- f'(x) + momentum g,  x <- x - learning_rate g,  with g = 0 before the first update
struct ScalarDescentSpec {
  std::vector<double> coefficients = {2.0, -5.0, 1.0};  // At least 1 of them, each finite.
  double start = -2.0;
  double learning_rate = 0.1;
  double momentum = 0.0;
  int32_t steps = 30;  // Updates.
};

// A point of the descent, before the update of the same number.
struct ScalarStep {
  int32_t step = 0;
  double x = 0.0;
  double value = 0.0;     // f(x)
  double gradient = 0.0;  // f'(x)
  double velocity = 0.0;  // g of the update; 0 at the last point, from which there is none.
};

struct ScalarDescent {
  std::vector<ScalarStep> steps;  // Every number in them is finite.
  bool diverged = false;          // It ended early, for what came next was not finite.
};

// `steps` + 1 points, fewer where it diverges: none where already the start is beyond doubles.
ScalarDescent DescendScalar(const ScalarDescentSpec& spec);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_SCALAR_DESCENT_H_
