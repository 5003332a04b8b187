// Included only by kernels_simd.cc. Dense matrix products: our own register tiles while the
// right-hand matrix fits the L1 cache, Eigen's blocked product beyond.
#ifndef PERCEPT_SERVER_ML_KERNELS_PRODUCTS_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_PRODUCTS_INL_H_

#include <Eigen/Core>

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/optimizers-inl.h"
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
// `use(row, column, sum)`. Each element is one chain of additions in the order of k, whatever the
// tile. The sums have names because GCC 12 spills arrays of vectors.
template <int kRows, int kVectors, class Use>
HWY_INLINE void ComputeTile(const Product& p, int64_t row, int64_t column, const Use& use) {
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
  const auto give = [&](int i, FloatVector sum)
                        HWY_ATTR { use(row + i / kVectors, column + i % kVectors * kLanes, sum); };
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
template <int kVectors, class Use>
HWY_INLINE void ComputeColumns(const Product& p, int64_t column, const Use& use) {
  constexpr int kRows = 8 / kVectors;
  int64_t row = 0;
  for (; row + kRows <= p.m; row += kRows) ComputeTile<kRows, kVectors>(p, row, column, use);
  if constexpr (kRows > 4) {
    for (; row + 4 <= p.m; row += 4) ComputeTile<4, kVectors>(p, row, column, use);
  }
  for (; row < p.m; ++row) ComputeTile<1, kVectors>(p, row, column, use);
}

// Gives A B vector by vector to `use(row, column, sum)`.
template <class Use>
HWY_INLINE void Compute(const Product& p, const Use& use) {
  int64_t column = 0;
  for (; column + 2 * kLanes <= p.n; column += 2 * kLanes) ComputeColumns<2>(p, column, use);
  for (; column < p.n; column += kLanes) ComputeColumns<1>(p, column, use);
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

namespace percept::ml {
namespace {

// Eigen's blocking with sizes and memory of ours.
class FixedBlocking : public Eigen::internal::level3_blocking<float, float> {
 public:
  explicit FixedBlocking(float* memory) {
    m_mc = kBlockOutputs;
    m_nc = kBlockRows;
    m_kc = kBlockDepth;
    m_blockA = memory;
    m_blockB = memory + kBlockOutputs * kBlockDepth;
  }
};

constexpr int64_t kPackedFloats = kBlockOutputs * kBlockDepth + kBlockDepth * kBlockRows;

// C [m, n] += alpha A B, for A [m, k] and B [k, n] or what is given as their transposes, C
// row-major. In Eigen's terms, column-major: C^T += alpha B^T A^T.
template <bool a_is_transposed, bool b_is_transposed>
void AddLargeProduct(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_stride,
                     const float* b, int64_t b_stride, float alpha, float* c, int64_t c_stride,
                     float* scratch) {
  constexpr int kLeft = b_is_transposed ? Eigen::RowMajor : Eigen::ColMajor;
  constexpr int kRight = a_is_transposed ? Eigen::RowMajor : Eigen::ColMajor;
  FixedBlocking blocking(scratch);
  Eigen::internal::general_matrix_matrix_product<Eigen::Index, float, kLeft, false, float, kRight,
                                                 false, Eigen::ColMajor, 1>::run(n, m, k, b,
                                                                                 b_stride, a,
                                                                                 a_stride, c, 1,
                                                                                 c_stride, alpha,
                                                                                 blocking);
}

// C += A B in groups of kRowGroup rows, so that a row comes out the same wherever it lies.
void AddLargeProductByRows(const LayerView& layer, const DenseRows& x, float* z, float* scratch) {
  const int64_t rest = x.count % kRowGroup;
  const int64_t whole = x.count - rest;
  const auto add = [&](int64_t rows, const float* from, int64_t from_stride, float* to) {
    AddLargeProduct<false, false>(rows, layer.outputs, layer.inputs, from, from_stride,
                                  layer.weights, layer.stride, 1.0f, to, layer.stride, scratch);
  };
  if (whole > 0) add(whole, x.values, x.stride, z);
  if (rest == 0) return;
  const int64_t padded_inputs = PaddedRow(layer.inputs);
  float* const last_x = scratch + kPackedFloats;
  float* const last_z = last_x + kRowGroup * padded_inputs;
  for (int64_t r = 0; r < kRowGroup; ++r) {
    const float* const from = x.values + (whole + (r < rest ? r : 0)) * x.stride;
    __builtin_memcpy(last_x + r * padded_inputs, from, sizeof(float) * layer.inputs);
    __builtin_memcpy(last_z + r * layer.stride, layer.bias, sizeof(float) * layer.stride);
  }
  add(kRowGroup, last_x, padded_inputs, last_z);
  __builtin_memcpy(z + whole * layer.stride, last_z, sizeof(float) * rest * layer.stride);
}

}  // namespace
}  // namespace percept::ml

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// Sets each of `rows` rows of z to the biases.
void FillWithBias(const LayerView& layer, int64_t rows, float* z) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t o = 0; o < layer.stride; o += kLanes) {
      StoreFloats(LoadFloats(layer.bias + o), z + r * layer.stride + o);
    }
  }
}

void Forward(const LayerView& layer, const DenseRows& x, float* z, const Scratch& scratch) {
  // The choice must not depend on the number of rows.
  if (layer.inputs * layer.stride > kSmallProductFloats) {
    FillWithBias(layer, x.count, z);
    AddLargeProductByRows(layer, x, z, scratch.products);
    return;
  }
  const Product product{x.count, layer.inputs,  layer.stride, x.values, x.stride,
                        1,       layer.weights, layer.stride};
  Compute(product, [&](int64_t row, int64_t column, FloatVector sum) HWY_ATTR {
    StoreFloats(hn::Add(sum, LoadFloats(layer.bias + column)), z + row * layer.stride + column);
  });
}

// Writes W^T [O, padded inputs] with zeros in the padding.
void Transpose(const LayerView& layer, int64_t padded_inputs, float* transposed) {
  for (int64_t o = 0; o < layer.outputs; ++o) {
    float* const row = transposed + o * padded_inputs;
    for (int64_t i = 0; i < layer.inputs; ++i) row[i] = layer.weights[i * layer.stride + o];
    for (int64_t i = layer.inputs; i < padded_inputs; ++i) row[i] = 0.0f;
  }
}

void Backward(const LayerView& layer, int64_t rows, const float* delta, const float* slope,
              float* dx, int64_t dx_stride, const Scratch& scratch) {
  if (dx_stride * layer.outputs > kSmallProductFloats) {
    __builtin_memset(dx, 0, sizeof(float) * rows * dx_stride);
    AddLargeProduct<false, true>(rows, layer.inputs, layer.outputs, delta, layer.stride,
                                 layer.weights, layer.stride, 1.0f, dx, dx_stride,
                                 scratch.products);
    for (int64_t i = 0; i < rows * dx_stride; i += kLanes) {
      StoreFloats(hn::Mul(LoadFloats(dx + i), LoadFloats(slope + i)), dx + i);
    }
    return;
  }
  float* const transposed = scratch.products;
  Transpose(layer, dx_stride, transposed);
  const Product product{rows, layer.outputs, dx_stride, delta, layer.stride,
                        1,    transposed,    dx_stride};
  Compute(product, [&](int64_t row, int64_t column, FloatVector sum) HWY_ATTR {
    const int64_t at = row * dx_stride + column;
    StoreFloats(hn::Mul(sum, LoadFloats(slope + at)), dx + at);
  });
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

void Update(const LayerView& target, const DenseRows& x, const float* delta, const UpdateRule& rule,
            const Scratch&) {
  const Product product{target.inputs, x.count, target.stride, x.values, 1,
                        x.stride,      delta,   target.stride};
  WithRule(rule, [&](const auto& change) HWY_ATTR {
    UpdateBias(target, x.count, delta, change);
    Compute(product, [&](int64_t row, int64_t column, FloatVector sum)
                         HWY_ATTR { change(sum, target.weights + row * target.stride + column); });
  });
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_PRODUCTS_INL_H_
