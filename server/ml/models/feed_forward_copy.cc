#include "server/ml/models/feed_forward_copy.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace percept::ml {
namespace {

// Rows that pass through the network together, whose outputs stay in the L2 cache.
constexpr int64_t kRows = 256;

}  // namespace

FeedForwardCopy::FeedForwardCopy(const FeedForwardNetwork& network, const Kernels& kernels)
    : network_(network),
      kernels_(kernels),
      parameters_(network.layout.floats()),
      views_(network.layout.Views(parameters_.data())),
      products_(network.layout.ScratchFloats(kRows)),
      cursors_(kRows) {
  for (auto& outputs : outputs_) {
    outputs = AlignedBuffer<float>(kRows * network.layout.widest_stride());
  }
}

Score FeedForwardCopy::Evaluate(const Examples& examples) {
  LossSums sums{0, 0.0};
  const bool is_narrow = network_.layout.width() <= kNarrowWidth;
  if (is_narrow && !examples.is_sparse() && examples.count >= kNarrowMinRows) {
    const DenseRows x{examples.count, examples.dense, examples.inputs};
    kernels_.score_narrow(network_.Narrow(views_), x, examples.labels, &sums);
    return {examples.count, sums.correct, sums.loss};
  }
  for (int64_t first = 0; first < examples.count; first += kRows) {
    EvaluateBlock({&examples, nullptr, first, std::min(kRows, examples.count - first)}, sums);
  }
  return {examples.count, sums.correct, sums.loss};
}

void FeedForwardCopy::EvaluateBlock(const Batch& batch, LossSums& sums) {
  const absl::Span<const FeedForwardLayout::Layer> layers = network_.layout.layers();
  const Scratch scratch{products_.data(), cursors_.data(), nullptr, nullptr, 0};
  float* outputs = outputs_[0].data();
  float* next_outputs = outputs_[1].data();
  const LayerView first = network_.layout.View(layers.front(), parameters_.data());
  if (batch.examples->is_sparse()) {
    kernels_.forward_sparse(first, batch.sparse(), outputs, scratch);
  } else {
    const float* const x = batch.examples->dense + batch.first * first.inputs;
    kernels_.forward(first, {batch.count, x, first.inputs}, outputs, scratch);
  }
  for (size_t l = 1; l < layers.size(); ++l) {
    const int64_t stride = layers[l - 1].stride;
    kernels_.activate(network_.hidden_activation, batch.count * stride, outputs, nullptr);
    kernels_.forward(network_.layout.View(layers[l], parameters_.data()),
                     {batch.count, outputs, stride}, next_outputs, scratch);
    std::swap(outputs, next_outputs);
  }
  const FeedForwardLayout::Layer& last = layers.back();
  if (network_.output_activation.has_value()) {
    kernels_.activate(*network_.output_activation, batch.count * last.stride, outputs, nullptr);
  }
  kernels_.softmax_cross_entropy(batch.count, last.outputs, last.stride, outputs,
                                 batch.examples->labels + batch.first, 0.0f, &sums);
}

void FeedForwardCopy::ExportParameters(absl::Span<char> bytes) const {
  network_.layout.Export(parameters_.data(), bytes);
}

void FeedForwardCopy::ImportParameters(absl::Span<const char> bytes) {
  network_.layout.Import(bytes, parameters_.data());
}

void FeedForwardCopy::SetParameters(const AlignedBuffer<float>& parameters) {
  std::memcpy(parameters_.data(), parameters.data(), parameters.size() * sizeof(float));
}

int64_t FeedForwardCopy::MemoryBytes(const FeedForwardLayout& layout) {
  return sizeof(float) *
             (layout.floats() + layout.ScratchFloats(kRows) + 2 * kRows * layout.widest_stride()) +
         sizeof(uint32_t) * kRows;
}

}  // namespace percept::ml
