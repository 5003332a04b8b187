#include "server/rpc/convert_demo.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "server/base/status.h"
#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using inspect::DemoActivation;
using percept::testing::StatusIs;
using ::testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A request changed by `change` is refused with this very message.
template <typename Request>
void ExpectRefused(const std::function<void(Request&)>& change, const std::string& message) {
  Request request;
  change(request);
  EXPECT_THAT(FromProto(request), StatusIs(absl::StatusCode::kInvalidArgument, message));
}

TEST(DemoActivationNumbers, AreThoseOfTheContract) {
  EXPECT_EQ(static_cast<int>(DemoActivation::kIdentity), v1::DEMO_ACTIVATION_IDENTITY);
  EXPECT_EQ(static_cast<int>(DemoActivation::kStep), v1::DEMO_ACTIVATION_STEP);
  EXPECT_EQ(static_cast<int>(DemoActivation::kTanh), v1::DEMO_ACTIVATION_TANH);
  EXPECT_EQ(static_cast<int>(DemoActivation::kSigmoid), v1::DEMO_ACTIVATION_SIGMOID);
  EXPECT_EQ(static_cast<int>(DemoActivation::kRelu), v1::DEMO_ACTIVATION_RELU);
  EXPECT_EQ(static_cast<int>(DemoActivation::kGelu), v1::DEMO_ACTIVATION_GELU);
  EXPECT_EQ(v1::DemoActivation_ARRAYSIZE, 7);
}

TEST(OptimizeScalar, HasTheNotebooksDefaults) {
  ASSERT_OK_AND_ASSIGN(const inspect::ScalarDescentSpec spec,
                       FromProto(v1::OptimizeScalarRequest()));
  EXPECT_THAT(spec.coefficients, ElementsAre(2, -5, 1));
  EXPECT_EQ(spec.start, -2.0);
  EXPECT_EQ(spec.learning_rate, 0.1);
  EXPECT_EQ(spec.momentum, 0.0);
  EXPECT_EQ(spec.steps, 30);
}

TEST(OptimizeScalar, RefusesWhatBreaksARule) {
  const auto expect = ExpectRefused<v1::OptimizeScalarRequest>;
  expect([](auto& request) { request.add_coefficients(1); },
         "coefficients: must be 2 to 16 numbers, got 1");
  expect(
      [](auto& request) {
        for (int power = 0; power < 17; ++power) request.add_coefficients(1);
      },
      "coefficients: must be 2 to 16 numbers, got 17");
  expect(
      [](auto& request) {
        request.add_coefficients(1);
        request.add_coefficients(kNaN);
      },
      "coefficients[1]: must be finite, got nan");
  expect([](auto& request) { request.set_start(-kInfinity); }, "start: must be finite, got -inf");
  expect([](auto& request) { request.set_learning_rate(0); },
         "learning_rate: must be in (0, 1000], got 0");
  expect([](auto& request) { request.set_momentum(1); }, "momentum: must be in [0, 1), got 1");
  expect([](auto& request) { request.set_momentum(kNaN); }, "momentum: must be in [0, 1), got nan");
  expect([](auto& request) { request.set_steps(0); }, "steps: must be in [1, 10000], got 0");
  expect([](auto& request) { request.set_steps(10'001); },
         "steps: must be in [1, 10000], got 10001");
}

TEST(CompareActivations, ShowsAllButTheIdentityByDefault) {
  ASSERT_OK_AND_ASSIGN(const ActivationsQuestion question,
                       FromProto(v1::CompareActivationsRequest()));
  EXPECT_THAT(question.activations,
              ElementsAre(DemoActivation::kStep, DemoActivation::kTanh, DemoActivation::kSigmoid,
                          DemoActivation::kRelu, DemoActivation::kGelu));
  ASSERT_EQ(question.x.size(), 201u);
  EXPECT_EQ(question.x.front(), -4.0);
  EXPECT_EQ(question.x[100], 0.0);
  EXPECT_EQ(question.x.back(), 4.0);
}

TEST(CompareActivations, RefusesWhatBreaksARule) {
  const auto expect = ExpectRefused<v1::CompareActivationsRequest>;
  expect([](auto& request) { request.add_activations(v1::DEMO_ACTIVATION_UNSPECIFIED); },
         "activations[0]: must be one of the enumeration's values, got 0");
  expect(
      [](auto& request) {
        request.add_activations(v1::DEMO_ACTIVATION_TANH);
        request.add_activations(static_cast<v1::DemoActivation>(99));
        request.add_activations(v1::DEMO_ACTIVATION_TANH);
      },
      "activations[1]: must be one of the enumeration's values, got 99; activations[2]: must be "
      "there once, got DEMO_ACTIVATION_TANH");
  expect([](auto& request) { request.set_min(4); }, "max: must be above min, 4, got 4");
  expect([](auto& request) { request.set_max(kInfinity); }, "max: must be finite, got inf");
  expect([](auto& request) { request.set_points(1); }, "points: must be in [2, 10000], got 1");
}

absl::Status Check(const std::vector<double>& p, const std::vector<double>& q) {
  v1::CrossEntropyRequest request;
  request.mutable_p()->Add(p.begin(), p.end());
  request.mutable_q()->Add(q.begin(), q.end());
  return CheckDistributions(request);
}

TEST(CrossEntropy, TakesDistributions) {
  EXPECT_OK(Check({0.5, 0.5}, {1, 0}));
  EXPECT_OK(Check({0.3, 0.3, 0.4 + 9e-7}, {0.1, 0.2, 0.7}));
}

TEST(CrossEntropy, RefusesWhatIsNone) {
  const auto expect = [](const std::vector<double>& p, const std::vector<double>& q,
                         const std::string& message) {
    EXPECT_THAT(Check(p, q), StatusIs(absl::StatusCode::kInvalidArgument, message));
  };
  const std::vector<double> half = {0.5, 0.5};
  expect({}, half, "p: must be 2 to 1000 numbers, got 0");
  expect(half, {1}, "q: must be 2 to 1000 numbers, got 1");
  expect({0.5, 0.25, 0.25}, half, "q: must be as long as p, 3 numbers, got 2");
  expect({1.5, -0.5}, half, "p[1]: must be finite and at least 0, got -0.5");
  expect(half, {kNaN, 1}, "q[0]: must be finite and at least 0, got nan");
  expect(half, {kInfinity, 1}, "q[0]: must be finite and at least 0, got inf");
  expect({0.5, 0.6}, {0.5, 0.4},
         "p: must have the sum 1 within 1e-06, got 1.1; q: must have the sum 1 within 1e-06, got "
         "0.9");
}

TEST(BackpropExample, IsTheNotebooksByDefault) {
  ASSERT_OK_AND_ASSIGN(const inspect::BackpropSpec spec, FromProto(v1::BackpropExampleRequest()));
  EXPECT_EQ(spec.examples, 2);
  EXPECT_EQ(spec.input_count, 2);
  EXPECT_EQ(spec.classes, 2);
  EXPECT_THAT(spec.inputs, ElementsAre(0.3f, -0.5f, -0.4f, 1.0f));
  EXPECT_THAT(spec.weights, ElementsAre(0.55f, -0.12f, -0.32f, 0.5f));
  EXPECT_THAT(spec.biases, ElementsAre(0.4f, -0.2f));
  EXPECT_THAT(spec.targets, ElementsAre(1, 0));
  EXPECT_EQ(spec.activation, DemoActivation::kTanh);
}

TEST(BackpropExample, TakesOtherSizes) {
  v1::BackpropExampleRequest request;
  request.set_input_count(3);
  for (int number = 0; number < 3; ++number) request.add_inputs(0.5f);
  for (int number = 0; number < 12; ++number) request.add_weights(0.25f);
  for (int number = 0; number < 4; ++number) request.add_biases(0.0f);
  request.add_targets(3);
  request.set_activation(v1::DEMO_ACTIVATION_RELU);
  ASSERT_OK_AND_ASSIGN(const inspect::BackpropSpec spec, FromProto(request));
  EXPECT_EQ(spec.examples, 1);
  EXPECT_EQ(spec.classes, 4);
  EXPECT_EQ(spec.activation, DemoActivation::kRelu);
  const v1::BackpropExampleResponse response = ToProto(spec, inspect::WorkBackprop(spec));
  EXPECT_EQ(response.examples(), 1);
  EXPECT_EQ(response.classes(), 4);
  EXPECT_EQ(response.linear_size(), 4);
  EXPECT_EQ(response.weight_gradient_size(), 12);
  EXPECT_EQ(response.input_gradient_size(), 3);
}

TEST(BackpropExample, RefusesWhatBreaksARule) {
  const auto expect = ExpectRefused<v1::BackpropExampleRequest>;
  expect([](auto& request) { request.set_input_count(0); },
         "input_count: must be in [1, 64], got 0");
  expect([](auto& request) { request.set_activation(static_cast<v1::DemoActivation>(7)); },
         "activation: must be one of the enumeration's values, got 7");
  expect([](auto& request) { request.add_inputs(1); },
         "inputs: must be whole rows of input_count, 2, and at most 64 numbers, got 1");
  expect(
      [](auto& request) {
        for (int number = 0; number < 66; ++number) request.add_weights(1);
      },
      "weights: must be whole rows of input_count, 2, and at most 64 numbers, got 66");
  expect([](auto& request) { request.add_biases(1); },
         "biases: must be one for each row of weights, 2 numbers, got 1");
  expect(
      [](auto& request) {
        request.add_inputs(static_cast<float>(kNaN));
        request.add_inputs(2e6f);
        request.add_targets(0);
      },
      "inputs[0]: must be within 1e+06 of 0, got nan; inputs[1]: must be within 1e+06 of 0, got "
      "2e+06");
  expect([](auto& request) { request.add_targets(1); },
         "targets: must be one for each row of inputs, 2 numbers, got 1");
  expect(
      [](auto& request) {
        request.add_targets(-1);
        request.add_targets(2);
      },
      "targets[0]: must be in [0, 1], got -1; targets[1]: must be in [0, 1], got 2");
  expect([](auto& request) { request.add_output_gradient(1); },
         "output_gradient: must be one for each row of inputs and of weights, 4 numbers, got 1");
  expect(
      [](auto& request) {
        for (int number = 0; number < 4; ++number) request.add_output_gradient(1);
        request.add_targets(0);
      },
      "targets: must be unset with output_gradient, which stands in for the loss");
}

TEST(ScheduleRequest, HasTheNotebooksDefaults) {
  ASSERT_OK_AND_ASSIGN(const ScheduleQuestion question, FromProto(v1::ScheduleRequest()));
  EXPECT_EQ(question.training.schedule, ScheduleKind::kConstant);
  EXPECT_EQ(question.training.learning_rate, 0.05);
  EXPECT_EQ(question.last_step, 2800);
  EXPECT_EQ(question.points, 1000);
}

TEST(ScheduleRequest, RefusesWhatBreaksARule) {
  const auto expect = ExpectRefused<v1::ScheduleRequest>;
  expect([](auto& request) { request.mutable_step()->set_sigma(1); },
         "step.gamma: must be in (0, 1], got 0");
  expect([](auto& request) { request.mutable_step()->set_gamma(0.5); },
         "step.sigma: must be at least 1, got 0");
  expect([](auto& request) { request.mutable_inverse()->set_rho(-1); },
         "inverse.rho: must be a finite number of at least 0, got -1");
  expect([](auto& request) { request.set_learning_rate(-1); },
         "learning_rate: must be in (0, 1000], got -1");
  expect([](auto& request) { request.set_steps(0); }, "steps: must be in [1, 1000000000], got 0");
  expect([](auto& request) { request.set_points(10'001); },
         "points: must be in [2, 10000], got 10001");
}

TEST(GradientFlow, IsTheNotebooksByDefault) {
  ASSERT_OK_AND_ASSIGN(const GradientFlowQuestion question, FromProto(v1::GradientFlowRequest()));
  EXPECT_THAT(question.activations, ElementsAre(DemoActivation::kSigmoid, DemoActivation::kRelu));
  EXPECT_EQ(question.network.weights.size(), 20u);
  EXPECT_EQ(question.network.units, 2);
  EXPECT_EQ(question.network.examples, 3);
  EXPECT_THAT(question.network.output_gradient, ElementsAre(1, 0, 0, 1, 1, 0));
}

TEST(GradientFlow, RefusesWhatBreaksARule) {
  const auto expect = ExpectRefused<v1::GradientFlowRequest>;
  expect([](auto& request) { request.set_layers(1001); }, "layers: must be in [1, 1000], got 1001");
  expect([](auto& request) { request.set_units(65); }, "units: must be in [1, 64], got 65");
  expect([](auto& request) { request.set_examples(0); }, "examples: must be in [1, 64], got 0");
  expect([](auto& request) { request.set_min_weight(1); },
         "max_weight: must be above min_weight, 1, got 1");
  expect([](auto& request) { request.set_min_weight(kNaN); },
         "min_weight: must be finite, got nan");
  expect([](auto& request) { request.add_output_gradient(1); },
         "output_gradient: must be examples * units, 6 numbers, got 1");
  expect(
      [](auto& request) {
        request.set_units(1);
        request.set_examples(1);
        request.add_output_gradient(kInfinity);
      },
      "output_gradient[0]: must be finite, got inf");
}

TEST(ManualClassifier, TakesTheTrainingSplitByDefault) {
  v1::ManualClassifierRequest request;
  request.set_dataset("datasets/points");
  request.set_a(1);
  request.set_b(2);
  request.set_c(3);
  ASSERT_OK_AND_ASSIGN(const ManualClassifierQuestion question, FromProto(request));
  EXPECT_EQ(question.dataset, "points");
  EXPECT_EQ(question.split, data::SplitKind::kTrain);
  EXPECT_EQ(question.line.a, 1.0);
  EXPECT_EQ(question.line.b, 2.0);
  EXPECT_EQ(question.line.c, 3.0);
  request.set_split(v1::SPLIT_VALIDATION);
  EXPECT_EQ(FromProto(request)->split, data::SplitKind::kValidation);
}

TEST(ManualClassifier, HoldsTheTestSplitBack) {
  v1::ManualClassifierRequest request;
  request.set_dataset("datasets/points");
  request.set_split(v1::SPLIT_TEST);
  const auto question = FromProto(request);
  EXPECT_THAT(question, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(ReasonOf(question.status()), "TEST_SPLIT_PROTECTED");
}

TEST(ManualClassifier, RefusesWhatBreaksARule) {
  v1::ManualClassifierRequest request;
  EXPECT_THAT(FromProto(request), StatusIs(absl::StatusCode::kInvalidArgument));
  request.set_dataset("datasets/points");
  request.set_a(kNaN);
  request.set_c(kInfinity);
  request.set_split(static_cast<v1::Split>(9));
  EXPECT_THAT(FromProto(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "a: must be finite, got nan; c: must be finite, got inf; split: must be one "
                       "of the enumeration's values, got 9"));
}

}  // namespace
}  // namespace percept::rpc
