#ifndef PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_LAYOUT_H_
#define PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

#include "server/ml/kernels/kernels.h"
#include "server/ml/model.h"

namespace percept::ml {

// Where the parameters of a feed-forward network lie in one buffer of floats: for each layer its
// weights [I, S], input-major, then its biases [S], with rows padded as the kernels want them.
class FeedForwardLayout {
 public:
  struct Layer {
    int64_t inputs;
    int64_t outputs;
    int64_t stride;
    int64_t weights;  // Places in the buffer.
    int64_t bias;
  };

  // `outputs` holds the width of each layer, from the first on; at least one.
  FeedForwardLayout(int64_t inputs, absl::Span<const int32_t> outputs);

  absl::Span<const Layer> layers() const { return layers_; }

  // Size of the buffer.
  int64_t floats() const { return floats_; }

  // The longest row of outputs of any layer, padded.
  int64_t widest_stride() const { return widest_stride_; }

  int64_t ScratchFloats(int64_t max_rows) const;

  // The layer as the kernels see it, in `parameters` of this layout.
  LayerView View(const Layer& layer, float* parameters) const {
    return {layer.inputs, layer.outputs, layer.stride, parameters + layer.weights,
            parameters + layer.bias};
  }

  // Likewise all layers.
  std::vector<LayerView> Views(float* parameters) const;

  // The most units of any layer, inputs included.
  int64_t width() const { return width_; }

  // The tensors in export order: `linear0.weight` [O, I], `linear0.bias` [O], `linear1.weight`...
  std::vector<TensorInfo> Tensors() const;

  // Bytes that `Export` writes.
  size_t ExportBytes() const;

  // Writes `parameters` as `Tensors` says, little-endian, to `bytes` of exactly their size.
  void Export(const float* parameters, absl::Span<char> bytes) const;

  // Overwrites `parameters` with what `Export` wrote; the padding stays as it is.
  void Import(absl::Span<const char> bytes, float* parameters) const;

 private:
  std::vector<Layer> layers_;
  int64_t floats_ = 0;
  int64_t widest_stride_ = 0;
  int64_t width_ = 0;
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_LAYOUT_H_
