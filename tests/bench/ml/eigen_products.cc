#include "tests/bench/ml/eigen_products.h"

#include <Eigen/Core>

namespace percept::bench {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Matrix> View(const float* values, int64_t rows, int64_t columns) {
  return {values, rows, columns};
}

Eigen::Map<Matrix> View(float* values, int64_t rows, int64_t columns) {
  return {values, rows, columns};
}

}  // namespace

void EigenProducts::Forward(const float* x, const float* weights, float* y) const {
  View(y, rows, outputs).noalias() = View(x, rows, inputs) * View(weights, inputs, outputs);
}

void EigenProducts::Backward(const float* dy, const float* weights, float* dx) const {
  View(dx, rows, inputs).noalias() =
      View(dy, rows, outputs) * View(weights, inputs, outputs).transpose();
}

void EigenProducts::Update(const float* x, const float* dy, float* weights) const {
  View(weights, inputs, outputs).noalias() -=
      0.001f * (View(x, rows, inputs).transpose() * View(dy, rows, outputs));
}

}  // namespace percept::bench
