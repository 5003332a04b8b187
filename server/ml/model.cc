#include "server/ml/model.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/ml/models/feed_forward.h"
#include "server/ml/models/feed_forward_copy.h"
#include "server/ml/models/mlp.h"
#include "server/ml/models/multiperceptron.h"
#include "server/ml/models/perceptron.h"

namespace percept::ml {
namespace {

int64_t ElementCount(const TensorInfo& tensor) {
  int64_t elements = 1;
  for (const int64_t extent : tensor.shape) elements *= extent;
  return elements;
}

// A multiperceptron or an MLP.
FeedForwardNetwork NetworkOf(const ModelSpec& spec, ModelShape shape) {
  return spec.kind == ModelKind::kMlp ? MlpNetwork(spec, shape) : MultiperceptronNetwork(shape);
}

}  // namespace

int64_t TensorInfo::size_bytes() const {
  return ElementCount(*this) * (type == Type::kFloat32 ? 4 : 8);
}

Score& Score::operator+=(const Score& other) {
  examples += other.examples;
  correct += other.correct;
  loss_sum += other.loss_sum;
  return *this;
}

std::vector<TensorInfo> ParameterLayout(const ModelSpec& spec, ModelShape shape) {
  if (spec.kind == ModelKind::kPerceptron) {
    return {{"weight", {shape.inputs}, TensorInfo::Type::kFloat64}};
  }
  return NetworkOf(spec, shape).layout.Tensors();
}

int64_t ParameterCount(absl::Span<const TensorInfo> layout) {
  int64_t elements = 0;
  for (const TensorInfo& tensor : layout) elements += ElementCount(tensor);
  return elements;
}

int64_t ParameterBytes(absl::Span<const TensorInfo> layout) {
  int64_t bytes = 0;
  for (const TensorInfo& tensor : layout) bytes += tensor.size_bytes();
  return bytes;
}

int64_t StateBytes(const ModelSpec& spec, const TrainingSpec& training, ModelShape shape) {
  const int64_t parameters = ParameterBytes(ParameterLayout(spec, shape));
  if (spec.kind == ModelKind::kPerceptron) return parameters;
  return FeedForward::StateBytes(parameters, training.optimizer);
}

absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ModelSpec& spec,
                                                   const TrainingSpec& training, ModelShape shape,
                                                   std::optional<uint64_t> seed, int32_t max_batch,
                                                   const Kernels& kernels) {
  if (spec.kind == ModelKind::kPerceptron) {
    return absl::InvalidArgumentError("model: must be trained by batches, got perceptron");
  }
  auto model = std::make_unique<FeedForward>(NetworkOf(spec, shape), training, max_batch, kernels);
  if (spec.kind == ModelKind::kMlp && seed.has_value()) model->Draw(spec.initialization, *seed);
  return model;
}

absl::StatusOr<std::unique_ptr<ModelCopy>> LoadModel(const ModelSpec& spec, ModelShape shape,
                                                     absl::string_view parameters,
                                                     const Kernels& kernels) {
  const int64_t bytes = ParameterBytes(ParameterLayout(spec, shape));
  if (static_cast<int64_t>(parameters.size()) != bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "parameters: must have ", bytes, " bytes for this model, got ", parameters.size()));
  }
  if (spec.kind == ModelKind::kPerceptron) {
    Perceptron perceptron(shape.inputs);
    perceptron.ImportParameters(parameters);
    std::unique_ptr<ModelCopy> copy = perceptron.NewCopy();
    perceptron.CopyTo(*copy);
    return copy;
  }
  auto copy = std::make_unique<FeedForwardCopy>(NetworkOf(spec, shape), kernels);
  copy->ImportParameters(parameters);
  return copy;
}

int64_t EstimateMemory(const ModelSpec& spec, const TrainingSpec& training, ModelShape shape,
                       int32_t max_batch, int copies) {
  if (spec.kind == ModelKind::kPerceptron) {
    return (1 + copies) * ParameterBytes(ParameterLayout(spec, shape));
  }
  const FeedForwardNetwork network = NetworkOf(spec, shape);
  return FeedForward::MemoryBytes(network, training, max_batch) +
         copies * FeedForwardCopy::MemoryBytes(network.layout);
}

}  // namespace percept::ml
