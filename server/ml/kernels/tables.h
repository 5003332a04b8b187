#ifndef PERCEPT_SERVER_ML_KERNELS_TABLES_H_
#define PERCEPT_SERVER_ML_KERNELS_TABLES_H_

#include "server/ml/kernels/kernels.h"

namespace percept::ml {

// One table per compilation of kernels_simd.cc.
extern const Kernels kKernelsV2;
extern const Kernels kKernelsV3;
extern const Kernels kKernelsV4;

// Products whose right-hand matrix has more floats than this (an L1 cache) use packed copies.
constexpr int64_t kSmallProductFloats = 8192;

// Room for a packed right-hand matrix (half an L2 cache); larger ones go in blocks of columns.
constexpr int64_t kPackedFloats = int64_t{1} << 17;

// The largest register tile of any instruction set.
constexpr int64_t kMaxTileRows = 12;
constexpr int64_t kMaxTileColumns = 32;

// Columns that sparse updates take at once, at most.
constexpr int64_t kMaxSparseChunk = 64;

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_KERNELS_TABLES_H_
