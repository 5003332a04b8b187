#ifndef PERCEPT_SERVER_ML_MODELS_MLP_H_
#define PERCEPT_SERVER_ML_MODELS_MLP_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

#include "server/base/model_spec.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/model.h"

namespace percept::ml {

// A multi-layer perceptron: h0 = x, h(l+1) = f(W(l) h(l) + b(l)) for each hidden layer, logits
// y = W(L) h(L) + b(L), mean softmax cross-entropy over the batch. Arguments and errors are those
// of `CreateModel`.
absl::StatusOr<std::unique_ptr<Model>> CreateMlp(const ModelSpec& spec,
                                                 const TrainingSpec& training, ModelShape shape,
                                                 uint64_t seed, int32_t max_batch,
                                                 const Kernels& kernels);

// As `LoadModel`, for parameters of the right size.
std::unique_ptr<ModelCopy> LoadMlp(const ModelSpec& spec, ModelShape shape,
                                   absl::Span<const char> parameters, const Kernels& kernels);

// As `EstimateMemory`.
int64_t EstimateMlpMemory(const ModelSpec& spec, const TrainingSpec& training, ModelShape shape,
                          int32_t max_batch, int copies);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_MLP_H_
