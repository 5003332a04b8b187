#ifndef PERCEPT_TESTS_UNIT_ML_ORACLE_H_
#define PERCEPT_TESTS_UNIT_ML_ORACLE_H_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "server/base/model_spec.h"

// A multi-layer perceptron written from its formulas in plain loops and double precision: slow,
// obvious, and sharing no code with the server.
namespace percept::ml::oracle {

using Vector = std::vector<double>;

inline double Activate(Activation activation, double x) {
  switch (activation) {
    case Activation::kTanh:
      return std::tanh(x);
    case Activation::kSigmoid:
      return 1.0 / (1.0 + std::exp(-x));
    case Activation::kRelu:
      return x > 0.0 ? x : 0.0;
    case Activation::kGelu:
      return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
  }
  return 0.0;
}

inline double Derivative(Activation activation, double x) {
  switch (activation) {
    case Activation::kTanh:
      return 1.0 - std::tanh(x) * std::tanh(x);
    case Activation::kSigmoid:
      return Activate(activation, x) * (1.0 - Activate(activation, x));
    case Activation::kRelu:
      return x > 0.0 ? 1.0 : 0.0;
    case Activation::kGelu:
      return 0.5 * (1.0 + std::erf(x / std::sqrt(2.0))) +
             x * std::exp(-0.5 * x * x) / std::sqrt(2.0 * M_PI);
  }
  return 0.0;
}

// y = W x + b with W [outputs][inputs].
struct Layer {
  std::vector<Vector> weight;
  Vector bias;
};

struct Example {
  Vector x;
  int label = 0;
};

struct Score {
  int64_t correct = 0;
  double loss_sum = 0.0;
};

class Mlp {
 public:
  // Starts from exported parameters: float32 weight [outputs, inputs], then bias, layer by layer.
  Mlp(Activation activation, const std::vector<int>& widths, const std::vector<char>& exported)
      : activation_(activation) {
    size_t at = 0;
    const auto next = [&] {
      float value;
      std::memcpy(&value, exported.data() + at, sizeof(value));
      at += sizeof(value);
      return static_cast<double>(value);
    };
    for (size_t l = 0; l + 1 < widths.size(); ++l) {
      Layer layer;
      layer.weight.assign(widths[l + 1], Vector(widths[l]));
      for (Vector& row : layer.weight) {
        for (double& weight : row) weight = next();
      }
      layer.bias.resize(widths[l + 1]);
      for (double& bias : layer.bias) bias = next();
      layers_.push_back(layer);
    }
  }

  std::vector<Layer>& layers() { return layers_; }

  Score Evaluate(const std::vector<Example>& examples) const {
    Score score;
    for (const Example& example : examples)
      AddScore(Forward(example.x).back(), example.label, score);
    return score;
  }

  // The gradient of the mean loss over `batch`.
  std::vector<Layer> Gradient(const std::vector<Example>& batch, Score& score) const {
    std::vector<Layer> gradient = layers_;
    for (Layer& layer : gradient) {
      for (Vector& row : layer.weight) row.assign(row.size(), 0.0);
      layer.bias.assign(layer.bias.size(), 0.0);
    }
    for (const Example& example : batch) {
      AddGradient(example, 1.0 / static_cast<double>(batch.size()), gradient, score);
    }
    return gradient;
  }

  Score TrainBatch(const std::vector<Example>& batch, double learning_rate) {
    Score score;
    const std::vector<Layer> gradient = Gradient(batch, score);
    for (size_t l = 0; l < layers_.size(); ++l) {
      for (size_t o = 0; o < layers_[l].bias.size(); ++o) {
        for (size_t i = 0; i < layers_[l].weight[o].size(); ++i) {
          layers_[l].weight[o][i] -= learning_rate * gradient[l].weight[o][i];
        }
        layers_[l].bias[o] -= learning_rate * gradient[l].bias[o];
      }
    }
    return score;
  }

 private:
  // Pre-activations of every layer; the last ones are the logits.
  std::vector<Vector> Forward(const Vector& x) const {
    std::vector<Vector> outputs;
    Vector input = x;
    for (const Layer& layer : layers_) {
      Vector z = layer.bias;
      for (size_t o = 0; o < z.size(); ++o) {
        for (size_t i = 0; i < input.size(); ++i) z[o] += layer.weight[o][i] * input[i];
      }
      outputs.push_back(z);
      input = z;
      for (double& value : input) value = Activate(activation_, value);
    }
    return outputs;
  }

  static Vector Softmax(const Vector& logits) {
    double largest = logits[0];
    for (const double logit : logits) largest = std::max(largest, logit);
    double sum = 0.0;
    for (const double logit : logits) sum += std::exp(logit - largest);
    Vector p;
    for (const double logit : logits) p.push_back(std::exp(logit - largest) / sum);
    return p;
  }

  static void AddScore(const Vector& logits, int label, Score& score) {
    size_t predicted = 0;
    for (size_t k = 1; k < logits.size(); ++k) {
      if (logits[k] > logits[predicted]) predicted = k;
    }
    score.correct += static_cast<int>(predicted) == label ? 1 : 0;
    score.loss_sum -= std::log(Softmax(logits)[label]);
  }

  void AddGradient(const Example& example, double scale, std::vector<Layer>& gradient,
                   Score& score) const {
    const std::vector<Vector> z = Forward(example.x);
    AddScore(z.back(), example.label, score);
    Vector delta = Softmax(z.back());
    delta[example.label] -= 1.0;
    for (double& value : delta) value *= scale;
    for (size_t l = layers_.size(); l-- > 0;) {
      const auto input = [&](size_t i) {
        return l == 0 ? example.x[i] : Activate(activation_, z[l - 1][i]);
      };
      const size_t inputs = layers_[l].weight[0].size();
      Vector delta_before(inputs, 0.0);
      for (size_t o = 0; o < delta.size(); ++o) {
        gradient[l].bias[o] += delta[o];
        for (size_t i = 0; i < inputs; ++i) {
          gradient[l].weight[o][i] += delta[o] * input(i);
          delta_before[i] += delta[o] * layers_[l].weight[o][i];
        }
      }
      if (l == 0) return;
      for (size_t i = 0; i < inputs; ++i) delta_before[i] *= Derivative(activation_, z[l - 1][i]);
      delta = delta_before;
    }
  }

  Activation activation_;
  std::vector<Layer> layers_;
};

}  // namespace percept::ml::oracle

#endif  // PERCEPT_TESTS_UNIT_ML_ORACLE_H_
