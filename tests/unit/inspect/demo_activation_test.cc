#include "server/inspect/demo/demo_activation.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"

namespace percept::inspect {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr DemoActivation kAll[] = {DemoActivation::kIdentity, DemoActivation::kStep,
                                   DemoActivation::kTanh,     DemoActivation::kSigmoid,
                                   DemoActivation::kRelu,     DemoActivation::kGelu};

// The function in the other textbook form, as written down in the notebook.
double Textbook(DemoActivation activation, double x) {
  switch (activation) {
    case DemoActivation::kTanh:
      return (std::exp(x) - std::exp(-x)) / (std::exp(x) + std::exp(-x));
    case DemoActivation::kSigmoid:
      return 1.0 / (1.0 + std::exp(-x));
    case DemoActivation::kGelu:
      return x / 2.0 * (1.0 + std::erf(x / std::sqrt(2.0)));
    case DemoActivation::kRelu:
      return std::fmax(0.0, x);
    case DemoActivation::kStep:
      return x == 0.0 ? 0.0 : x / std::abs(x);
    case DemoActivation::kIdentity:
      return x;
  }
  return 0.0;
}

TEST(DemoActivation, AgreesWithTheTextbook) {
  for (const DemoActivation activation : kAll) {
    for (double x = -6.0; x <= 6.0; x += 0.25) {
      EXPECT_NEAR(ActivationValue(activation, x), Textbook(activation, x), 1e-15)
          << static_cast<int>(activation) << " at " << x;
    }
  }
}

TEST(DemoActivation, DerivativesAgreeWithFiniteDifferences) {
  constexpr double kStep = 1e-6;
  for (const DemoActivation activation : kAll) {
    for (double x = -5.9; x <= 6.0; x += 0.25) {
      const double slope =
          (ActivationValue(activation, x + kStep) - ActivationValue(activation, x - kStep)) /
          (2 * kStep);
      EXPECT_NEAR(ActivationDerivative(activation, x), slope, 1e-9)
          << static_cast<int>(activation) << " at " << x;
    }
  }
}

TEST(DemoActivation, HasTheConventionsAtZero) {
  EXPECT_EQ(ActivationValue(DemoActivation::kStep, 0.0), 0.0);
  EXPECT_EQ(ActivationDerivative(DemoActivation::kStep, 0.0), 0.0);
  EXPECT_EQ(ActivationDerivative(DemoActivation::kRelu, 0.0), 0.0);
  EXPECT_EQ(ActivationDerivative(DemoActivation::kTanh, 0.0), 1.0);
  EXPECT_EQ(ActivationDerivative(DemoActivation::kSigmoid, 0.0), 0.25);
  EXPECT_EQ(ActivationDerivative(DemoActivation::kGelu, 0.0), 0.5);
}

TEST(DemoActivation, KeepsItsDigitsInTheTails) {
  // e^-40 and 4 e^-40, of which 1 - s and 1 - tanh^2 would leave nothing.
  EXPECT_NEAR(ActivationDerivative(DemoActivation::kSigmoid, 40.0) / std::exp(-40.0), 1.0, 1e-12);
  EXPECT_NEAR(ActivationDerivative(DemoActivation::kTanh, 20.0) / (4.0 * std::exp(-40.0)), 1.0,
              1e-12);
  // x Phi(x) with Phi(-10) = 7.61985302416052606e-24.
  EXPECT_NEAR(ActivationValue(DemoActivation::kGelu, -10.0) / -7.61985302416052606e-23, 1.0, 1e-12);
}

TEST(DemoActivation, IsFiniteWhereverXIs) {
  for (const DemoActivation activation : kAll) {
    for (const double x : {std::numeric_limits<double>::max(), 1e300, 710.0, 5e-324}) {
      for (const double signed_x : {x, -x}) {
        EXPECT_TRUE(std::isfinite(ActivationValue(activation, signed_x))) << signed_x;
        EXPECT_TRUE(std::isfinite(ActivationDerivative(activation, signed_x))) << signed_x;
      }
    }
  }
}

TEST(EvenlySpread, ReachesBothEnds) {
  EXPECT_THAT(EvenlySpread(-4.0, 4.0, 5), ElementsAre(-4.0, -2.0, 0.0, 2.0, 4.0));
  EXPECT_THAT(EvenlySpread(0.1, 0.3, 3), ElementsAre(0.1, DoubleNear(0.2, 1e-16), 0.3));
  constexpr double kMax = std::numeric_limits<double>::max();
  EXPECT_THAT(EvenlySpread(-kMax, kMax, 3), ElementsAre(-kMax, 0.0, kMax));
}

TEST(SampleActivation, GivesValueAndDerivativeAtEachPoint) {
  const ActivationCurve curve = SampleActivation(DemoActivation::kRelu, {-1.0, 0.0, 2.0});
  EXPECT_EQ(curve.activation, DemoActivation::kRelu);
  EXPECT_THAT(curve.values, ElementsAre(0.0, 0.0, 2.0));
  EXPECT_THAT(curve.derivatives, ElementsAre(0.0, 0.0, 1.0));
}

}  // namespace
}  // namespace percept::inspect
