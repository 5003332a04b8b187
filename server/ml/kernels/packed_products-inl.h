// Included only by kernels_simd.cc. Products of large matrices: by register tiles, with copies of
// what tiles would not read in the order of memory.
#ifndef PERCEPT_SERVER_ML_KERNELS_PACKED_PRODUCTS_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_PACKED_PRODUCTS_INL_H_

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/optimizers-inl.h"
#include "server/ml/kernels/tables.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// A tile's sums fill most of the registers (32 with AVX-512, else 16), and are more than the
// additions on their way at any time (8).
constexpr int kTileRows = kLanes == 16 ? 12 : 4;
constexpr int kTileVectors = kLanes == 8 ? 3 : 2;
constexpr int kTileColumns = kTileVectors * kLanes;
static_assert(kTileRows <= kMaxTileRows && kTileColumns <= kMaxTileColumns);

// A matrix [depth, columns], or its transpose.
struct Matrix {
  const float* values;
  int64_t stride;
  int64_t columns;
  bool is_transposed;
};

// Writes kWidth columns of a matrix, from `first` on, as a panel [depth, kWidth]. Columns that the
// matrix has not are zeros.
template <int kWidth>
void PackColumns(const Matrix& matrix, int64_t first, int64_t depth, float* panel) {
  const int64_t count = matrix.columns - first;
  const float* from = matrix.values + first;
  for (int64_t k = 0; k < depth; ++k, from += matrix.stride, panel += kWidth) {
    if (count >= kWidth) {
      __builtin_memcpy(panel, from, sizeof(float) * kWidth);
    } else {
      for (int64_t c = 0; c < kWidth; ++c) panel[c] = c < count ? from[c] : 0.0f;
    }
  }
}

// Turns four rows of four floats, `stride` apart, into columns.
HWY_INLINE void TransposeFours(const float* from, int64_t stride, float* to, int64_t to_stride) {
  constexpr hn::FixedTag<float, 4> kFour;
  const auto r0 = hn::LoadU(kFour, from);
  const auto r1 = hn::LoadU(kFour, from + stride);
  const auto r2 = hn::LoadU(kFour, from + 2 * stride);
  const auto r3 = hn::LoadU(kFour, from + 3 * stride);
  const auto even_low = hn::InterleaveLower(kFour, r0, r2);
  const auto odd_low = hn::InterleaveLower(kFour, r1, r3);
  const auto even_high = hn::InterleaveUpper(kFour, r0, r2);
  const auto odd_high = hn::InterleaveUpper(kFour, r1, r3);
  hn::Store(hn::InterleaveLower(kFour, even_low, odd_low), kFour, to);
  hn::Store(hn::InterleaveUpper(kFour, even_low, odd_low), kFour, to + to_stride);
  hn::Store(hn::InterleaveLower(kFour, even_high, odd_high), kFour, to + 2 * to_stride);
  hn::Store(hn::InterleaveUpper(kFour, even_high, odd_high), kFour, to + 3 * to_stride);
}

// As above, for rows of the transposed matrix. Goes through depth in blocks whose part of the panel
// stays in the L1 cache.
template <int kWidth>
void PackRows(const Matrix& matrix, int64_t first, int64_t depth, float* panel) {
  static_assert(kWidth % 4 == 0);
  constexpr int64_t kBlock = 64;
  const int64_t count = matrix.columns - first;
  for (int64_t begin = 0; begin < depth; begin += kBlock) {
    const int64_t limit = HWY_MIN(begin + kBlock, depth);
    for (int64_t c = 0; c < kWidth; c += 4) {
      const float* const from = matrix.values + (first + c) * matrix.stride;
      int64_t k = begin;
      if (c + 4 <= count) {
        for (; k + 4 <= limit; k += 4) {
          TransposeFours(from + k, matrix.stride, panel + k * kWidth + c, kWidth);
        }
      }
      for (; k < limit; ++k) {
        for (int64_t i = 0; i < 4; ++i) {
          panel[k * kWidth + c + i] = c + i < count ? from[i * matrix.stride + k] : 0.0f;
        }
      }
    }
  }
}

template <int kWidth>
void Pack(const Matrix& matrix, int64_t first, int64_t depth, float* panel) {
  if (matrix.is_transposed) {
    PackRows<kWidth>(matrix, first, depth, panel);
  } else {
    PackColumns<kWidth>(matrix, first, depth, panel);
  }
}

// Vectors side by side, and rows of them. Nested, because GCC 12 spills arrays of vectors.
template <int kVectors>
struct VectorRow {
  FloatVector head;
  VectorRow<kVectors - 1> tail;

  HWY_INLINE static VectorRow Zero() {
    return {hn::Zero(kFloats), VectorRow<kVectors - 1>::Zero()};
  }
  HWY_INLINE static VectorRow Load(const float* from) {
    return {LoadFloats(from), VectorRow<kVectors - 1>::Load(from + kLanes)};
  }
  HWY_INLINE void Store(float* to) const {
    StoreFloats(head, to);
    tail.Store(to + kLanes);
  }
  // Adds factor * row.
  HWY_INLINE void Add(FloatVector factor, const VectorRow& row) {
    head = hn::MulAdd(factor, row.head, head);
    tail.Add(factor, row.tail);
  }
};

template <>
struct VectorRow<0> {
  HWY_INLINE static VectorRow Zero() { return {}; }
  HWY_INLINE static VectorRow Load(const float*) { return {}; }
  HWY_INLINE void Store(float*) const {}
  HWY_INLINE void Add(FloatVector, const VectorRow&) {}
};

template <int kRows>
struct Tile {
  using Row = VectorRow<kTileVectors>;

  Row top;
  Tile<kRows - 1> rest;

  HWY_INLINE static Tile Zero() { return {Row::Zero(), Tile<kRows - 1>::Zero()}; }
  HWY_INLINE void Store(float* to) const {
    top.Store(to);
    rest.Store(to + kTileColumns);
  }
  // Adds the outer product of a column and a row.
  HWY_INLINE void Add(const float* column, const Row& row) {
    top.Add(Broadcast(*column), row);
    rest.Add(column + 1, row);
  }
};

template <>
struct Tile<0> {
  HWY_INLINE static Tile Zero() { return {}; }
  HWY_INLINE void Store(float*) const {}
  HWY_INLINE void Add(const float*, const VectorRow<kTileVectors>&) {}
};

// kTileColumns columns of a matrix.
struct Panel {
  const float* values;
  int64_t stride;
};

// The panels of the right-hand matrix: copies of those whose rows do not hold them as they are.
class RightPanels {
 public:
  RightPanels(const Matrix& matrix, int64_t depth, float* copies)
      : matrix_(matrix), depth_(depth), copies_(copies) {}

  // Columns whose copies fit half an L2 cache, at least a panel; tiles go through them together.
  int64_t block() const {
    return HWY_MAX(kPackedFloats / (depth_ * kTileColumns), 1) * kTileColumns;
  }

  // Makes the copies that `At` needs in [first, limit), which is at most a block.
  void Prepare(int64_t first, int64_t limit) {
    first_ = first;
    for (int64_t column = first; column < limit; column += kTileColumns) {
      if (!IsInPlace(column)) Pack<kTileColumns>(matrix_, column, depth_, CopyAt(column));
    }
  }

  Panel At(int64_t column) const {
    if (IsInPlace(column)) return {matrix_.values + column, matrix_.stride};
    return {CopyAt(column), kTileColumns};
  }

 private:
  bool IsInPlace(int64_t column) const {
    return !matrix_.is_transposed && column + kTileColumns <= matrix_.columns;
  }
  float* CopyAt(int64_t column) const { return copies_ + (column - first_) * depth_; }

  const Matrix matrix_;
  const int64_t depth_;
  float* const copies_;
  int64_t first_ = 0;
};

// Writes the first kRows rows of left^T right, for panels `left` [depth, kTileRows] and `right`
// [depth, kTileColumns], to `sums` [kRows, kTileColumns]. Each is one chain in the order of depth.
// Meanwhile asks for `soon` [kRows, kTileColumns], `soon_stride` apart.
template <int kRows>
void MultiplyPanels(int64_t depth, const float* left, const Panel& right, const Places& soon,
                    int64_t soon_stride, float* sums) {
  auto tile = Tile<kRows>::Zero();
  const float* right_row = right.values;
  int64_t k = 0;
  for (int64_t row = 1; row <= kRows; ++row) {
    soon.Prefetch((row - 1) * soon_stride, kTileColumns);
    const int64_t limit = row == kRows ? depth : depth / kRows * row;
    for (; k < limit; ++k, left += kTileRows, right_row += right.stride) {
      tile.Add(left, VectorRow<kTileVectors>::Load(right_row));
    }
  }
  tile.Store(sums);
}

// Gives columns [0, n) of left^T right, for matrices of the same depth, vector by vector to
// `target(row, column, sum)`. Each element is one chain of additions in the order of depth.
template <class Target>
void ComputePacked(const Matrix& left, const Matrix& right, int64_t n, int64_t depth,
                   float* scratch, const Target& target) {
  HWY_ALIGN float sums[kTileRows * kTileColumns];
  RightPanels panels(right, depth, scratch);
  float* const left_panel = scratch + panels.block() * depth;
  for (int64_t first = 0; first < n; first += panels.block()) {
    const int64_t limit = HWY_MIN(first + panels.block(), n);
    panels.Prepare(first, limit);
    for (int64_t row = 0; row < left.columns; row += kTileRows) {
      const int64_t rows = HWY_MIN(kTileRows, left.columns - row);
      // Of tiles of four rows there is one kind.
      // NOLINTBEGIN(misc-redundant-expression)
      const auto multiply = rows > 8   ? MultiplyPanels<kTileRows>
                            : rows > 4 ? MultiplyPanels<HWY_MIN(kTileRows, 8)>
                                       : MultiplyPanels<4>;
      // NOLINTEND(misc-redundant-expression)
      Pack<kTileRows>(left, row, depth, left_panel);
      for (int64_t column = first; column < limit; column += kTileColumns) {
        multiply(depth, left_panel, panels.At(column), target.PlacesOf(row, column), target.stride,
                 sums);
        const int64_t end = HWY_MIN(column + kTileColumns, limit);
        for (int64_t r = 0; r < rows; ++r) {
          const float* const from = sums + r * kTileColumns - column;
          for (int64_t c = column; c < end; c += kLanes) {
            target(row + r, c, LoadFloats(from + c));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_PACKED_PRODUCTS_INL_H_
