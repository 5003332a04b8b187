// Included only by kernels_simd.cc. The first layer on sparse bytes: only non-zero pixels are
// touched, forward and in the update. Both are sums of matrix rows, weighted by pixels.
#ifndef PERCEPT_SERVER_ML_KERNELS_SPARSE_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_SPARSE_INL_H_

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/optimizers-inl.h"
#include "server/ml/kernels/products-inl.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// The floats that bytes stand for.
struct PixelTable {
  float values[256];
};

constexpr PixelTable MakePixelTable() {
  PixelTable table{};
  for (int byte = 0; byte < 256; ++byte) table.values[byte] = static_cast<float>(byte) / 255.0f;
  return table;
}

constexpr PixelTable kPixels = MakePixelTable();

// Weights of the forward pass: a pixel's column picks the row of W.
struct PixelsOfRow {
  const uint16_t* columns;
  const uint8_t* values;

  HWY_INLINE int64_t row(int64_t i) const { return columns[i]; }
  HWY_INLINE float weight(int64_t i) const { return kPixels.values[values[i]]; }
};

// Weights of the update: an entry holds the batch's row (of delta) and the pixel there.
struct PixelsOfColumn {
  const uint32_t* entries;

  HWY_INLINE int64_t row(int64_t i) const { return entries[i] >> 8; }
  HWY_INLINE float weight(int64_t i) const { return kPixels.values[entries[i] & 255]; }
};

// Sums weight(i) * matrix[row(i), ...] over i in [begin, end), for kVectors vectors of the row, and
// gives vector c to `use(c, sum)`. Narrow rows take several i at once into sums of their own, to
// keep eight chains of additions going. The sums have names because GCC 12 spills arrays.
template <int kVectors, class Pixels, class Use>
HWY_INLINE void SumRows(const Pixels& pixels, int64_t begin, int64_t end, const float* matrix,
                        int64_t stride, const Use& use) {
  constexpr int kAtOnce = 8 / kVectors;
  FloatVector s0 = hn::Zero(kFloats), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  int64_t i = begin;
  const auto add = [&](int part, FloatVector sum) HWY_ATTR {
    const int64_t at = i + part / kVectors;
    return hn::MulAdd(Broadcast(pixels.weight(at)),
                      LoadFloats(matrix + pixels.row(at) * stride + part % kVectors * kLanes), sum);
  };
  for (; i + kAtOnce <= end; i += kAtOnce) {
    s0 = add(0, s0);
    s1 = add(1, s1);
    s2 = add(2, s2);
    s3 = add(3, s3);
    s4 = add(4, s4);
    s5 = add(5, s5);
    s6 = add(6, s6);
    s7 = add(7, s7);
  }
  for (; i < end; ++i) {
    s0 = add(0, s0);
    if constexpr (kVectors > 1) s1 = add(1, s1);
    if constexpr (kVectors > 2) s2 = add(2, s2);
    if constexpr (kVectors > 2) s3 = add(3, s3);
    if constexpr (kVectors > 4) s4 = add(4, s4);
    if constexpr (kVectors > 4) s5 = add(5, s5);
    if constexpr (kVectors > 4) s6 = add(6, s6);
    if constexpr (kVectors > 4) s7 = add(7, s7);
  }
  if constexpr (kVectors == 1) {
    use(0, hn::Add(hn::Add(hn::Add(s0, s4), hn::Add(s2, s6)),
                   hn::Add(hn::Add(s1, s5), hn::Add(s3, s7))));
  } else if constexpr (kVectors == 2) {
    use(0, hn::Add(hn::Add(s0, s4), hn::Add(s2, s6)));
    use(1, hn::Add(hn::Add(s1, s5), hn::Add(s3, s7)));
  } else if constexpr (kVectors == 4) {
    use(0, hn::Add(s0, s4));
    use(1, hn::Add(s1, s5));
    use(2, hn::Add(s2, s6));
    use(3, hn::Add(s3, s7));
  } else {
    use(0, s0);
    use(1, s1);
    use(2, s2);
    use(3, s3);
    use(4, s4);
    use(5, s5);
    use(6, s6);
    use(7, s7);
  }
}

HWY_INLINE int64_t RowOf(const SparseBatch& x, int64_t r) {
  return x.indices == nullptr ? x.first + r : x.indices[r];
}

// Asks for the cache lines of a row that is needed soon.
HWY_INLINE void PrefetchRow(const SparseBatch& x, int64_t r) {
  constexpr int64_t kLine = 64;
  const int64_t row = RowOf(x, r);
  const int64_t begin = x.rows.row_start[row];
  const int64_t end = x.rows.row_start[row + 1];
  for (int64_t i = begin; i < end; i += kLine / 2) __builtin_prefetch(x.rows.columns + i);
  for (int64_t i = begin; i < end; i += kLine) __builtin_prefetch(x.rows.values + i);
}

// The first place in [begin, end) whose column is at least `limit`. Halves without branches, which
// would be foreseen wrongly.
HWY_INLINE int64_t FindColumn(const uint16_t* columns, int64_t begin, int64_t end, int64_t limit) {
  int64_t count = end - begin;
  while (count > 1) {
    const int64_t half = count / 2;
    begin += columns[begin + half - 1] < limit ? half : 0;
    count -= half;
  }
  return begin + (count == 1 && columns[begin] < limit ? 1 : 0);
}

// How many inputs make a block, for the fewest equal blocks of W that have at most kBlockBytes. Of
// 64 to 256 KiB, this limit was best at 784-64-10, with AVX2 and AVX-512: smaller blocks, that stay
// in the L1 cache, cost more by their number.
constexpr int64_t BlockInputs(int64_t inputs, int64_t row_bytes) {
  constexpr int64_t kBlockBytes = 128 * 1024;
  const int64_t blocks = (inputs * row_bytes + kBlockBytes - 1) / kBlockBytes;
  return (inputs + blocks - 1) / blocks;
}

// Sets kVectors vectors of each z[r] from `column` on, going through W in blocks of inputs that
// stay in the caches while all rows pass.
template <int kVectors>
void SparseProduct(const LayerView& layer, const SparseBatch& x, int64_t column, float* z,
                   uint32_t* cursors) {
  constexpr int64_t kRowsAhead = 3;
  const int64_t block = BlockInputs(layer.inputs, kVectors * kLanes * sizeof(float));
  const PixelsOfRow pixels{x.rows.columns, x.rows.values};
  const float* const weights = layer.weights + column;
  for (int64_t first = 0; first < layer.inputs; first += block) {
    const int64_t limit = first + block;
    const bool is_last = limit >= layer.inputs;
    // The machine foresees rows in file order by itself.
    const bool prefetch = x.indices != nullptr && first == 0 && column == 0;
    for (int64_t r = 0; r < x.count; ++r) {
      const int64_t row = RowOf(x, r);
      if (prefetch && r + kRowsAhead < x.count) PrefetchRow(x, r + kRowsAhead);
      const int64_t begin = first == 0 ? x.rows.row_start[row] : cursors[r];
      int64_t end = x.rows.row_start[row + 1];
      if (!is_last) {
        end = FindColumn(x.rows.columns, begin, end, limit);
        cursors[r] = static_cast<uint32_t>(end);
      }
      float* const to = z + r * layer.stride + column;
      const float* const start = first == 0 ? layer.bias + column : to;
      SumRows<kVectors>(pixels, begin, end, weights, layer.stride,
                        [&](int c, FloatVector sum) HWY_ATTR {
                          const FloatVector before = LoadFloats(start + c * kLanes);
                          StoreFloats(hn::Add(before, sum), to + c * kLanes);
                        });
    }
  }
}

void ForwardSparse(const LayerView& layer, const SparseBatch& x, float* z, const Scratch& scratch) {
  ForEachChunk(layer.stride, [&](auto width, int64_t column) HWY_ATTR {
    SparseProduct<decltype(width)::kVectors>(layer, x, column, z, scratch.cursors);
  });
}

// The rows [first, limit) that fit the room for entries; at least one.
int64_t RowsThatFit(const SparseBatch& x, int64_t first, int64_t room) {
  int64_t limit = first;
  while (limit < x.count) {
    const int64_t row = RowOf(x, limit);
    room -= x.rows.row_start[row + 1] - x.rows.row_start[row];
    if (room < 0) break;
    ++limit;
  }
  return limit;
}

// Sorts the pixels of rows [first, limit) by column (counting sort): entries of column c then lie
// in [column_start[c - 1], column_start[c]), from 0 for c = 0, by ascending row.
void SortByColumn(const SparseBatch& x, int64_t first, int64_t limit, int64_t inputs,
                  const Scratch& scratch) {
  constexpr int64_t kRowsAhead = 3;
  uint32_t* const start = scratch.column_start;
  for (int64_t c = 0; c <= inputs; ++c) start[c] = 0;
  for (int64_t r = first; r < limit; ++r) {
    if (r + kRowsAhead < limit) PrefetchRow(x, r + kRowsAhead);
    const int64_t row = RowOf(x, r);
    const int64_t end = x.rows.row_start[row + 1];
    for (int64_t i = x.rows.row_start[row]; i < end; ++i) ++start[x.rows.columns[i] + 1];
  }
  for (int64_t c = 1; c <= inputs; ++c) start[c] += start[c - 1];
  for (int64_t r = first; r < limit; ++r) {
    const int64_t row = RowOf(x, r);
    const int64_t end = x.rows.row_start[row + 1];
    const uint32_t tag = static_cast<uint32_t>(r) << 8;
    for (int64_t i = x.rows.row_start[row]; i < end; ++i) {
      scratch.entries[start[x.rows.columns[i]]++] = tag | x.rows.values[i];
    }
  }
}

// Updates kVectors vectors of each row of W from `column` on, by the sorted entries. `delta` starts
// at that column.
template <int kVectors, class Rule>
void UpdateByColumns(const LayerView& target, const float* delta, int64_t delta_stride,
                     int64_t column, const Rule& change, bool skip_empty, const Scratch& scratch) {
  constexpr int64_t kColumnsAhead = 4;
  const PixelsOfColumn pixels{scratch.entries};
  int64_t begin = 0;
  for (int64_t c = 0; c < target.inputs; ++c) {
    const int64_t end = scratch.column_start[c];
    if (begin == end && skip_empty) continue;
    float* const to = target.weights + c * target.stride + column;
    change.PlacesOf(to).Prefetch(kColumnsAhead * target.stride, kVectors * kLanes);
    SumRows<kVectors>(
        pixels, begin, end, delta,
        delta_stride, [&](int part, FloatVector sum) HWY_ATTR __attribute__((always_inline)) {
          change(sum, to + part * kLanes);
        });
    begin = end;
  }
}

// The same for a chunk of columns. Those of wide rows are copied from delta: far apart, they would
// take each other's places in the L1 cache.
template <int kVectors, class Rule>
void UpdateChunk(const LayerView& target, int64_t rows, const float* delta, int64_t column,
                 const Rule& change, bool skip_empty, const Scratch& scratch) {
  constexpr int64_t kWidth = kVectors * kLanes;
  const float* chunk = delta;
  if (target.stride != kWidth) {
    for (int64_t r = 0; r < rows; ++r) {
      __builtin_memcpy(scratch.products + r * kWidth, delta + r * target.stride + column,
                       sizeof(float) * kWidth);
    }
    chunk = scratch.products;
  }
  UpdateByColumns<kVectors>(target, chunk, kWidth, column, change, skip_empty, scratch);
}

template <class Rule>
void UpdateSparseBy(const LayerView& target, const SparseBatch& x, const float* delta,
                    const Rule& change, bool skip_empty, const Scratch& scratch) {
  // With 64 columns, the chunk of a batch of 128 leaves room for others in the L1 cache.
  constexpr int kMostVectors = kMaxSparseChunk / kLanes < 8 ? kMaxSparseChunk / kLanes : 8;
  UpdateBias(target, x.count, delta, change);
  for (int64_t first = 0; first < x.count;) {
    const int64_t limit = RowsThatFit(x, first, scratch.entry_capacity);
    SortByColumn(x, first, limit, target.inputs, scratch);
    ForEachChunk<kMostVectors>(target.stride, [&](auto width, int64_t column) HWY_ATTR {
      UpdateChunk<decltype(width)::kVectors>(target, x.count, delta, column, change, skip_empty,
                                             scratch);
    });
    first = limit;
  }
}

// Whether the gradient is summed pixel by pixel: where its rows are as short as can be, that takes
// half the time of sorting. `Scratch::products` has room for it.
HWY_INLINE bool IsNarrow(const LayerView& layer) {
  return layer.stride == kRowPadding && layer.inputs * layer.stride <= kPackedFloats;
}

// Writes x^T delta, for delta of kRowPadding columns, of which a row stays in registers while its
// pixels pass.
void SumNarrowGradient(const SparseBatch& x, const float* delta, int64_t inputs, float* gradient) {
  constexpr int kVectors = kRowPadding / kLanes;
  const PixelsOfRow pixels{x.rows.columns, x.rows.values};
  __builtin_memset(gradient, 0, sizeof(float) * inputs * kRowPadding);
  for (int64_t r = 0; r < x.count; ++r, delta += kRowPadding) {
    const int64_t row = RowOf(x, r);
    const int64_t end = x.rows.row_start[row + 1];
    const auto load = [&](int part)
                          HWY_ATTR { return LoadFloats(delta + part % kVectors * kLanes); };
    // Wide vectors need only the first ones. NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores)
    const FloatVector d0 = load(0), d1 = load(1), d2 = load(2), d3 = load(3);
    for (int64_t i = x.rows.row_start[row]; i < end; ++i) {
      const FloatVector weight = Broadcast(pixels.weight(i));
      float* const sum = gradient + pixels.row(i) * kRowPadding;
      const auto add = [&](int part, FloatVector d) HWY_ATTR {
        float* const to = sum + part * kLanes;
        StoreFloats(hn::MulAdd(weight, d, LoadFloats(to)), to);
      };
      add(0, d0);
      if constexpr (kVectors > 1) add(1, d1);
      if constexpr (kVectors > 2) add(2, d2);
      if constexpr (kVectors > 2) add(3, d3);
    }
  }
}

template <class Rule>
void UpdateNarrowBy(const LayerView& target, const SparseBatch& x, const float* delta,
                    const Rule& change, const Scratch& scratch) {
  UpdateBias(target, x.count, delta, change);
  float* const gradient = scratch.products;
  SumNarrowGradient(x, delta, target.inputs, gradient);
  for (int64_t i = 0; i < target.inputs * kRowPadding; i += kLanes) {
    change(LoadFloats(gradient + i), target.weights + i);
  }
}

void UpdateSparse(const LayerView& target, const SparseBatch& x, const float* delta,
                  const UpdateRule& rule, const Scratch& scratch) {
  WithRule(rule, [&](const auto& change) HWY_ATTR {
    if (IsNarrow(target)) return UpdateNarrowBy(target, x, delta, change, scratch);
    UpdateSparseBy(target, x, delta, change, rule.keeps_without_gradient(), scratch);
  });
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_SPARSE_INL_H_
