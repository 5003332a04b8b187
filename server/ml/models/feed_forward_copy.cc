#include "server/ml/models/feed_forward_copy.h"

#include <algorithm>
#include <cmath>
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

// Gives `examples`, dense ones, to `use(rows, first)` piece by piece. False where `goes_on` ended
// it.
template <class Use>
bool ForEachPiece(const Examples& examples, ModelCopy::GoesOn goes_on, const Use& use) {
  int64_t first = 0;
  while (true) {
    const int64_t left = examples.count - first;
    // The last piece takes what would be too little for a call of its own.
    const bool is_last = left < kNarrowPiece + kNarrowMinRows;
    const float* const x = examples.dense + first * examples.inputs;
    use(DenseRows{is_last ? left : kNarrowPiece, x, examples.inputs}, first);
    if (is_last) return true;
    if (!goes_on()) return false;
    first += kNarrowPiece;
  }
}

// The first of the largest logits, and its probability; NaN where one is not finite.
void Classify(absl::Span<const float> logits, int32_t& label, float& confidence) {
  const auto largest = std::max_element(logits.begin(), logits.end());
  label = static_cast<int32_t>(largest - logits.begin());
  float sum = 0.0f;
  for (const float logit : logits) {
    const float below = logit - *largest;
    sum += std::exp(below) + (below - below);
  }
  confidence = 1.0f / sum;
}

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

bool FeedForwardCopy::IsNarrow(const Examples& examples) const {
  return network_.layout.width() <= kNarrowWidth && !examples.is_sparse() &&
         examples.count >= kNarrowMinRows;
}

std::optional<Score> FeedForwardCopy::EvaluateWhile(const Examples& examples, GoesOn goes_on) {
  LossSums sums{0, 0.0};
  const bool whole = IsNarrow(examples) ? ScoreNarrow(examples, goes_on, sums)
                                        : ScoreBlocks(examples, goes_on, sums);
  if (!whole) return std::nullopt;
  return Score{examples.count, sums.correct, sums.loss};
}

bool FeedForwardCopy::ScoreNarrow(const Examples& examples, GoesOn goes_on, LossSums& sums) const {
  return ForEachPiece(examples, goes_on, [&](const DenseRows& rows, int64_t first) {
    kernels_.score_narrow(network_.Narrow(views_), rows, examples.labels + first, &sums);
  });
}

bool FeedForwardCopy::ScoreBlocks(const Examples& examples, GoesOn goes_on, LossSums& sums) {
  const FeedForwardLayout::Layer& last = network_.layout.layers().back();
  return ForEachBlock(examples, views_.size() - 1, goes_on,
                      [&](int64_t first, int64_t count, float* logits) {
                        kernels_.softmax_cross_entropy(count, last.outputs, last.stride, logits,
                                                       examples.labels + first, 0.0f, &sums);
                      });
}

bool FeedForwardCopy::OutputsWhile(const Examples& examples, int32_t layer,
                                   absl::Span<float> outputs, GoesOn goes_on) {
  const auto last = static_cast<size_t>(layer);
  const FeedForwardLayout::Layer& shape = network_.layout.layers()[last];
  return ForEachBlock(examples, last, goes_on, [&](int64_t first, int64_t count, float* values) {
    for (int64_t row = 0; row < count; ++row) {
      std::copy_n(values + row * shape.stride, shape.outputs,
                  outputs.data() + (first + row) * shape.outputs);
    }
  });
}

bool FeedForwardCopy::ClassifyWhile(const Examples& examples, absl::Span<int32_t> classes,
                                    absl::Span<float> confidence, GoesOn goes_on) {
  if (IsNarrow(examples)) {
    return ForEachPiece(examples, goes_on, [&](const DenseRows& rows, int64_t first) {
      kernels_.classify_narrow(network_.Narrow(views_), rows, classes.data() + first,
                               confidence.data() + first);
    });
  }
  const FeedForwardLayout::Layer& shape = network_.layout.layers().back();
  return ForEachBlock(
      examples, views_.size() - 1, goes_on, [&](int64_t first, int64_t count, const float* logits) {
        for (int64_t row = 0; row < count; ++row) {
          const auto at = static_cast<size_t>(first + row);
          Classify({logits + row * shape.stride, static_cast<size_t>(shape.outputs)}, classes[at],
                   confidence[at]);
        }
      });
}

bool FeedForwardCopy::ForEachBlock(const Examples& examples, size_t last, GoesOn goes_on,
                                   UseBlock use) {
  for (int64_t first = 0; first < examples.count; first += rows_) {
    if (first > 0 && !goes_on()) return false;
    const int64_t count = std::min(rows_, examples.count - first);
    use(first, count, ForwardBlock({&examples, nullptr, first, count}, last));
  }
  return true;
}

float* FeedForwardCopy::ForwardBlock(const Batch& batch, size_t last) {
  const Scratch scratch{products_.data(), cursors_.data(), nullptr, nullptr, 0};
  float* outputs = outputs_[0].data();
  float* next_outputs = outputs_[1].data();
  const LayerView& first = views_.front();
  if (batch.examples->is_sparse()) {
    kernels_.forward_sparse(first, batch.sparse(), outputs, scratch);
  } else {
    const float* const x = batch.examples->dense + batch.first * first.inputs;
    kernels_.forward(first, {batch.count, x, first.inputs}, outputs, scratch);
  }
  for (size_t l = 0;; ++l) {
    const int64_t stride = views_[l].stride;
    const bool is_output = l + 1 == views_.size();
    if (!is_output || network_.output_activation.has_value()) {
      kernels_.activate(is_output ? *network_.output_activation : network_.hidden_activation,
                        batch.count * stride, outputs, nullptr);
    }
    if (l == last) return outputs;
    kernels_.forward(views_[l + 1], {batch.count, outputs, stride}, next_outputs, scratch);
    std::swap(outputs, next_outputs);
  }
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
