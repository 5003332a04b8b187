#include "server/inspect/demo/gradient_flow.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Lt;
using ::testing::SizeIs;

std::vector<double> Norms(const DeepNetwork& network, DemoActivation activation) {
  return GradientNorms(network, activation, Always).value();
}

// The sum of the outputs, each weighted by its gradient: its derivatives are what flows back.
double Objective(const DeepNetwork& network, DemoActivation activation) {
  const auto units = static_cast<size_t>(network.units);
  double objective = 0.0;
  for (size_t row = 0; row < static_cast<size_t>(network.examples); ++row) {
    std::vector<double> values(
        network.inputs.begin() + static_cast<std::ptrdiff_t>(row * units),
        network.inputs.begin() + static_cast<std::ptrdiff_t>((row + 1) * units));
    for (const std::vector<double>& weights : network.weights) {
      std::vector<double> next(units);
      for (size_t unit = 0; unit < units; ++unit) {
        for (size_t input = 0; input < units; ++input)
          next[unit] += weights[unit * units + input] * values[input];
        next[unit] = ActivationValue(activation, next[unit]);
      }
      values = next;
    }
    for (size_t unit = 0; unit < units; ++unit)
      objective += network.output_gradient[row * units + unit] * values[unit];
  }
  return objective;
}

// As GradientNorms, by central differences.
std::vector<double> Differences(DeepNetwork network, DemoActivation activation) {
  constexpr double kStep = 1e-6;
  std::vector<double> norms;
  for (std::vector<double>& weights : network.weights) {
    double squares = 0.0;
    for (double& weight : weights) {
      const double kept = weight;
      weight = kept + kStep;
      const double above = Objective(network, activation);
      weight = kept - kStep;
      const double below = Objective(network, activation);
      weight = kept;
      squares += std::pow((above - below) / (2 * kStep), 2);
    }
    norms.push_back(std::sqrt(squares));
  }
  return norms;
}

TEST(GradientNorms, OfOneUnitMatchTheChainRuleByHand) {
  // a1 = relu(2 * 3) = 6, a2 = relu(5 * 6); dL/dW2 = 7 * 6, dL/dW1 = 7 * 5 * 3.
  const DeepNetwork network = {.units = 1,
                               .examples = 1,
                               .weights = {{2.0}, {5.0}},
                               .inputs = {3.0},
                               .output_gradient = {7.0}};
  EXPECT_THAT(Norms(network, DemoActivation::kRelu), ElementsAre(105.0, 42.0));
}

TEST(GradientNorms, AgreeWithFiniteDifferences) {
  for (const DemoActivation activation : {DemoActivation::kIdentity, DemoActivation::kTanh,
                                          DemoActivation::kSigmoid, DemoActivation::kGelu}) {
    const DeepNetwork network = DrawNetwork(4, 3, 5, -1.0, 1.0, 9);
    const std::vector<double> norms = Norms(network, activation);
    const std::vector<double> expected = Differences(network, activation);
    ASSERT_THAT(norms, SizeIs(4));
    for (size_t layer = 0; layer < norms.size(); ++layer)
      EXPECT_NEAR(norms[layer], expected[layer], 1e-8 * std::max(1.0, expected[layer]));
  }
}

TEST(GradientNorms, VanishThroughSigmoidsAndNotThroughRelus) {
  const DeepNetwork network = DrawNetwork(20, 2, 3, 0.0, 1.0, 0);
  const std::vector<double> sigmoid = Norms(network, DemoActivation::kSigmoid);
  const std::vector<double> relu = Norms(network, DemoActivation::kRelu);
  // A sigmoid's slope is at most a quarter, two weights below 1 add up to less than 2.
  EXPECT_LT(sigmoid.front(), sigmoid.back() * std::pow(0.5, 19));
  for (size_t layer = 0; layer + 1 < sigmoid.size(); ++layer)
    EXPECT_LT(sigmoid[layer], sigmoid[layer + 1]);
  EXPECT_GT(relu.front(), relu.back() * 0.01);
}

TEST(GradientNorms, AreInfiniteBeyondDoubles) {
  const DeepNetwork network = DrawNetwork(1000, 64, 2, 0.0, 1.0, 0);
  EXPECT_THAT(Norms(network, DemoActivation::kRelu), Each(std::numeric_limits<double>::infinity()));
}

TEST(GradientNorms, AreCancelledAtAnyLayer) {
  const DeepNetwork network = DrawNetwork(5, 2, 3, 0.0, 1.0, 0);
  for (int layers = 0; layers < 10; ++layers) {
    int asked = 0;
    EXPECT_THAT(GradientNorms(network, DemoActivation::kTanh, [&] { return asked++ < layers; }),
                StatusIs(absl::StatusCode::kCancelled));
    EXPECT_EQ(asked, layers + 1);
  }
}

TEST(DrawNetwork, DrawsFromTheRangesAsked) {
  const DeepNetwork network = DrawNetwork(50, 8, 4, -3.0, -1.0, 5);
  ASSERT_THAT(network.weights, SizeIs(50));
  double sum = 0.0;
  for (const std::vector<double>& weights : network.weights) {
    ASSERT_THAT(weights, AllOf(SizeIs(64), Each(AllOf(Ge(-3.0), Lt(-1.0)))));
    for (const double weight : weights) sum += weight;
  }
  // The mean of 3200 numbers of deviation 2 / sqrt(12).
  EXPECT_NEAR(sum / 3200, -2.0, 5 * 0.578 / std::sqrt(3200));
  EXPECT_THAT(network.inputs, AllOf(SizeIs(32), Each(AllOf(Ge(0.0), Lt(1.0)))));
  EXPECT_EQ(DrawNetwork(50, 8, 4, -3.0, -1.0, 5).weights, network.weights);
  EXPECT_NE(DrawNetwork(50, 8, 4, -3.0, -1.0, 6).weights, network.weights);
  EXPECT_EQ(DrawNetwork(2, 8, 4, 0.0, 1.0, 5).inputs, network.inputs);
}

TEST(DrawNetwork, GivesTheNotebooksOutputGradient) {
  EXPECT_THAT(DrawNetwork(1, 2, 3, 0.0, 1.0, 0).output_gradient,
              ElementsAre(1.0, 0.0, 0.0, 1.0, 1.0, 0.0));
}

}  // namespace
}  // namespace percept::inspect
