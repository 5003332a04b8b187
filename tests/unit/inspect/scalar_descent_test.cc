#include "server/inspect/demo/scalar_descent.h"

#include <cmath>
#include <vector>

#include "gmock/gmock.h"

namespace percept::inspect {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kTolerance = 1e-12;

TEST(DescendScalar, OfTheNotebookMatchesItsClosedForm) {
  // f' = 2x - 5, so that each update takes x - 2.5 times 1 - 2 eta.
  const ScalarDescent descent = DescendScalar({});
  ASSERT_THAT(descent.steps, SizeIs(31));
  EXPECT_FALSE(descent.diverged);
  for (const ScalarStep& step : descent.steps) {
    const double x = 2.5 - 4.5 * std::pow(0.8, step.step);
    EXPECT_NEAR(step.x, x, kTolerance);
    EXPECT_NEAR(step.value, x * x - 5.0 * x + 2.0, kTolerance);
    EXPECT_NEAR(step.gradient, 2.0 * x - 5.0, kTolerance);
    EXPECT_NEAR(step.velocity, step.step == 30 ? 0.0 : 2.0 * x - 5.0, kTolerance);
  }
}

TEST(DescendScalar, FirstStepsWithMomentumAreThoseByHand) {
  const ScalarDescent descent =
      DescendScalar({.start = 7.0, .learning_rate = 0.15, .momentum = 0.4, .steps = 3});
  ASSERT_THAT(descent.steps, SizeIs(4));
  // Velocities 9, 6.3 + 0.4 * 9 and 3.33 + 0.4 * 9.9.
  EXPECT_NEAR(descent.steps[0].velocity, 9.0, kTolerance);
  EXPECT_NEAR(descent.steps[1].x, 5.65, kTolerance);
  EXPECT_NEAR(descent.steps[1].gradient, 6.3, kTolerance);
  EXPECT_NEAR(descent.steps[1].velocity, 9.9, kTolerance);
  EXPECT_NEAR(descent.steps[2].x, 4.165, kTolerance);
  EXPECT_NEAR(descent.steps[2].gradient, 3.33, kTolerance);
  EXPECT_NEAR(descent.steps[2].velocity, 7.29, kTolerance);
  EXPECT_NEAR(descent.steps[3].x, 3.0715, kTolerance);
  EXPECT_EQ(descent.steps[3].velocity, 0.0);
}

TEST(DescendScalar, EvaluatesAnyPolynomial) {
  // 1 + 2x + 3x^2 + 4x^3 at 2: 49, its derivative 2 + 12 + 48.
  const ScalarDescent descent =
      DescendScalar({.coefficients = {1.0, 2.0, 3.0, 4.0}, .start = 2.0, .steps = 1});
  EXPECT_EQ(descent.steps[0].value, 49.0);
  EXPECT_EQ(descent.steps[0].gradient, 62.0);
  EXPECT_NEAR(descent.steps[1].x, 2.0 - 6.2, kTolerance);
}

TEST(DescendScalar, EndsWhereItDiverges) {
  // x - 2.5 grows by the factor 1 - 2 eta = -19 each time, and its square leaves the doubles.
  const ScalarDescent descent = DescendScalar({.learning_rate = 10.0, .steps = 1000});
  EXPECT_TRUE(descent.diverged);
  // 4.5^2 361^n < 1.797e308 up to n = 120.
  EXPECT_EQ(descent.steps.size(), 121u);
  for (const ScalarStep& step : descent.steps) {
    EXPECT_TRUE(std::isfinite(step.x) && std::isfinite(step.value) &&
                std::isfinite(step.gradient) && std::isfinite(step.velocity));
  }
  EXPECT_EQ(descent.steps.back().velocity, 0.0);

  const ScalarDescent at_once = DescendScalar({.start = 1e200});
  EXPECT_TRUE(at_once.diverged);
  EXPECT_THAT(at_once.steps, IsEmpty());
}

}  // namespace
}  // namespace percept::inspect
