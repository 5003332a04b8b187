#ifndef PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_H_
#define PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"

#include "server/base/model_spec.h"
#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/model.h"
#include "server/ml/models/feed_forward_network.h"
#include "server/ml/models/feed_forward_workspace.h"
#include "server/ml/optimizer.h"

namespace percept::ml {

// A feed-forward network under training. `kernels` must outlive it.
class FeedForward final : public Model {
 public:
  // Starts with all parameters zero. `max_batch` bounds B.
  FeedForward(FeedForwardNetwork network, const TrainingSpec& training, int32_t max_batch,
              const Kernels& kernels);

  // Draws all parameters anew.
  void Draw(Initialization initialization, uint64_t seed);

  Score TrainBatch(const Examples& examples, absl::Span<const uint32_t> rows,
                   double learning_rate) override;
  std::unique_ptr<ModelCopy> NewCopy() const override;
  void ImportParameters(absl::Span<const char> bytes) override;
  void CopyTo(ModelCopy& copy) const override;
  void ExportState(absl::Span<char> bytes) const override;
  absl::Status ImportState(absl::Span<const char> bytes) override;

  // What `ExportState` writes where the parameters take `parameter_bytes`.
  static int64_t StateBytes(int64_t parameter_bytes, OptimizerKind optimizer);

  // Upper bound of what a model with its optimiser takes.
  static int64_t MemoryBytes(const FeedForwardNetwork& network, const TrainingSpec& training,
                             int32_t max_batch);

 private:
  void HoldGradient();
  void SumGradient(const Examples& examples, absl::Span<const uint32_t> rows, float scale,
                   LossSums& sums);
  void Pass(const Batch& batch, float scale, const UpdateRule& rule, float* target, LossSums& sums);
  float* Forward(const Batch& batch, const DenseRows& x);
  void Backward(const Batch& batch, const DenseRows& x, const UpdateRule& rule, float* target);
  DenseRows HiddenRows(const Batch& batch, size_t l);

  const FeedForwardNetwork network_;
  const Kernels& kernels_;
  AlignedBuffer<float> parameters_;
  AlignedBuffer<float> gradient_;       // Empty while one pass is enough for every batch.
  const std::vector<LayerView> views_;  // Of `parameters_`.
  Optimizer optimizer_;
  FeedForwardWorkspace workspace_;
  AlignedBuffer<float> narrow_scratch_;  // Empty unless the network and its batches are narrow.
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_H_
