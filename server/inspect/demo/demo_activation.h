#ifndef PERCEPT_SERVER_INSPECT_DEMO_DEMO_ACTIVATION_H_
#define PERCEPT_SERVER_INSPECT_DEMO_DEMO_ACTIVATION_H_

#include <vector>

#include "absl/types/span.h"

namespace percept::inspect {

// Functions to look at: those of the models, the identity, and the step that they stand in for.
enum class DemoActivation {
  kIdentity = 1,
  kStep = 2,  // -1 below 0, 0 at 0, 1 above; its derivative is given as 0 throughout.
  kTanh = 3,
  kSigmoid = 4,
  kRelu = 5,  // Its derivative at 0 is 0.
  kGelu = 6,  // x Phi(x), the erf form.
};

// f(x), for every finite x; without cancellation in the tails.
double ActivationValue(DemoActivation activation, double x);

// f'(x), as above.
double ActivationDerivative(DemoActivation activation, double x);

// A function and its derivative at some points.
struct ActivationCurve {
  DemoActivation activation = DemoActivation::kTanh;
  std::vector<double> values;
  std::vector<double> derivatives;
};

// `points` numbers from `min` to `max`, ends included, evenly spread. `points` is at least 2.
std::vector<double> EvenlySpread(double min, double max, int points);

ActivationCurve SampleActivation(DemoActivation activation, absl::Span<const double> x);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_DEMO_ACTIVATION_H_
