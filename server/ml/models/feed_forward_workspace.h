#ifndef PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_WORKSPACE_H_
#define PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_WORKSPACE_H_

#include <cstdint>
#include <vector>

#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/models/feed_forward_network.h"

namespace percept::ml {

// What one training pass of up to R rows through a feed-forward network writes. All memory but
// that for inputs, dense or sparse, is taken when it is made.
class FeedForwardWorkspace {
 public:
  FeedForwardWorkspace(const FeedForwardNetwork& network, int64_t rows);

  // Upper bound of what a workspace takes, for dense and sparse examples together.
  static int64_t MemoryBytes(const FeedForwardNetwork& network, int64_t rows);

  // Whether a batch of up to that many rows may have more pixels than `Holds` allows.
  static bool MayOverflow(const FeedForwardNetwork& network, int64_t rows);

  int64_t rows() const { return rows_; }

  // Whether one pass can find the whole gradient of a batch: it has no more rows, and its pixels
  // can be sorted together.
  bool Holds(const Batch& batch) const;

  // Outputs of hidden layer l: [R, stride].
  float* hidden(size_t l) { return hidden_[l].data(); }

  // Derivatives of the activation of layer l, which must have one: [R, stride].
  float* slopes(size_t l) { return slopes_[l].data(); }

  // Derivatives of the loss by the pre-activations of layer l: [R, stride]; those of layers l and
  // l - 1 are apart.
  float* deltas(size_t l) { return deltas_[l % 2].data(); }

  Scratch scratch();

  // Takes what only sparse examples need.
  void PrepareSparse(int64_t inputs);

  // The inputs of a batch of dense examples, put together.
  DenseRows GatherInputs(const Batch& batch, int64_t inputs);
  const int32_t* GatherLabels(const Batch& batch);

 private:
  const int64_t rows_;
  std::vector<AlignedBuffer<float>> hidden_;
  std::vector<AlignedBuffer<float>> slopes_;
  AlignedBuffer<float> deltas_[2];
  AlignedBuffer<float> products_;
  AlignedBuffer<uint32_t> cursors_;
  AlignedBuffer<int32_t> labels_;
  AlignedBuffer<float> inputs_;           // Dense examples only.
  AlignedBuffer<uint32_t> column_start_;  // Sparse examples only, as are entries_.
  AlignedBuffer<uint32_t> entries_;
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_FEED_FORWARD_WORKSPACE_H_
