#include "server/ml/models/feed_forward_copy.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace percept::ml {
namespace {

// Most rows that pass through the network together, whose outputs stay in the L2 cache.
constexpr int64_t kRows = 256;

// Rows that do so where as many would take longer than an evaluation may go on once it is in vain.
// Sums are by row, so that this changes no bits.
int64_t RowsAtOnce(const FeedForwardLayout& layout) {
  constexpr int64_t kMultiplications = int64_t{1} << 30;
  return std::clamp(kMultiplications / layout.floats(), int64_t{16}, kRows);
}

// Rows that narrow networks, which take some nanoseconds for each, are scored on in one call. Whole
// calls of the kernel's own blocks give the bits that one call gives.
constexpr int64_t kNarrowPiece = 64 * kNarrowRows;

}  // namespace

FeedForwardCopy::FeedForwardCopy(const FeedForwardNetwork& network, const Kernels& kernels)
    : network_(network),
      kernels_(kernels),
      parameters_(network.layout.floats()),
      views_(network.layout.Views(parameters_.data())),
      rows_(RowsAtOnce(network.layout)),
      products_(network.layout.ScratchFloats(rows_)),
      cursors_(rows_) {
  for (auto& outputs : outputs_) {
    outputs = AlignedBuffer<float>(rows_ * network.layout.widest_stride());
  }
}

std::optional<Score> FeedForwardCopy::EvaluateWhile(const Examples& examples, GoesOn goes_on) {
  LossSums sums{0, 0.0};
  const bool is_narrow = network_.layout.width() <= kNarrowWidth && !examples.is_sparse() &&
                         examples.count >= kNarrowMinRows;
  const bool whole =
      is_narrow ? ScoreNarrow(examples, goes_on, sums) : ScoreBlocks(examples, goes_on, sums);
  if (!whole) return std::nullopt;
  return Score{examples.count, sums.correct, sums.loss};
}

bool FeedForwardCopy::ScoreNarrow(const Examples& examples, GoesOn goes_on, LossSums& sums) const {
  int64_t first = 0;
  while (true) {
    const int64_t left = examples.count - first;
    // The last piece takes what would be too little for a call of its own.
    const bool is_last = left < kNarrowPiece + kNarrowMinRows;
    const Examples rows = examples.Rows(first, is_last ? left : kNarrowPiece);
    kernels_.score_narrow(network_.Narrow(views_), {rows.count, rows.dense, rows.inputs},
                          rows.labels, &sums);
    if (is_last) return true;
    if (!goes_on()) return false;
    first += kNarrowPiece;
  }
}

bool FeedForwardCopy::ScoreBlocks(const Examples& examples, GoesOn goes_on, LossSums& sums) {
  for (int64_t first = 0; first < examples.count; first += rows_) {
    if (first > 0 && !goes_on()) return false;
    EvaluateBlock({&examples, nullptr, first, std::min(rows_, examples.count - first)}, sums);
  }
  return true;
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
  const int64_t rows = RowsAtOnce(layout);
  return sizeof(float) *
             (layout.floats() + layout.ScratchFloats(rows) + 2 * rows * layout.widest_stride()) +
         sizeof(uint32_t) * rows;
}

}  // namespace percept::ml
