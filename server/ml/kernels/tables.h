#ifndef PERCEPT_SERVER_ML_KERNELS_TABLES_H_
#define PERCEPT_SERVER_ML_KERNELS_TABLES_H_

#include "server/ml/kernels/kernels.h"

namespace percept::ml {

// One table per compilation of kernels_simd.cc.
extern const Kernels kKernelsV2;
extern const Kernels kKernelsV3;
extern const Kernels kKernelsV4;

// Block sizes of large products, in rows of the output layer, examples and summands. Fixed, because
// sizes taken from the machine's caches would change the order of summation and so the bits.
constexpr int64_t kBlockOutputs = 192;
constexpr int64_t kBlockRows = 512;
constexpr int64_t kBlockDepth = 256;

// Products whose right-hand matrix has more floats than this (an L1 cache) go to Eigen.
constexpr int64_t kSmallProductFloats = 8192;

// Rows of which Eigen computes each alike, wherever it lies in a group.
constexpr int64_t kRowGroup = 4;

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_KERNELS_TABLES_H_
