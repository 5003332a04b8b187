#include "server/inspect/demo/backprop_example.h"

#include <algorithm>
#include <cmath>

namespace percept::inspect {
namespace {

size_t Size(int32_t count) { return static_cast<size_t>(count); }

// The float32 nearest to the function's value at a float32.
float Activate(DemoActivation activation, float x) {
  return static_cast<float>(ActivationValue(activation, x));
}

void Forwards(const BackpropSpec& spec, BackpropExample& example) {
  const size_t inputs = Size(spec.input_count);
  const size_t classes = Size(spec.classes);
  for (size_t row = 0; row < Size(spec.examples); ++row) {
    int32_t positive = 0;
    for (size_t label = 0; label < classes; ++label) {
      float sum = 0.0f;
      for (size_t input = 0; input < inputs; ++input)
        sum += spec.inputs[row * inputs + input] * spec.weights[label * inputs + input];
      example.linear.push_back(sum + spec.biases[label]);
      example.activated.push_back(Activate(spec.activation, example.linear.back()));
      if (example.activated.back() > 0.0f) ++positive;
    }
    example.positive_counts.push_back(positive);
  }
}

// Sets the probabilities, and the loss where there are targets.
void Softmax(const BackpropSpec& spec, BackpropExample& example) {
  const size_t classes = Size(spec.classes);
  for (size_t row = 0; row < Size(spec.examples); ++row) {
    const float* activated = example.activated.data() + row * classes;
    const float largest = *std::max_element(activated, activated + classes);
    float sum = 0.0f;
    for (size_t label = 0; label < classes; ++label) {
      example.probabilities.push_back(std::exp(activated[label] - largest));
      sum += example.probabilities.back();
    }
    for (size_t label = 0; label < classes; ++label)
      example.probabilities[row * classes + label] /= sum;
    if (!spec.output_gradient.empty()) continue;
    // -log p, finite also where p itself is 0 in float32.
    example.loss += largest + std::log(sum) - activated[spec.targets[row]];
  }
  if (spec.examples > 0) example.loss /= static_cast<float>(spec.examples);
}

// dL/ds: (p - onehot) / B, or what the output's gradient becomes before the softmax.
void ThroughSoftmax(const BackpropSpec& spec, BackpropExample& example) {
  const size_t classes = Size(spec.classes);
  example.activated_gradient = example.probabilities;
  for (size_t row = 0; row < Size(spec.examples); ++row) {
    float* gradient = example.activated_gradient.data() + row * classes;
    if (spec.output_gradient.empty()) {
      gradient[spec.targets[row]] -= 1.0f;
      for (size_t label = 0; label < classes; ++label)
        gradient[label] /= static_cast<float>(spec.examples);
      continue;
    }
    const float* output = spec.output_gradient.data() + row * classes;
    float mean = 0.0f;
    for (size_t label = 0; label < classes; ++label) mean += gradient[label] * output[label];
    for (size_t label = 0; label < classes; ++label) gradient[label] *= output[label] - mean;
  }
}

void ThroughActivation(const BackpropSpec& spec, BackpropExample& example) {
  for (size_t place = 0; place < example.linear.size(); ++place) {
    const double slope = ActivationDerivative(spec.activation, example.linear[place]);
    example.linear_gradient.push_back(example.activated_gradient[place] *
                                      static_cast<float>(slope));
  }
}

void ThroughLayer(const BackpropSpec& spec, BackpropExample& example) {
  const size_t inputs = Size(spec.input_count);
  const size_t classes = Size(spec.classes);
  example.weight_gradient.assign(classes * inputs, 0.0f);
  example.bias_gradient.assign(classes, 0.0f);
  example.input_gradient.assign(Size(spec.examples) * inputs, 0.0f);
  for (size_t row = 0; row < Size(spec.examples); ++row) {
    for (size_t label = 0; label < classes; ++label) {
      const float delta = example.linear_gradient[row * classes + label];
      example.bias_gradient[label] += delta;
      for (size_t input = 0; input < inputs; ++input) {
        example.weight_gradient[label * inputs + input] +=
            delta * spec.inputs[row * inputs + input];
        example.input_gradient[row * inputs + input] +=
            delta * spec.weights[label * inputs + input];
      }
    }
  }
}

}  // namespace

BackpropExample WorkBackprop(const BackpropSpec& spec) {
  BackpropExample example;
  Forwards(spec, example);
  Softmax(spec, example);
  ThroughSoftmax(spec, example);
  ThroughActivation(spec, example);
  ThroughLayer(spec, example);
  return example;
}

}  // namespace percept::inspect
