#ifndef PERCEPT_SERVER_ML_OPTIMIZER_H_
#define PERCEPT_SERVER_ML_OPTIMIZER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/model_spec.h"
#include "server/ml/kernels/kernels.h"

namespace percept::ml {

// How a gradient changes the parameters. Used by one thread at a time.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // One update of all parameters W by their gradient g, both in the model's own layout, aligned and
  // padded. Takes no memory.
  virtual void Update(absl::Span<float> parameters, absl::Span<const float> gradient,
                      double learning_rate) = 0;

  // Whether the update is W <- W - learning_rate * g, which a model may then carry out piece by
  // piece, without ever holding g.
  virtual bool is_plain_descent() const = 0;
};

// The optimiser of `training`. Unimplemented for one this build does not have. `kernels` must
// outlive it.
absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(const TrainingSpec& training,
                                                           const Kernels& kernels);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_OPTIMIZER_H_
