#ifndef PERCEPT_SERVER_ML_OPTIMIZER_H_
#define PERCEPT_SERVER_ML_OPTIMIZER_H_

#include <cstdint>

#include "server/base/model_spec.h"
#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"

namespace percept::ml {

// How a gradient g changes the parameters W at learning rate eta. With a weight decay lambda, every
// rule sees g + lambda W in place of g (an L2 penalty, biases included). It keeps what is to be
// remembered between updates; the kernels carry them out. Used by one thread at a time.
//
// sgd       W <- W - eta g
// momentum  v <- g + mu v, W <- W - eta v, from v = 0 (PyTorch's SGD without dampening)
// adam      m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, from m = v = 0; at update t, from 1:
//           W <- W - eta / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon), where an element
//           with m = 0 stays as it is (Kingma and Ba, 2015)
class Optimizer {
 public:
  // `parameters` floats are to be trained.
  Optimizer(const TrainingSpec& training, int64_t parameters);

  // The rule of the next update of `parameters`, which must then be carried out once for each of
  // them. It holds until the next call.
  UpdateRule Next(const float* parameters, double learning_rate);

  OptimizerKind kind() const { return kind_; }

  // What it remembers, all of which later updates depend on. Moments, number 0 and up, are as many
  // as `OptimizerBuffers` says and laid out as the parameters: momentum's v; adam's m and v.
  AlignedBuffer<float>& moments(int number) { return moments_[number]; }
  const AlignedBuffer<float>& moments(int number) const { return moments_[number]; }

  // Running products of the betas, whose bits depend on no library.
  struct BetaPowers {
    double first = 1.0;
    double second = 1.0;
  };
  const BetaPowers& beta_powers() const { return beta_powers_; }
  void set_beta_powers(const BetaPowers& powers) { beta_powers_ = powers; }

 private:
  const OptimizerKind kind_;
  const double weight_decay_;
  const double momentum_;
  const double beta1_;
  const double beta2_;
  const double epsilon_;
  BetaPowers beta_powers_;
  AlignedBuffer<float> moments_[2];
};

// How many numbers an optimiser keeps for each parameter.
int OptimizerBuffers(OptimizerKind kind);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_OPTIMIZER_H_
