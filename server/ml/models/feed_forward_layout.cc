#include "server/ml/models/feed_forward_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace percept::ml {
namespace {

static_assert(std::endian::native == std::endian::little, "exports are little-endian");

// Calls `move(weight, place)` for each weight of W [I, S] and its place in W^T [O, I], in strips of
// inputs whose cache lines are used whole.
template <typename Move>
void ForEachWeight(const FeedForwardLayout::Layer& layer, const Move& move) {
  constexpr int64_t kStrip = 16;
  for (int64_t first = 0; first < layer.inputs; first += kStrip) {
    const int64_t end = std::min(first + kStrip, layer.inputs);
    for (int64_t o = 0; o < layer.outputs; ++o) {
      for (int64_t i = first; i < end; ++i) move(i * layer.stride + o, o * layer.inputs + i);
    }
  }
}

void ExportWeights(const FeedForwardLayout::Layer& layer, const float* weights, char* bytes) {
  ForEachWeight(layer, [=](int64_t weight, int64_t place) {
    std::memcpy(bytes + place * sizeof(float), weights + weight, sizeof(float));
  });
}

void ImportWeights(const FeedForwardLayout::Layer& layer, const char* bytes, float* weights) {
  ForEachWeight(layer, [=](int64_t weight, int64_t place) {
    std::memcpy(weights + weight, bytes + place * sizeof(float), sizeof(float));
  });
}

}  // namespace

FeedForwardLayout::FeedForwardLayout(int64_t inputs, absl::Span<const int32_t> outputs) {
  for (const int32_t width : outputs) {
    Layer layer{inputs, width, PaddedRow(width), floats_, 0};
    layer.bias = layer.weights + layer.inputs * layer.stride;
    floats_ = layer.bias + layer.stride;
    widest_stride_ = std::max(widest_stride_, layer.stride);
    width_ = std::max({width_, inputs, layer.outputs});
    layers_.push_back(layer);
    inputs = width;
  }
}

int64_t FeedForwardLayout::ScratchFloats(int64_t max_rows) const {
  int64_t max_inputs = 0;
  for (const Layer& layer : layers_) max_inputs = std::max(max_inputs, layer.inputs);
  return ProductScratchFloats(max_rows, max_inputs, widest_stride_);
}

std::vector<LayerView> FeedForwardLayout::Views(float* parameters) const {
  std::vector<LayerView> views;
  for (const Layer& layer : layers_) views.push_back(View(layer, parameters));
  return views;
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

size_t FeedForwardLayout::ExportBytes() const {
  int64_t floats = 0;
  for (const Layer& layer : layers_) floats += (layer.inputs + 1) * layer.outputs;
  return static_cast<size_t>(floats) * sizeof(float);
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
