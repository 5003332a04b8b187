#include "server/ml/models/feed_forward_workspace.h"

#include <algorithm>

namespace percept::ml {
namespace {

// Room for sorted pixels of a batch; a batch with more is sorted in pieces.
constexpr int64_t kMaxEntries = int64_t{1} << 18;

int64_t EntryCapacity(int64_t rows, int64_t inputs) {
  return std::max(inputs, std::min(rows * inputs, kMaxEntries));
}

bool HasActivation(const FeedForwardNetwork& network, size_t l) {
  return l + 1 < network.layout.layers().size() || network.output_activation.has_value();
}

}  // namespace

FeedForwardWorkspace::FeedForwardWorkspace(const FeedForwardNetwork& network, int64_t rows)
    : rows_(rows), products_(network.layout.ScratchFloats(rows)), cursors_(rows), labels_(rows) {
  const absl::Span<const FeedForwardLayout::Layer> layers = network.layout.layers();
  for (size_t l = 0; l < layers.size(); ++l) {
    const int64_t floats = rows * layers[l].stride;
    if (l + 1 < layers.size()) hidden_.emplace_back(floats);
    if (HasActivation(network, l)) slopes_.emplace_back(floats);
  }
  for (auto& deltas : deltas_) {
    deltas = AlignedBuffer<float>(rows * network.layout.widest_stride());
  }
}

int64_t FeedForwardWorkspace::MemoryBytes(const FeedForwardNetwork& network, int64_t rows) {
  const FeedForwardLayout& layout = network.layout;
  int64_t floats = layout.ScratchFloats(rows) + 2 * rows * layout.widest_stride();
  for (size_t l = 0; l < layout.layers().size(); ++l) {
    if (HasActivation(network, l)) floats += 2 * rows * layout.layers()[l].stride;
  }
  const int64_t inputs = layout.layers().front().inputs;
  floats += rows * inputs;
  const int64_t integers = 2 * rows + inputs + 1 + EntryCapacity(rows, inputs);
  return sizeof(float) * floats + sizeof(uint32_t) * integers;
}

bool FeedForwardWorkspace::MayOverflow(const FeedForwardNetwork& network, int64_t rows) {
  const int64_t inputs = network.layout.layers().front().inputs;
  return rows * inputs > EntryCapacity(rows, inputs);
}

bool FeedForwardWorkspace::Holds(const Batch& batch) const {
  if (batch.count > rows_) return false;
  if (!batch.examples->is_sparse()) return true;
  if (batch.count * batch.examples->inputs <= entries_.size()) return true;
  const uint32_t* const row_start = batch.examples->sparse.row_start;
  int64_t pixels = 0;
  for (int64_t r = 0; r < batch.count; ++r) {
    const uint32_t row = batch.indices[r];
    pixels += row_start[row + 1] - row_start[row];
  }
  return pixels <= entries_.size();
}

Scratch FeedForwardWorkspace::scratch() {
  return {products_.data(), cursors_.data(), column_start_.data(), entries_.data(),
          entries_.size()};
}

void FeedForwardWorkspace::PrepareSparse(int64_t inputs) {
  if (!entries_.empty()) return;
  column_start_ = AlignedBuffer<uint32_t>(inputs + 1);
  entries_ = AlignedBuffer<uint32_t>(EntryCapacity(rows_, inputs));
}

DenseRows FeedForwardWorkspace::GatherInputs(const Batch& batch, int64_t inputs) {
  if (inputs_.empty()) inputs_ = AlignedBuffer<float>(rows_ * inputs);
  float* to = inputs_.data();
  for (int64_t r = 0; r < batch.count; ++r, to += inputs) {
    std::copy_n(batch.examples->dense + batch.indices[r] * inputs, inputs, to);
  }
  return {batch.count, inputs_.data(), inputs};
}

const int32_t* FeedForwardWorkspace::GatherLabels(const Batch& batch) {
  for (int64_t r = 0; r < batch.count; ++r) {
    labels_.data()[r] = batch.examples->labels[batch.indices[r]];
  }
  return labels_.data();
}

}  // namespace percept::ml
