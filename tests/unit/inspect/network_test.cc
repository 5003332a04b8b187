#include "server/inspect/network.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/inspect/softmax.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"
#include "tests/unit/inspect/oracles.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::HasSubstr;

constexpr ml::ModelShape kShape{5, 3};
const std::vector<double> kPoint = {0.4, -1.2, 0.0, 2.5, -0.3};

class NetworkOf : public ::testing::TestWithParam<ModelSpec> {};

TEST_P(NetworkOf, ForwardPassMatchesTheOracle) {
  const TrainedModel model = RandomModel(GetParam(), kShape);
  ASSERT_OK_AND_ASSIGN(const Network network, Network::Of(model));
  const ml::oracle::Network oracle = OracleOf(model);
  Network::Pass pass;
  network.Forward(kPoint, pass);
  ASSERT_EQ(pass.outputs.size(), static_cast<size_t>(model.layers()));
  for (size_t l = 0; l < pass.outputs.size(); ++l) {
    const ml::oracle::Vector expected = oracle.OutputsOf(l, kPoint);
    ASSERT_EQ(pass.outputs[l].size(), expected.size());
    for (size_t unit = 0; unit < expected.size(); ++unit) {
      EXPECT_NEAR(pass.outputs[l][unit], expected[unit], 1e-13);
    }
  }
  const ml::oracle::Vector p = oracle.Probabilities(kPoint);
  for (size_t k = 0; k < p.size(); ++k) EXPECT_NEAR(pass.probabilities[k], p[k], 1e-13);
}

TEST_P(NetworkOf, InputGradientMatchesTheOracleAndFiniteDifferences) {
  const TrainedModel model = RandomModel(GetParam(), kShape);
  ASSERT_OK_AND_ASSIGN(const Network network, Network::Of(model));
  const ml::oracle::Network oracle = OracleOf(model);
  const auto loss_at = [&](std::vector<double> x, int32_t target) {
    Network::Pass pass;
    network.Forward(x, pass);
    return CrossEntropy(pass.scores(), target);
  };
  for (int32_t target = 0; target < kShape.classes; ++target) {
    Network::Pass pass;
    network.Forward(kPoint, pass);
    const std::vector<double> gradient = network.InputGradient(pass, target);
    const ml::oracle::Vector expected = oracle.InputGradient(kPoint, target);
    ASSERT_EQ(gradient.size(), kPoint.size());
    for (size_t i = 0; i < kPoint.size(); ++i) {
      EXPECT_NEAR(gradient[i], expected[i], 1e-13);
      constexpr double kStep = 1e-6;
      std::vector<double> above = kPoint;
      std::vector<double> below = kPoint;
      above[i] += kStep;
      below[i] -= kStep;
      EXPECT_NEAR(gradient[i], (loss_at(above, target) - loss_at(below, target)) / (2 * kStep),
                  1e-8);
    }
  }
}

std::vector<ModelSpec> SpecsWithGradients() {
  std::vector<ModelSpec> specs = AllSpecs();
  specs.erase(specs.begin());  // The perceptron.
  return specs;
}

INSTANTIATE_TEST_SUITE_P(Models, NetworkOf, ::testing::ValuesIn(SpecsWithGradients()),
                         [](const auto& test) { return NameOf(test.param); });

TEST(Network, RectifierHasNoSlopeAtZero) {
  // One unit that gives 0 for an input of 0.
  const TrainedModel model =
      ModelOf<float>(MlpSpec({1}, Activation::kRelu), {1, 2}, {1, 0, 1, -1, 0, 0});
  ASSERT_OK_AND_ASSIGN(const Network network, Network::Of(model));
  Network::Pass pass;
  network.Forward(std::vector<double>{0.0}, pass);
  EXPECT_EQ(network.InputGradient(pass, 0), std::vector<double>{0.0});
}

TEST(Network, IsNotMadeOfAPerceptron) {
  EXPECT_THAT(Network::Of(RandomModel(PerceptronSpec(), {2, 2})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("step function")));
}

TEST(Network, RefusesParametersOfAnotherSize) {
  TrainedModel model = RandomModel(MlpSpec({7}), kShape);
  model.parameters = std::make_shared<const std::string>("short");
  EXPECT_THAT(Network::Of(model),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("parameters: must have")));
}

}  // namespace
}  // namespace percept::inspect
