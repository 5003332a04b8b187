#include "server/ml/models/feed_forward_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace percept::ml {
namespace {

static_assert(std::endian::native == std::endian::little, "exports are little-endian");

// Writes W [I, S] as [O, I] to `bytes`, in strips of inputs whose cache lines are used whole.
void ExportWeights(const FeedForwardLayout::Layer& layer, const float* weights, char* bytes) {
  constexpr int64_t kStrip = 16;
  float strip[kStrip];
  for (int64_t first = 0; first < layer.inputs; first += kStrip) {
    const int64_t width = std::min(kStrip, layer.inputs - first);
    const float* const rows = weights + first * layer.stride;
    for (int64_t o = 0; o < layer.outputs; ++o) {
      for (int64_t i = 0; i < width; ++i) strip[i] = rows[i * layer.stride + o];
      std::memcpy(bytes + (o * layer.inputs + first) * sizeof(float), strip, width * sizeof(float));
    }
  }
}

// Reads what `ExportWeights` wrote, in the same strips.
void ImportWeights(const FeedForwardLayout::Layer& layer, const char* bytes, float* weights) {
  constexpr int64_t kStrip = 16;
  float strip[kStrip];
  for (int64_t first = 0; first < layer.inputs; first += kStrip) {
    const int64_t width = std::min(kStrip, layer.inputs - first);
    float* const rows = weights + first * layer.stride;
    for (int64_t o = 0; o < layer.outputs; ++o) {
      std::memcpy(strip, bytes + (o * layer.inputs + first) * sizeof(float), width * sizeof(float));
      for (int64_t i = 0; i < width; ++i) rows[i * layer.stride + o] = strip[i];
    }
  }
}

}  // namespace

FeedForwardLayout::FeedForwardLayout(int64_t inputs, absl::Span<const int32_t> outputs) {
  for (const int32_t width : outputs) {
    Layer layer{inputs, width, PaddedRow(width), floats_, 0};
    layer.bias = layer.weights + layer.inputs * layer.stride;
    floats_ = layer.bias + layer.stride;
    widest_stride_ = std::max(widest_stride_, layer.stride);
    layers_.push_back(layer);
    inputs = width;
  }
}

int64_t FeedForwardLayout::ScratchFloats(int64_t max_rows) const {
  int64_t max_inputs = 0;
  for (const Layer& layer : layers_) max_inputs = std::max(max_inputs, layer.inputs);
  return ProductScratchFloats(max_rows, max_inputs, widest_stride_);
}

std::vector<TensorInfo> FeedForwardLayout::Tensors() const {
  std::vector<TensorInfo> tensors;
  for (size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    tensors.push_back({absl::StrCat("linear", l, ".weight"), {layer.outputs, layer.inputs}});
    tensors.push_back({absl::StrCat("linear", l, ".bias"), {layer.outputs}});
  }
  return tensors;
}

void FeedForwardLayout::Export(const float* parameters, absl::Span<char> bytes) const {
  char* to = bytes.data();
  for (const Layer& layer : layers_) {
    ExportWeights(layer, parameters + layer.weights, to);
    to += layer.inputs * layer.outputs * sizeof(float);
    std::memcpy(to, parameters + layer.bias, layer.outputs * sizeof(float));
    to += layer.outputs * sizeof(float);
  }
}

void FeedForwardLayout::Import(absl::Span<const char> bytes, float* parameters) const {
  const char* from = bytes.data();
  for (const Layer& layer : layers_) {
    ImportWeights(layer, from, parameters + layer.weights);
    from += layer.inputs * layer.outputs * sizeof(float);
    std::memcpy(parameters + layer.bias, from, layer.outputs * sizeof(float));
    from += layer.outputs * sizeof(float);
  }
}

}  // namespace percept::ml
