#ifndef PERCEPT_SERVER_ML_OPTIMIZER_H_
#define PERCEPT_SERVER_ML_OPTIMIZER_H_

#include <cstdint>
#include <memory>

#include "absl/types/span.h"

#include "server/base/model_spec.h"
#include "server/ml/kernels/kernels.h"

namespace percept::ml {

// How a gradient g changes the parameters W at learning rate eta. With a weight decay lambda, every
// rule sees g + lambda W in place of g (an L2 penalty, biases included). Used by one thread at a
// time.
//
// sgd       W <- W - eta g
// momentum  v <- g + mu v, W <- W - eta v, from v = 0 (PyTorch's SGD without dampening)
// adam      m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, from m = v = 0; at update t, from 1:
//           W <- W - eta / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon), where an element
//           with m = 0 stays as it is (Kingma and Ba, 2015)
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // One update of all parameters by their gradient, both in the model's own layout, aligned and
  // padded; zeros in the padding of both stay zeros. Overwrites the gradient. Takes no memory.
  virtual void Update(absl::Span<float> parameters, absl::Span<float> gradient,
                      double learning_rate) = 0;

  // Whether the update is W <- W - eta g, which a model may then carry out piece by piece, without
  // ever holding g.
  virtual bool is_plain_descent() const = 0;
};

// The optimiser of `training` for that many floats of parameters. `kernels` must outlive it.
std::unique_ptr<Optimizer> CreateOptimizer(const TrainingSpec& training, int64_t parameters,
                                           const Kernels& kernels);

// How many numbers an optimiser keeps for each parameter.
int OptimizerBuffers(OptimizerKind kind);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_OPTIMIZER_H_
