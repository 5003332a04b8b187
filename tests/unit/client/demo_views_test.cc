#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/demo/activations_view.h"
#include "client/cli/demo/backprop_view.h"
#include "client/cli/demo/cross_entropy_view.h"
#include "client/cli/demo/gradient_descent_view.h"
#include "client/cli/demo/gradient_flow_view.h"
#include "client/cli/demo/image_structure_view.h"
#include "client/cli/demo/manual_classifier_view.h"
#include "client/cli/demo/schedule_view.h"
#include "tests/unit/client/view_checks.h"

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Descent MakeDescent() {
  Descent descent;
  for (const double coefficient : {2.0, -5.0, 1.0}) descent.request.add_coefficients(coefficient);
  descent.request.set_start(-2);
  descent.request.set_learning_rate(0.1);
  double x = -2;
  for (int i = 0; i <= 5; ++i) {
    v1::ScalarStep& step = *descent.response.add_steps();
    step.set_step(i);
    step.set_x(x);
    step.set_value(x * x - 5 * x + 2);
    step.set_gradient(2 * x - 5);
    step.set_velocity(i < 5 ? 2 * x - 5 : 0);
    x -= 0.1 * (2 * x - 5);
  }
  return descent;
}

TEST(DescentView, ShowsThePolynomialAndEachStep) {
  ExpectFits([](const Page& page) { return RenderDescents({MakeDescent()}, page); });
  const std::string text = RenderDescents({MakeDescent()}, PlainPage());
  EXPECT_THAT(text, HasSubstr("y = x^2 - 5x + 2\n"));
  EXPECT_THAT(text, HasSubstr("start -2, eta 0.1: 5 steps to x = 1.025, y = "));
  EXPECT_THAT(text, HasSubstr("\n   0          -2          16          -9          -9\n"));
  ExpectDrawn(DrawDescents({MakeDescent(), MakeDescent()}));
}

TEST(DescentView, SurvivesADescentThatFliesOff) {
  Descent descent = MakeDescent();
  descent.response.set_diverged(true);
  v1::ScalarStep& step = *descent.response.add_steps();
  step.set_step(6);
  step.set_x(1e200);
  step.set_value(std::numeric_limits<double>::infinity());
  EXPECT_THAT(RenderDescents({descent}, PlainPage()), HasSubstr("; then it diverged"));
  ExpectDrawn(DrawDescents({descent}));
}

TEST(PolynomialText, LeavesOutWhatIsNought) {
  google::protobuf::RepeatedField<double> coefficients;
  for (const double c : {0.0, -1.0, 0.0, 0.5}) coefficients.Add(c);
  EXPECT_EQ(PolynomialText(coefficients, true), "y = 0.5x³ − x");
  coefficients.Clear();
  coefficients.Add(0);
  EXPECT_EQ(PolynomialText(coefficients, true), "y = 0");
}

TEST(ActivationsView, ShowsCoursesAndValues) {
  v1::CompareActivationsResponse response;
  for (int i = -4; i <= 4; ++i) response.add_x(i);
  for (const auto activation : {v1::DEMO_ACTIVATION_TANH, v1::DEMO_ACTIVATION_RELU}) {
    v1::ActivationCurve& curve = *response.add_curves();
    curve.set_activation(activation);
    for (int i = -4; i <= 4; ++i) {
      curve.add_values(activation == v1::DEMO_ACTIVATION_TANH ? std::tanh(i) : std::max(0, i));
      curve.add_derivatives(i > 0 ? 1 : 0);
    }
  }
  ExpectFits([&](const Page& page) { return RenderActivations(response, page); });
  const std::string text = RenderActivations(response, PlainPage());
  EXPECT_THAT(text, HasSubstr("ReLU'"));
  EXPECT_THAT(text, HasSubstr("     1    0.7616    1.0000\n"));
  ExpectDrawn(DrawActivations(response));
}

TEST(CrossEntropyView, SaysWhatIsInfinite) {
  v1::CrossEntropyRequest request;
  for (const double p : {0.5, 0.5}) request.add_p(p);
  for (const double q : {1.0, 0.0}) request.add_q(q);
  v1::CrossEntropyResponse response;
  response.set_entropy_p(0.693147);
  response.set_cross_entropy(std::numeric_limits<double>::infinity());
  response.set_divergence(std::numeric_limits<double>::infinity());
  response.add_terms(0);
  response.add_terms(std::numeric_limits<double>::infinity());
  ExpectFits([&](const Page& page) { return RenderCrossEntropy(request, response, page); });
  const std::string text = RenderCrossEntropy(request, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("H(p)      0.693 nats\n"));
  EXPECT_THAT(text, HasSubstr("KL(p||q)  infinite\n"));
  ExpectDrawn(DrawCrossEntropy(request, response));
}

TEST(BackpropView, ShowsEachIntermediateAsAMatrix) {
  v1::BackpropExampleRequest request;
  request.set_input_count(2);
  for (const float x : {0.3f, -0.5f, -0.4f, 1.0f}) request.add_inputs(x);
  for (const float w : {0.55f, -0.12f, -0.32f, 0.5f}) request.add_weights(w);
  for (const float b : {0.4f, -0.2f}) request.add_biases(b);
  for (const int t : {1, 0}) request.add_targets(t);
  v1::BackpropExampleResponse response;
  response.set_examples(2);
  response.set_classes(2);
  response.set_loss(0.75f);
  for (int i = 0; i < 4; ++i) {
    response.add_linear(0.1f * static_cast<float>(i));
    response.add_activated(0.1f * static_cast<float>(i));
    response.add_probabilities(0.5f);
    response.add_activated_gradient(-0.25f);
    response.add_linear_gradient(-0.25f);
    response.add_weight_gradient(0.125f);
    response.add_input_gradient(0);
  }
  for (int i = 0; i < 2; ++i) {
    response.add_bias_gradient(-0.5f);
    response.add_positive_counts(i + 1);
  }
  ExpectFits([&](const Page& page) { return RenderBackprop(request, response, page); });
  const std::string text = RenderBackprop(request, response, PlainPage());
  EXPECT_THAT(text, HasSubstr("[  0.3000 -0.5000 ]   [  0.5500 -0.1200 ]   [ 0.4000 -0.2000 ]"));
  EXPECT_THAT(text, HasSubstr("h = x W^T + b"));
  EXPECT_THAT(text, HasSubstr("s = tanh(h)"));
  EXPECT_THAT(text, HasSubstr("L = mean of -log p(target) = 0.7500\n"));
  for (const char* name : {"dL/ds", "dL/dh", "dL/dW", "dL/db", "dL/dx"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
  ExpectDrawn(DrawBackprop(request, response));
  request.set_activation(v1::DEMO_ACTIVATION_IDENTITY);
  request.add_output_gradient(1);
  EXPECT_THAT(RenderBackprop(request, response, PlainPage()),
              HasSubstr("the gradient at p was given"));
}

TEST(ScheduleView, ShowsCurvesSideBySide) {
  SampledSchedule schedule;
  schedule.request.mutable_step()->set_gamma(0.7);
  schedule.request.mutable_step()->set_sigma(1000);
  for (int i = 0; i <= 28; ++i) {
    schedule.response.add_steps(100 * i);
    schedule.response.add_learning_rates(0.05 * std::pow(0.7, i / 10));
  }
  SampledSchedule constant = schedule;
  constant.request.mutable_constant();
  const std::vector<SampledSchedule> schedules = {schedule, constant};
  ExpectFits([&](const Page& page) { return RenderSchedules(schedules, page); });
  const std::string text = RenderSchedules(schedules, PlainPage());
  EXPECT_THAT(text, HasSubstr("step, gamma 0.7, sigma 1,000"));
  EXPECT_THAT(text, HasSubstr("constant"));
  EXPECT_THAT(text, HasSubstr("0.0245"));
  ExpectDrawn(DrawSchedules(schedules));
}

TEST(GradientFlowView, LeavesGapsWhereALogarithmHasNone) {
  v1::GradientFlowResponse response;
  v1::GradientFlowCurve& sigmoid = *response.add_curves();
  sigmoid.set_activation(v1::DEMO_ACTIVATION_SIGMOID);
  v1::GradientFlowCurve& relu = *response.add_curves();
  relu.set_activation(v1::DEMO_ACTIVATION_RELU);
  for (int i = 0; i < 20; ++i) {
    sigmoid.add_gradient_norms(std::pow(10, i - 20));
    relu.add_gradient_norms(i % 2);
  }
  ExpectFits([&](const Page& page) { return RenderGradientFlow(response, page); });
  const std::string text = RenderGradientFlow(response, PlainPage());
  EXPECT_THAT(text, HasSubstr("    1   1.00e-20    0.00\n"));
  EXPECT_THAT(text, HasSubstr("1e-20"));
  ExpectDrawn(DrawGradientFlow(response));
}

v1::ImageStructureResponse MakeStructure() {
  v1::ImageStructureResponse response;
  response.mutable_shape()->set_height(8);
  response.mutable_shape()->set_width(8);
  response.mutable_shape()->set_channels(3);
  response.set_random_pixels(std::string(192, '\x10'));
  response.set_photograph_pixels(std::string(192, '\x80'));
  response.set_shuffled_pixels(std::string(192, '\xFF'));
  response.set_photograph("china");
  response.set_attribution("by someone, CC BY 2.0");
  response.add_photographs("china");
  return response;
}

TEST(ImageStructureView, ShowsThreePicturesAndWhoseTheyAre) {
  ExpectFits([](const Page& page) { return RenderImageStructure(MakeStructure(), page); });
  const std::string text = RenderImageStructure(MakeStructure(), PlainPage());
  EXPECT_THAT(text, HasSubstr("a photograph"));
  EXPECT_THAT(text, HasSubstr("by someone, CC BY 2.0"));
  ExpectDrawn(DrawImageStructure(MakeStructure()));
}

TEST(ImageStructureView, SaysThatAPictureIsOnesOwn) {
  v1::ImageStructureResponse response = MakeStructure();
  response.clear_photograph();
  response.clear_attribution();
  response.clear_photographs();
  const std::string text = RenderImageStructure(response, PlainPage());
  EXPECT_THAT(text, HasSubstr("\na picture of your own\n"));
  EXPECT_THAT(text, Not(HasSubstr("all there are")));
  ExpectDrawn(DrawImageStructure(response));
}

TEST(ImageStructureView, RefusesPicturesOfAnotherSize) {
  EXPECT_TRUE(CheckImageStructure(MakeStructure()).ok());
  v1::ImageStructureResponse response = MakeStructure();
  response.mutable_shuffled_pixels()->pop_back();
  EXPECT_EQ(CheckImageStructure(response).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(CheckImageStructure({}).code(), absl::StatusCode::kInternal);
}

TEST(ManualClassifierView, ShowsTheLineAmongThePoints) {
  v1::ManualClassifierRequest request;
  request.set_dataset("datasets/two-normals");
  request.set_a(1);
  request.set_b(-0.5);
  request.set_c(-2);
  v1::ManualClassifierResponse response;
  response.set_accuracy(0.75);
  for (const int count : {2, 1, 0, 1}) response.add_counts(count);
  response.add_wrong_indices(2);
  Points points;
  points.inputs = 3;
  points.values = {0, 0, 1, 1, 1, 1, 2, -2, 1, 4, 1, 1};
  points.labels = {0, 0, 0, 1};
  points.indices = {0, 1, 2, 3};
  ExpectFits(
      [&](const Page& page) { return RenderManualClassifier(request, response, points, page); });
  const std::string text = RenderManualClassifier(request, response, points, PlainPage());
  EXPECT_THAT(text, HasSubstr("x - 0.5y - 2 = 0  accuracy 0.750, 1 wrong\n"));
  EXPECT_THAT(text, HasSubstr("+ class 0            2            1\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  ExpectDrawn(DrawManualClassifier(request, response, points));
  request.Clear();
  EXPECT_THAT(RenderManualClassifier(request, response, points, PlainPage()), HasSubstr("0 = 0"));
}

}  // namespace
}  // namespace percept::cli
