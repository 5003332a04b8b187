#ifndef PERCEPT_TESTS_BENCH_ML_EIGEN_PRODUCTS_H_
#define PERCEPT_TESTS_BENCH_ML_EIGEN_PRODUCTS_H_

#include <cstdint>

// The products of a dense layer by Eigen, compiled for this machine: what ours are measured
// against. Letters and layouts as in kernels.h, without padding: x [B, I], W [I, O], y [B, O].
namespace percept::bench {

struct EigenProducts {
  int64_t rows;     // B
  int64_t inputs;   // I
  int64_t outputs;  // O

  // y = x W
  void Forward(const float* x, const float* weights, float* y) const;

  // dx = dy W^T
  void Backward(const float* dy, const float* weights, float* dx) const;

  // W -= 0.001 x^T dy
  void Update(const float* x, const float* dy, float* weights) const;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_EIGEN_PRODUCTS_H_
