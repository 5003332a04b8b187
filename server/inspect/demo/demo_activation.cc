#include "server/inspect/demo/demo_activation.h"

#include <cmath>
#include <numbers>

namespace percept::inspect {
namespace {

double Sigmoid(double x) {
  // Neither branch's exponential can overflow.
  if (x >= 0.0) return 1.0 / (1.0 + std::exp(-x));
  const double exponential = std::exp(x);
  return exponential / (1.0 + exponential);
}

// The standard normal distribution's function and density.
double Phi(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double Density(double x) {
  return std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

}  // namespace

double ActivationValue(DemoActivation activation, double x) {
  switch (activation) {
    case DemoActivation::kIdentity:
      return x;
    case DemoActivation::kStep:
      return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0;
    case DemoActivation::kTanh:
      return std::tanh(x);
    case DemoActivation::kSigmoid:
      return Sigmoid(x);
    case DemoActivation::kRelu:
      return x > 0.0 ? x : 0.0;
    case DemoActivation::kGelu:
      return x * Phi(x);
  }
  return 0.0;
}

double ActivationDerivative(DemoActivation activation, double x) {
  switch (activation) {
    case DemoActivation::kIdentity:
      return 1.0;
    case DemoActivation::kStep:
      return 0.0;
    case DemoActivation::kTanh:
      // 1 - tanh^2 would be all rounding where tanh is near 1.
      return 4.0 * Sigmoid(2.0 * x) * Sigmoid(-2.0 * x);
    case DemoActivation::kSigmoid:
      return Sigmoid(x) * Sigmoid(-x);
    case DemoActivation::kRelu:
      return x > 0.0 ? 1.0 : 0.0;
    case DemoActivation::kGelu:
      return Phi(x) + x * Density(x);
  }
  return 0.0;
}

std::vector<double> EvenlySpread(double min, double max, int points) {
  std::vector<double> spread;
  for (int point = 0; point < points; ++point) {
    // Unlike min + t (max - min), this reaches the ends and never overflows.
    spread.push_back(std::lerp(min, max, static_cast<double>(point) / (points - 1)));
  }
  return spread;
}

ActivationCurve SampleActivation(DemoActivation activation, absl::Span<const double> x) {
  ActivationCurve curve;
  curve.activation = activation;
  for (const double point : x) {
    curve.values.push_back(ActivationValue(activation, point));
    curve.derivatives.push_back(ActivationDerivative(activation, point));
  }
  return curve;
}

}  // namespace percept::inspect
