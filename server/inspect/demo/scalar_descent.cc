#include "server/inspect/demo/scalar_descent.h"

#include <cmath>

namespace percept::inspect {
namespace {

// Sets value and gradient at `point.x` by Horner's rule.
void Evaluate(const std::vector<double>& coefficients, ScalarStep& point) {
  point.value = 0.0;
  point.gradient = 0.0;
  for (size_t power = coefficients.size(); power-- > 0;) {
    point.gradient = point.gradient * point.x + point.value;
    point.value = point.value * point.x + coefficients[power];
  }
}

bool IsFinite(const ScalarStep& point) {
  return std::isfinite(point.x) && std::isfinite(point.value) && std::isfinite(point.gradient);
}

}  // namespace

ScalarDescent DescendScalar(const ScalarDescentSpec& spec) {
  ScalarDescent descent;
  double x = spec.start;
  double velocity = 0.0;
  for (int32_t step = 0; step <= spec.steps; ++step) {
    ScalarStep point = {.step = step, .x = x};
    Evaluate(spec.coefficients, point);
    if (!IsFinite(point)) {
      descent.diverged = true;
      break;
    }
    descent.steps.push_back(point);
    velocity = point.gradient + spec.momentum * velocity;
    x -= spec.learning_rate * velocity;
    descent.steps.back().velocity = velocity;
  }
  if (!descent.steps.empty()) descent.steps.back().velocity = 0.0;
  return descent;
}

}  // namespace percept::inspect
