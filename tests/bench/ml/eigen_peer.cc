#include "tests/bench/ml/eigen_peer.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

namespace percept::bench {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::RowVectorXf;
using Images = Eigen::Map<const Matrix>;

struct EigenPeer::State {
  Matrix w0;  // [D, H]
  Row b0;
  Matrix w1;  // [H, K]
  Row b1;
  Matrix x, h, y, delta;  // [B, ...]
};

EigenPeer::EigenPeer(int inputs, int hidden, int classes, const std::vector<float>& parameters)
    : state_(std::make_unique<State>()) {
  const float* from = parameters.data();
  const auto read = [&from](int outputs, int width, Matrix& weights, Row& bias) {
    weights = Images(from, outputs, width).transpose();
    from += outputs * width;
    bias = Eigen::Map<const Row>(from, outputs);
    from += outputs;
  };
  read(hidden, inputs, state_->w0, state_->b0);
  read(classes, hidden, state_->w1, state_->b1);
}

EigenPeer::~EigenPeer() = default;

double EigenPeer::TrainBatch(const float* images, const int32_t* labels, const uint32_t* order,
                             int count, float learning_rate) {
  State& s = *state_;
  const Eigen::Index inputs = s.w0.rows();
  s.x.resize(count, inputs);
  for (int r = 0; r < count; ++r) {
    s.x.row(r) = Eigen::Map<const Row>(images + int64_t{order[r]} * inputs, inputs);
  }
  s.h.noalias() = s.x * s.w0;
  s.h.rowwise() += s.b0;
  s.h = s.h.array().tanh();
  s.y.noalias() = s.h * s.w1;
  s.y.rowwise() += s.b1;
  s.y.colwise() -= s.y.rowwise().maxCoeff().eval();
  double loss = 0.0;
  for (int r = 0; r < count; ++r) loss -= s.y(r, labels[order[r]]);
  s.y = s.y.array().exp();
  const Eigen::VectorXf sums = s.y.rowwise().sum();
  loss += sums.array().log().sum();
  s.y.array().colwise() /= sums.array();
  for (int r = 0; r < count; ++r) s.y(r, labels[order[r]]) -= 1.0f;
  s.y *= 1.0f / static_cast<float>(count);
  s.delta.noalias() = s.y * s.w1.transpose();
  s.delta.array() *= 1.0f - s.h.array().square();
  s.w1.noalias() -= learning_rate * (s.h.transpose() * s.y);
  s.b1 -= learning_rate * s.y.colwise().sum();
  s.w0.noalias() -= learning_rate * (s.x.transpose() * s.delta);
  s.b0 -= learning_rate * s.delta.colwise().sum();
  return loss;
}

int64_t EigenPeer::CountCorrect(const float* images, const int32_t* labels, int64_t count) {
  State& s = *state_;
  constexpr int64_t kBlock = 500;
  int64_t correct = 0;
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t rows = std::min(kBlock, count - first);
    s.h.noalias() = Images(images + first * s.w0.rows(), rows, s.w0.rows()) * s.w0;
    s.h.rowwise() += s.b0;
    s.h = s.h.array().tanh();
    s.y.noalias() = s.h * s.w1;
    s.y.rowwise() += s.b1;
    for (int64_t r = 0; r < rows; ++r) {
      Eigen::Index predicted;
      s.y.row(r).maxCoeff(&predicted);
      correct += predicted == labels[first + r] ? 1 : 0;
    }
  }
  return correct;
}

std::vector<float> EigenPeer::Parameters() const {
  std::vector<float> parameters;
  const auto append = [&parameters](const Matrix& weights, const Row& bias) {
    const Matrix transposed = weights.transpose();
    parameters.insert(parameters.end(), transposed.data(), transposed.data() + transposed.size());
    parameters.insert(parameters.end(), bias.data(), bias.data() + bias.size());
  };
  append(state_->w0, state_->b0);
  append(state_->w1, state_->b1);
  return parameters;
}

}  // namespace percept::bench
