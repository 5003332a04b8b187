#ifndef PERCEPT_SERVER_ML_MODEL_H_
#define PERCEPT_SERVER_ML_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/examples.h"
#include "server/base/model_spec.h"
#include "server/ml/kernels/kernels.h"

// Models as the trainer sees them. Letters: N examples, B of them in a batch, D inputs, K classes.
namespace percept::ml {

// A parameter as clients see it.
struct TensorInfo {
  enum class Type { kFloat32, kFloat64 };
  std::string name;            // PyTorch's, such as `linear0.weight`.
  std::vector<int64_t> shape;  // A weight is [outputs, inputs].
  Type type = Type::kFloat32;

  bool is_float32() const { return type == Type::kFloat32; }
  int64_t size_bytes() const;
};

// Sums over some examples, to be divided by their number.
struct Score {
  int64_t examples = 0;
  int64_t correct = 0;    // Predicted class equals the label; ties go to the lowest class.
  double loss_sum = 0.0;  // In nats (the perceptron: its criterion, the sum of |w x| of the wrong).

  Score& operator+=(const Score& other);
};

// A frozen copy of a model's parameters, with a workspace of its own: it can be evaluated and
// exported on one thread while the model trains on another. Memory is taken when it is made.
class ModelCopy {
 public:
  virtual ~ModelCopy() = default;

  // Asked between the pieces of an evaluation, which take some milliseconds each; false ends it.
  using GoesOn = absl::FunctionRef<bool()>;

  // Scores all of `examples`; unset where `goes_on` ended it. The result does not depend on how
  // often or where it is computed.
  virtual std::optional<Score> EvaluateWhile(const Examples& examples, GoesOn goes_on) = 0;
  Score Evaluate(const Examples& examples) {
    return *EvaluateWhile(examples, [] { return true; });
  }

  // Writes what the units of layer `layer` (from the first on, the output layer being the last)
  // give for each of `examples`, after the layer's function, to `outputs` [N, units]. Those of the
  // last layer are the scores [N, K] that softmax makes probabilities of; the perceptron's only
  // layer gives w x, [N, 1], whose sign float32 keeps. Labels are not looked at. False, with
  // some written, where `goes_on` ended it. The bits for an example do not depend on the others.
  virtual bool OutputsWhile(const Examples& examples, int32_t layer, absl::Span<float> outputs,
                            GoesOn goes_on) = 0;

  // Writes the predicted class of each of `examples`, the lowest of equals, to `classes` [N], and
  // its probability (the perceptron's is 1), NaN where a score is not finite, to `confidence` [N].
  // Otherwise as `OutputsWhile`.
  virtual bool ClassifyWhile(const Examples& examples, absl::Span<int32_t> classes,
                             absl::Span<float> confidence, GoesOn goes_on) = 0;

  // Writes all parameters, little-endian, in the order and shapes of `ParameterLayout`;
  // `bytes` has exactly their size.
  virtual void ExportParameters(absl::Span<char> bytes) const = 0;
};

// A model under training. Used by one thread at a time.
class Model {
 public:
  virtual ~Model() = default;

  // One update on the B examples `rows` of `examples` (indices, in this order) at learning rate
  // `learning_rate`. Returns their score under the parameters before the update. Takes no memory
  // after the first call. A loss that is not finite shows in the score; parameters may then be
  // unusable.
  virtual Score TrainBatch(const Examples& examples, absl::Span<const uint32_t> rows,
                           double learning_rate) = 0;

  // A copy to be filled by `CopyTo`.
  virtual std::unique_ptr<ModelCopy> NewCopy() const = 0;

  // Overwrites the parameters with what `ModelCopy::ExportParameters` of a model of the same layout
  // wrote; what the optimiser remembers stays as it is. `bytes` has exactly their size.
  virtual void ImportParameters(absl::Span<const char> bytes) = 0;

  // Overwrites `copy`, which `NewCopy` of this model made, with the parameters as they are now.
  virtual void CopyTo(ModelCopy& copy) const = 0;

  // Writes all that later updates depend on: the parameters and what the optimiser remembers,
  // little-endian, the same for every instruction set. `bytes` has exactly `StateBytes`.
  virtual void ExportState(absl::Span<char> bytes) const = 0;

  // Goes on from what `ExportState` of a model of the same layout and optimiser wrote: updates give
  // the bits that they gave there. InvalidArgument, with nothing changed, for another size.
  virtual absl::Status ImportState(absl::Span<const char> bytes) = 0;
};

// What a model is made for.
struct ModelShape {
  int32_t inputs = 0;   // D
  int32_t classes = 0;  // K
};

// The parameters of a model, in the order in which they are exported.
std::vector<TensorInfo> ParameterLayout(const ModelSpec& spec, ModelShape shape);

// Sum of the elements / bytes over a layout.
int64_t ParameterCount(absl::Span<const TensorInfo> layout);
int64_t ParameterBytes(absl::Span<const TensorInfo> layout);

// Bytes of the state that a model of this shape, a perceptron too, exports in training.
int64_t StateBytes(const ModelSpec& spec, const TrainingSpec& training, ModelShape shape);

// Makes a multiperceptron or an MLP at its start: zeros for the former, drawn from `seed` for the
// latter; without a seed zeros too, for a model that is given parameters. `max_batch` bounds B. The
// kernels must outlive it (those of `KernelsFor` do). InvalidArgument for a perceptron, which is
// not trained by batches: see models/perceptron.h.
absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ModelSpec& spec,
                                                   const TrainingSpec& training, ModelShape shape,
                                                   std::optional<uint64_t> seed, int32_t max_batch,
                                                   const Kernels& kernels);

// A frozen model of any kind with the given parameters, as `ModelCopy::ExportParameters` wrote
// them. InvalidArgument when `parameters` has another size. The kernels must outlive it.
absl::StatusOr<std::unique_ptr<ModelCopy>> LoadModel(const ModelSpec& spec, ModelShape shape,
                                                     absl::string_view parameters,
                                                     const Kernels& kernels);

// The most memory, in bytes, that a model of this shape, its optimiser and `copies` copies of it
// take, before any is made.
int64_t EstimateMemory(const ModelSpec& spec, const TrainingSpec& training, ModelShape shape,
                       int32_t max_batch, int copies);

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODEL_H_
