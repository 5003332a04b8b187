#ifndef PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_COPY_H_
#define PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_COPY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"

#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/model.h"
#include "server/ml/models/feed_forward_network.h"

namespace percept::ml {

// The frozen parameters of a feed-forward network. `kernels` must outlive it.
class FeedForwardCopy final : public ModelCopy {
 public:
  FeedForwardCopy(const FeedForwardNetwork& network, const Kernels& kernels);

  std::optional<Score> EvaluateWhile(const Examples& examples, GoesOn goes_on) override;
  bool OutputsWhile(const Examples& examples, int32_t layer, absl::Span<float> outputs,
                    GoesOn goes_on) override;
  bool ClassifyWhile(const Examples& examples, absl::Span<int32_t> classes,
                     absl::Span<float> confidence, GoesOn goes_on) override;
  void ExportParameters(absl::Span<char> bytes) const override;

  // Overwrites the parameters with what `ExportParameters` wrote, or with a whole buffer of them.
  void ImportParameters(absl::Span<const char> bytes);
  void SetParameters(const AlignedBuffer<float>& parameters);

  // What a copy takes.
  static int64_t MemoryBytes(const FeedForwardLayout& layout);

 private:
  bool IsNarrow(const Examples& examples) const;
  bool ScoreNarrow(const Examples& examples, GoesOn goes_on, LossSums& sums) const;
  bool ScoreBlocks(const Examples& examples, GoesOn goes_on, LossSums& sums);

  // Gives the outputs of layer `last` for each block of rows, [count, its stride], to
  // `use(first, count, values)`, which may overwrite them.
  using UseBlock = absl::FunctionRef<void(int64_t first, int64_t count, float* values)>;
  bool ForEachBlock(const Examples& examples, size_t last, GoesOn goes_on, UseBlock use);
  float* ForwardBlock(const Batch& batch, size_t last);

  const FeedForwardNetwork network_;
  const Kernels& kernels_;
  AlignedBuffer<float> parameters_;
  const std::vector<LayerView> views_;  // Of `parameters_`.
  const int64_t rows_;                  // Of a block.
  AlignedBuffer<float> outputs_[2];     // [block, widest stride] each, by turns.
  AlignedBuffer<float> products_;
  AlignedBuffer<uint32_t> cursors_;
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_COPY_H_
