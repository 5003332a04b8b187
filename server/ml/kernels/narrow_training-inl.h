// Included only by kernels_simd.cc. Training of narrow networks, with examples in the lanes as in
// narrow-inl.h: a step of a toy network takes less time than the calls that a step by layers makes.
#ifndef PERCEPT_SERVER_ML_KERNELS_NARROW_TRAINING_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_NARROW_TRAINING_INL_H_

#include "server/ml/kernels/activations-inl.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/narrow-inl.h"
#include "server/ml/kernels/optimizers-inl.h"
#include "server/ml/kernels/softmax-inl.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// Gradients of four parameters at once: wider vectors would mostly take roots and quotients of
// padding, which are slow.
using QuadTag = hn::CappedTag<float, 4>;
constexpr QuadTag kQuads;

// The batch's columns of R rows. Rows beyond its examples are zeros.
struct TrainingColumns {
  int64_t rows;    // R
  int64_t layers;  // L
  float* scratch;

  HWY_INLINE float* slot(int64_t number) const { return scratch + number * kNarrowWidth * rows; }
  // What layer l takes: the inputs, or the outputs of the layer before.
  HWY_INLINE float* inputs(int64_t l) const { return slot(l); }
  HWY_INLINE float* outputs(int64_t l) const { return slot(l + 1); }
  // Derivatives of the activation of layer l.
  HWY_INLINE float* slopes(int64_t l) const { return slot(layers + 1 + l); }
  // Derivatives of the loss by the outputs of layer l before its activation.
  HWY_INLINE float* deltas(int64_t l) const { return l + 1 == layers ? outputs(l) : slopes(l); }
  HWY_INLINE int32_t* labels() const { return reinterpret_cast<int32_t*>(slot(2 * layers + 1)); }
};

void GatherColumns(const NarrowBatch& batch, int64_t inputs, const TrainingColumns& to) {
  __builtin_memset(to.inputs(0), 0, sizeof(float) * inputs * to.rows);
  __builtin_memset(to.labels(), 0, sizeof(int32_t) * to.rows);
  for (int64_t r = 0; r < batch.count; ++r) {
    const int64_t row = batch.indices[r];
    for (int64_t i = 0; i < inputs; ++i) to.inputs(0)[i * to.rows + r] = batch.x[row * inputs + i];
    to.labels()[r] = batch.labels[row];
  }
}

// The sum of a vector's blocks of four lanes.
template <class Tag>
HWY_INLINE hn::Vec<QuadTag> SumOfBlocks(Tag, hn::Vec<Tag> vector) {
  if constexpr (hn::MaxLanes(Tag()) == 4) {
    return vector;
  } else {
    const hn::Half<Tag> half;
    return SumOfBlocks(half, hn::Add(hn::LowerHalf(half, vector), hn::UpperHalf(half, vector)));
  }
}

// The sum of the lanes of each of four vectors.
HWY_INLINE hn::Vec<QuadTag> SumsOfLanes(const FourClasses& vectors) {
  const FourClasses parts = TransposeBlocks(vectors);
  return SumOfBlocks(kFloats, hn::Add(hn::Add(parts.v0, parts.v1), hn::Add(parts.v2, parts.v3)));
}

// Changes four outputs' biases, and weights, by the gradient that their deltas `d` give.
template <class Rule>
HWY_INLINE void UpdateFour(const LayerView& target, int64_t output, int64_t rows, const float* in,
                           const float* d, const Rule& change) {
  FourClasses sums{hn::Zero(kFloats), hn::Zero(kFloats), hn::Zero(kFloats), hn::Zero(kFloats)};
  for (int64_t row = 0; row < rows; row += kLanes) {
    sums.v0 = hn::Add(sums.v0, LoadFloats(d + row));
    sums.v1 = hn::Add(sums.v1, LoadFloats(d + rows + row));
    sums.v2 = hn::Add(sums.v2, LoadFloats(d + 2 * rows + row));
    sums.v3 = hn::Add(sums.v3, LoadFloats(d + 3 * rows + row));
  }
  change(SumsOfLanes(sums), target.bias + output);
  for (int64_t i = 0; i < target.inputs; ++i, in += rows) {
    sums.v0 = sums.v1 = sums.v2 = sums.v3 = hn::Zero(kFloats);
    for (int64_t row = 0; row < rows; row += kLanes) {
      const FloatVector x = LoadFloats(in + row);
      sums.v0 = hn::MulAdd(x, LoadFloats(d + row), sums.v0);
      sums.v1 = hn::MulAdd(x, LoadFloats(d + rows + row), sums.v1);
      sums.v2 = hn::MulAdd(x, LoadFloats(d + 2 * rows + row), sums.v2);
      sums.v3 = hn::MulAdd(x, LoadFloats(d + 3 * rows + row), sums.v3);
    }
    change(SumsOfLanes(sums), target.weights + i * target.stride + output);
  }
}

// Changes a layer by the gradient that its inputs `in` and `deltas` give.
template <class Rule>
HWY_INLINE void UpdateByColumns(const LayerView& target, int64_t rows, const float* in,
                                float* deltas, const Rule& change) {
  const int64_t padding = (4 - target.outputs % 4) % 4;
  __builtin_memset(deltas + target.outputs * rows, 0, sizeof(float) * padding * rows);
  for (int64_t output = 0; output < target.outputs; output += 4) {
    UpdateFour(target, output, rows, in, deltas + output * rows, change);
  }
}

// deltas = slopes * W delta, for the layer before; in place of the slopes.
void BackwardColumns(const LayerView& layer, int64_t rows, const float* delta, float* slopes) {
  const Product product{layer.inputs, layer.outputs, rows, layer.weights, layer.stride, 1,
                        delta,        rows};
  MultiplyColumns(product, [&](int64_t input, int64_t row, FloatVector sum) HWY_ATTR {
    float* const at = slopes + input * rows + row;
    StoreFloats(hn::Mul(sum, LoadFloats(at)), at);
  });
}

void ForwardPass(const NarrowNetwork& network, const TrainingColumns& columns) {
  for (int64_t l = 0; l < network.layer_count; ++l) {
    const LayerView& layer = network.layers[l];
    ForwardColumns(layer, columns.rows, columns.inputs(l), columns.outputs(l));
    const Activation* const activation = ActivationOf(network, l);
    if (activation == nullptr) continue;
    Activate(*activation, layer.outputs * columns.rows, columns.outputs(l), columns.slopes(l));
  }
}

void TrainNarrow(const NarrowNetwork& network, const NarrowBatch& batch, float scale,
                 const UpdateRule& rule, float* scratch, LossSums* sums) {
  const TrainingColumns columns{WholeVectors(batch.count), network.layer_count, scratch};
  const int64_t last = network.layer_count - 1;
  GatherColumns(batch, network.layers[0].inputs, columns);
  ForwardPass(network, columns);
  const LogitColumns logits{network.layers[last].outputs, columns.rows, columns.outputs(last)};
  const auto lanes_at = [&](int64_t row) HWY_ATTR {
    return LabelledLanes{hn::Load(kInts, columns.labels() + row), FirstLanes(batch.count - row)};
  };
  ScoreColumns<true>(logits, lanes_at, scale, sums);
  if (network.output_activation != nullptr) {
    Multiply(logits.classes * columns.rows, columns.slopes(last), columns.deltas(last));
  }
  WithRule(kQuads, rule, [&](const auto& change) HWY_ATTR {
    // The deltas of the layer before need the weights as they were.
    for (int64_t l = last; l >= 0; --l) {
      const LayerView& layer = network.layers[l];
      if (l > 0) BackwardColumns(layer, columns.rows, columns.deltas(l), columns.slopes(l - 1));
      UpdateByColumns(layer, columns.rows, columns.inputs(l), columns.deltas(l), change);
    }
  });
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_NARROW_TRAINING_INL_H_
