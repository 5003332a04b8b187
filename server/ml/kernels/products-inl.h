// Included only by kernels_simd.cc. Dense matrix products: straight from memory while the
// right-hand matrix fits the L1 cache, by packed copies beyond.
#ifndef PERCEPT_SERVER_ML_KERNELS_PRODUCTS_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_PRODUCTS_INL_H_

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/optimizers-inl.h"
#include "server/ml/kernels/packed_products-inl.h"
#include "server/ml/kernels/tables.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// A [m, k] with any strides, times B [k, n padded] with aligned rows.
struct Product {
  int64_t m;
  int64_t k;
  int64_t n;  // Padded: a multiple of kRowPadding.
  const float* a;
  int64_t a_row_stride;
  int64_t a_column_stride;
  const float* b;
  int64_t b_stride;
};

// Computes kRows rows by kVectors vectors of A B from (row, column) on, and gives each vector to
// `target(row, column, sum)`. Each element is one chain of additions in the order of k, whatever
// the tile. The sums have names because GCC 12 spills arrays of vectors.
template <int kRows, int kVectors, class Target>
HWY_INLINE void ComputeTile(const Product& p, int64_t row, int64_t column, const Target& target) {
  constexpr int kSums = kRows * kVectors;
  static_assert(kSums <= 8);
  FloatVector s0 = hn::Zero(kFloats), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  const float* a = p.a + row * p.a_row_stride;
  const float* b = p.b + column;
  for (int64_t k = 0; k < p.k; ++k, a += p.a_column_stride, b += p.b_stride) {
    const auto add = [&](int i, FloatVector sum) HWY_ATTR {
      return hn::MulAdd(Broadcast(a[i / kVectors * p.a_row_stride]),
                        LoadFloats(b + i % kVectors * kLanes), sum);
    };
    s0 = add(0, s0);
    if constexpr (kSums > 1) s1 = add(1, s1);
    if constexpr (kSums > 2) s2 = add(2, s2);
    if constexpr (kSums > 3) s3 = add(3, s3);
    if constexpr (kSums > 4) s4 = add(4, s4);
    if constexpr (kSums > 5) s5 = add(5, s5);
    if constexpr (kSums > 6) s6 = add(6, s6);
    if constexpr (kSums > 7) s7 = add(7, s7);
  }
  const auto give = [&](int i, FloatVector sum) HWY_ATTR {
    target(row + i / kVectors, column + i % kVectors * kLanes, sum);
  };
  give(0, s0);
  if constexpr (kSums > 1) give(1, s1);
  if constexpr (kSums > 2) give(2, s2);
  if constexpr (kSums > 3) give(3, s3);
  if constexpr (kSums > 4) give(4, s4);
  if constexpr (kSums > 5) give(5, s5);
  if constexpr (kSums > 6) give(6, s6);
  if constexpr (kSums > 7) give(7, s7);
}

// All rows of kVectors vectors from `column` on.
template <int kVectors, class Target>
HWY_INLINE void ComputeColumns(const Product& p, int64_t column, const Target& target) {
  constexpr int kRows = 8 / kVectors;
  int64_t row = 0;
  for (; row + kRows <= p.m; row += kRows) ComputeTile<kRows, kVectors>(p, row, column, target);
  if constexpr (kRows > 4) {
    for (; row + 4 <= p.m; row += 4) ComputeTile<4, kVectors>(p, row, column, target);
  }
  for (; row < p.m; ++row) ComputeTile<1, kVectors>(p, row, column, target);
}

// Gives A B vector by vector to `target(row, column, sum)`.
template <class Target>
HWY_INLINE void Compute(const Product& p, const Target& target) {
  int64_t column = 0;
  for (; column + 2 * kLanes <= p.n; column += 2 * kLanes) ComputeColumns<2>(p, column, target);
  for (; column < p.n; column += kLanes) ComputeColumns<1>(p, column, target);
}

// Whether copying the right-hand matrix pays. Both ways give the same bits.
bool IsLarge(int64_t rows, int64_t depth, int64_t columns) {
  return rows >= 2 * kTileRows && depth * columns > kSmallProductFloats;
}

// Receives the sums of z = b + x W.
struct ForwardTarget {
  const float* bias;
  float* z;
  int64_t stride;

  HWY_INLINE Places PlacesOf(int64_t, int64_t) const { return {}; }
  HWY_INLINE void operator()(int64_t row, int64_t column, FloatVector sum) const {
    StoreFloats(hn::Add(sum, LoadFloats(bias + column)), z + row * stride + column);
  }
};

void Forward(const LayerView& layer, const DenseRows& x, float* z, const Scratch& scratch) {
  const ForwardTarget target{layer.bias, z, layer.stride};
  if (IsLarge(x.count, layer.inputs, layer.stride)) {
    ComputePacked({x.values, x.stride, x.count, true},
                  {layer.weights, layer.stride, layer.stride, false}, layer.stride, layer.inputs,
                  scratch.products, target);
    return;
  }
  const Product product{x.count, layer.inputs,  layer.stride, x.values, x.stride,
                        1,       layer.weights, layer.stride};
  Compute(product, target);
}

// Writes W^T [O, padded inputs] with zeros in the padding.
void Transpose(const LayerView& layer, int64_t padded_inputs, float* transposed) {
  for (int64_t o = 0; o < layer.outputs; ++o) {
    float* const row = transposed + o * padded_inputs;
    for (int64_t i = 0; i < layer.inputs; ++i) row[i] = layer.weights[i * layer.stride + o];
    for (int64_t i = layer.inputs; i < padded_inputs; ++i) row[i] = 0.0f;
  }
}

// Receives the sums of delta W^T, which the slopes then take to dx.
struct BackwardTarget {
  const float* slope;
  float* dx;
  int64_t stride;

  HWY_INLINE Places PlacesOf(int64_t, int64_t) const { return {}; }
  HWY_INLINE void operator()(int64_t row, int64_t column, FloatVector sum) const {
    const int64_t at = row * stride + column;
    StoreFloats(hn::Mul(sum, LoadFloats(slope + at)), dx + at);
  }
};

void Backward(const LayerView& layer, int64_t rows, const float* delta, const float* slope,
              float* dx, int64_t dx_stride, const Scratch& scratch) {
  const BackwardTarget target{slope, dx, dx_stride};
  if (dx_stride * layer.outputs > kSmallProductFloats) {
    ComputePacked({delta, layer.stride, rows, true},
                  {layer.weights, layer.stride, layer.inputs, true}, dx_stride, layer.outputs,
                  scratch.products, target);
    return;
  }
  float* const transposed = scratch.products;
  Transpose(layer, dx_stride, transposed);
  const Product product{rows, layer.outputs, dx_stride, delta, layer.stride,
                        1,    transposed,    dx_stride};
  Compute(product, target);
}

template <class Rule>
void UpdateBias(const LayerView& target, int64_t rows, const float* delta, const Rule& change) {
  for (int64_t o = 0; o < target.stride; o += kLanes) {
    // Two chains halve the wait for additions.
    FloatVector even = hn::Zero(kFloats);
    FloatVector odd = hn::Zero(kFloats);
    int64_t r = 0;
    for (; r + 2 <= rows; r += 2) {
      even = hn::Add(even, LoadFloats(delta + r * target.stride + o));
      odd = hn::Add(odd, LoadFloats(delta + (r + 1) * target.stride + o));
    }
    if (r < rows) even = hn::Add(even, LoadFloats(delta + r * target.stride + o));
    change(hn::Add(even, odd), target.bias + o);
  }
}

// Receives the gradient x^T delta of the weights.
template <class Rule>
struct UpdateTarget {
  const Rule& change;
  float* weights;
  int64_t stride;

  HWY_INLINE Places PlacesOf(int64_t row, int64_t column) const {
    return change.PlacesOf(weights + row * stride + column);
  }
  HWY_INLINE void operator()(int64_t row, int64_t column, FloatVector sum) const {
    change(sum, weights + row * stride + column);
  }
};

template <class Rule>
void UpdateWeights(const LayerView& layer, const DenseRows& x, const float* delta,
                   const Rule& change, float* scratch) {
  const UpdateTarget<Rule> target{change, layer.weights, layer.stride};
  if (IsLarge(layer.inputs, x.count, layer.stride)) {
    ComputePacked({x.values, x.stride, layer.inputs, false},
                  {delta, layer.stride, layer.stride, false}, layer.stride, x.count, scratch,
                  target);
    return;
  }
  const Product product{layer.inputs, x.count, layer.stride, x.values, 1,
                        x.stride,     delta,   layer.stride};
  Compute(product, target);
}

void Update(const LayerView& target, const DenseRows& x, const float* delta, const UpdateRule& rule,
            const Scratch& scratch) {
  WithRule(rule, [&](const auto& change) HWY_ATTR {
    UpdateBias(target, x.count, delta, change);
    UpdateWeights(target, x, delta, change, scratch.products);
  });
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_PRODUCTS_INL_H_
