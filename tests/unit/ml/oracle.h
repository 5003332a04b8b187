#ifndef PERCEPT_TESTS_UNIT_ML_ORACLE_H_
#define PERCEPT_TESTS_UNIT_ML_ORACLE_H_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "server/base/model_spec.h"

// Models and optimisers written from their formulas in plain loops and double precision: slow,
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

// Every number of a list of layers, in the order of the export.
inline std::vector<double*> Numbers(std::vector<Layer>& layers) {
  std::vector<double*> numbers;
  for (Layer& layer : layers) {
    for (Vector& row : layer.weight) {
      for (double& weight : row) numbers.push_back(&weight);
    }
    for (double& bias : layer.bias) numbers.push_back(&bias);
  }
  return numbers;
}

// The update rules of the optimisers, with the L2 penalty of the weight decay in the gradient.
class Optimizer {
 public:
  explicit Optimizer(const TrainingSpec& rule) : rule_(rule) {}

  void Update(std::vector<Layer>& parameters, std::vector<Layer> gradient, double learning_rate) {
    const std::vector<double*> w = Numbers(parameters);
    const std::vector<double*> g = Numbers(gradient);
    first_.resize(w.size());
    second_.resize(w.size());
    ++updates_;
    for (size_t i = 0; i < w.size(); ++i) {
      *w[i] -= learning_rate * Direction(*g[i] + rule_.weight_decay * *w[i], first_[i], second_[i]);
    }
  }

 private:
  double Direction(double gradient, double& first, double& second) const {
    switch (rule_.optimizer) {
      case OptimizerKind::kSgd:
        return gradient;
      case OptimizerKind::kMomentum:
        first = gradient + rule_.momentum * first;
        return first;
      case OptimizerKind::kAdam:
        break;
    }
    first = rule_.beta1 * first + (1.0 - rule_.beta1) * gradient;
    second = rule_.beta2 * second + (1.0 - rule_.beta2) * gradient * gradient;
    const double mean = first / (1.0 - std::pow(rule_.beta1, updates_));
    const double square = second / (1.0 - std::pow(rule_.beta2, updates_));
    return mean / (std::sqrt(square) + rule_.epsilon);
  }

  const TrainingSpec rule_;
  int updates_ = 0;
  Vector first_;
  Vector second_;
};

struct Example {
  Vector x;
  int label = 0;
};

struct Score {
  int64_t correct = 0;
  double loss_sum = 0.0;
};

// A multiperceptron or an MLP: layers with an activation between them, softmax cross-entropy on the
// outputs of the last one, or on their tanh.
class Network {
 public:
  // Starts from exported parameters: float32 weight [outputs, inputs], then bias, layer by layer.
  Network(Activation activation, bool has_tanh_outputs, const std::vector<int>& widths,
          const std::vector<char>& exported)
      : activation_(activation), has_tanh_outputs_(has_tanh_outputs) {
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
    for (const Example& example : examples) {
      AddScore(Outputs(Forward(example.x).back()), example.label, score);
    }
    return score;
  }

  // What layer `l` puts out for an example, after its function.
  Vector OutputsOf(size_t l, const Vector& x) const {
    Vector z = Forward(x)[l];
    if (l + 1 == layers_.size()) return Outputs(z);
    for (double& value : z) value = Activate(activation_, value);
    return z;
  }

  Vector Probabilities(const Vector& x) const { return Softmax(OutputsOf(layers_.size() - 1, x)); }

  // The gradient of -log p(label) on the input.
  Vector InputGradient(const Vector& x, int label) const {
    std::vector<Layer> unused = layers_;
    Score score;
    return AddGradient({x, label}, 1.0, unused, score);
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

  Score TrainBatch(const std::vector<Example>& batch, Optimizer& optimizer, double learning_rate) {
    Score score;
    optimizer.Update(layers_, Gradient(batch, score), learning_rate);
    return score;
  }

 private:
  // Pre-activations of every layer.
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

  // What the softmax takes.
  Vector Outputs(Vector z) const {
    if (has_tanh_outputs_) {
      for (double& value : z) value = std::tanh(value);
    }
    return z;
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

  // Returns the gradient on the input.
  Vector AddGradient(const Example& example, double scale, std::vector<Layer>& gradient,
                     Score& score) const {
    const std::vector<Vector> z = Forward(example.x);
    const Vector outputs = Outputs(z.back());
    AddScore(outputs, example.label, score);
    Vector delta = Softmax(outputs);
    delta[example.label] -= 1.0;
    for (size_t k = 0; k < delta.size(); ++k) {
      delta[k] *= scale * (has_tanh_outputs_ ? 1.0 - outputs[k] * outputs[k] : 1.0);
    }
    for (size_t l = layers_.size();;) {
      --l;
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
      if (l == 0) return delta_before;
      for (size_t i = 0; i < inputs; ++i) delta_before[i] *= Derivative(activation_, z[l - 1][i]);
      delta = delta_before;
    }
  }

  Activation activation_;
  bool has_tanh_outputs_;
  std::vector<Layer> layers_;
};

// Rosenblatt's perceptron, with label 1 positive.
class Perceptron {
 public:
  explicit Perceptron(size_t inputs) : weights_(inputs) {}
  explicit Perceptron(Vector weights) : weights_(std::move(weights)) {}

  const Vector& weights() const { return weights_; }

  double Product(const Vector& x) const {
    double sum = 0.0;
    for (size_t i = 0; i < x.size(); ++i) sum += weights_[i] * x[i];
    return sum;
  }

  // Returns whether the weights changed.
  bool Present(const Example& example, double learning_rate) {
    const double product = Product(example.x);
    double change = 0.0;
    if (example.label == 1 && product < 0.0) change = learning_rate;
    if (example.label == 0 && product >= 0.0) change = -learning_rate;
    for (size_t i = 0; i < weights_.size(); ++i) weights_[i] += change * example.x[i];
    return change != 0.0;
  }

  // The loss is the perceptron criterion: |w x| over the examples on the wrong side.
  Score Evaluate(const std::vector<Example>& examples) const {
    Score score;
    for (const Example& example : examples) {
      const double product = Product(example.x);
      const bool is_right = example.label == 1 ? product >= 0.0 : product < 0.0;
      score.correct += is_right ? 1 : 0;
      score.loss_sum += is_right ? 0.0 : std::abs(product);
    }
    return score;
  }

 private:
  Vector weights_;
};

}  // namespace percept::ml::oracle

#endif  // PERCEPT_TESTS_UNIT_ML_ORACLE_H_
