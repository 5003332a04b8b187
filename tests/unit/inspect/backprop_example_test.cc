#include "server/inspect/demo/backprop_example.h"

#include <cmath>
#include <vector>

#include "gmock/gmock.h"

namespace percept::inspect {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

// About three units in the last place of numbers near 1.
constexpr float kTolerance = 2e-7f;

BackpropSpec Notebook() {
  return {.examples = 2,
          .input_count = 2,
          .classes = 2,
          .inputs = {0.3f, -0.5f, -0.4f, 1.0f},
          .weights = {0.55f, -0.12f, -0.32f, 0.5f},
          .biases = {0.4f, -0.2f},
          .targets = {1, 0}};
}

void ExpectNear(const std::vector<float>& actual, const std::vector<float>& expected,
                float tolerance = kTolerance) {
  EXPECT_THAT(actual, Pointwise(FloatNear(tolerance), expected));
}

// The mean loss in float64, for differences.
double Loss(const BackpropSpec& spec) {
  double total = 0.0;
  for (int32_t row = 0; row < spec.examples; ++row) {
    double sum = 0.0;
    double of_target = 0.0;
    for (int32_t label = 0; label < spec.classes; ++label) {
      double linear = spec.biases[static_cast<size_t>(label)];
      for (int32_t input = 0; input < spec.input_count; ++input) {
        linear +=
            static_cast<double>(spec.inputs[static_cast<size_t>(row * spec.input_count + input)]) *
            spec.weights[static_cast<size_t>(label * spec.input_count + input)];
      }
      const double activated = ActivationValue(spec.activation, linear);
      sum += std::exp(activated);
      if (label == spec.targets[static_cast<size_t>(row)]) of_target = activated;
    }
    total += std::log(sum) - of_target;
  }
  return total / spec.examples;
}

// dL/d(values) by central differences; `values` is one of the spec's arrays.
std::vector<float> Differences(BackpropSpec& spec, std::vector<float>& values) {
  std::vector<float> gradient;
  for (float& value : values) {
    const float kept = value;
    value = kept + 0.0078125f;
    const double above = Loss(spec);
    value = kept - 0.0078125f;
    const double below = Loss(spec);
    value = kept;
    gradient.push_back(static_cast<float>((above - below) / 0.015625));
  }
  return gradient;
}

TEST(WorkBackprop, OfTheNotebookHasNumPysIntermediates) {
  const BackpropExample example = WorkBackprop(Notebook());
  ExpectNear(example.linear, {0.625f, -0.546f, 0.06f, 0.428f});
  ExpectNear(example.activated, {0.5545997f, -0.49751633f, 0.05992811f, 0.40364856f});
  ExpectNear(example.probabilities, {0.741181f, 0.25881895f, 0.414906f, 0.585094f});
  EXPECT_NEAR(example.loss, 1.115665f, kTolerance);
  ExpectNear(example.activated_gradient, {0.3705905f, -0.3705905f, -0.29254699f, 0.29254699f});
  ExpectNear(example.linear_gradient, {0.25660399f, -0.27886102f, -0.29149634f, 0.24488167f});
  ExpectNear(example.weight_gradient, {0.19357973f, -0.41979831f, -0.18161097f, 0.38431218f});
  ExpectNear(example.bias_gradient, {-0.03489235f, -0.03397934f});
  ExpectNear(example.input_gradient, {0.23036772f, -0.17022298f, -0.23868513f, 0.1574204f});
  EXPECT_THAT(example.positive_counts, ElementsAre(1, 2));
}

TEST(WorkBackprop, GradientsAgreeWithFiniteDifferences) {
  for (const DemoActivation activation : {DemoActivation::kIdentity, DemoActivation::kTanh,
                                          DemoActivation::kSigmoid, DemoActivation::kGelu}) {
    BackpropSpec spec = {.examples = 2,
                         .input_count = 3,
                         .classes = 4,
                         .inputs = {0.3f, -0.5f, 1.5f, -0.4f, 1.0f, 0.25f},
                         .weights = {0.55f, -0.12f, 0.9f, -0.32f, 0.5f, -0.7f, 1.1f, 0.2f, -0.6f,
                                     0.05f, -1.2f, 0.4f},
                         .biases = {0.4f, -0.2f, 0.1f, 0.0f},
                         .targets = {3, 0},
                         .activation = activation};
    const BackpropExample example = WorkBackprop(spec);
    EXPECT_NEAR(example.loss, Loss(spec), 1e-6);
    ExpectNear(example.weight_gradient, Differences(spec, spec.weights), 2e-5f);
    ExpectNear(example.bias_gradient, Differences(spec, spec.biases), 2e-5f);
    ExpectNear(example.input_gradient, Differences(spec, spec.inputs), 2e-5f);
  }
}

TEST(WorkBackprop, CarriesAnOutputGradientThroughTheSoftmax) {
  BackpropSpec spec = Notebook();
  spec.targets.clear();
  spec.output_gradient = {1.0f, 0.0f, 0.0f, 1.0f};
  const BackpropExample example = WorkBackprop(spec);
  EXPECT_EQ(example.loss, 0.0f);
  ExpectNear(example.activated_gradient, {0.19183172f, -0.19183169f, -0.242759f, 0.24275902f});
  ExpectNear(example.linear_gradient, {0.13282797f, -0.14434904f, -0.24188717f, 0.20320576f});
  ExpectNear(example.weight_gradient, {0.13660327f, -0.30830115f, -0.12458702f, 0.27538028f});
}

TEST(WorkBackprop, ShowsThatSeveralOrNoPerceptronsMaySayYes) {
  BackpropSpec spec = Notebook();
  spec.activation = DemoActivation::kStep;
  const BackpropExample example = WorkBackprop(spec);
  EXPECT_THAT(example.activated, ElementsAre(1.0f, -1.0f, 1.0f, 1.0f));
  EXPECT_THAT(example.positive_counts, ElementsAre(1, 2));
  // No gradient comes through the step.
  EXPECT_THAT(example.weight_gradient, Each(0.0f));
  spec.biases = {-1.0f, -1.0f};
  EXPECT_THAT(WorkBackprop(spec).positive_counts, ElementsAre(0, 0));
}

TEST(WorkBackprop, StaysFiniteAtTheLargestNumbers) {
  BackpropSpec spec = Notebook();
  spec.activation = DemoActivation::kIdentity;
  spec.inputs = {1e6f, -1e6f, -1e6f, 1e6f};
  spec.weights = {1e6f, -1e6f, -1e6f, 1e6f};
  const BackpropExample example = WorkBackprop(spec);
  // The first row is sure of class 0, 4e12 above the other, and the target is 1; the second
  // reverse.
  EXPECT_NEAR(example.loss / 4e12f, 1.0f, 1e-6f);
  EXPECT_THAT(example.probabilities, ElementsAre(1.0f, 0.0f, 0.0f, 1.0f));
  EXPECT_THAT(example.input_gradient, ElementsAre(1e6f, -1e6f, -1e6f, 1e6f));
}

}  // namespace
}  // namespace percept::inspect
