#ifndef PERCEPT_TESTS_BENCH_ML_BENCH_DATA_H_
#define PERCEPT_TESTS_BENCH_ML_BENCH_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/examples.h"

namespace percept::bench {

// Images as the server holds them (sparse bytes) and as a dense program would (floats).
struct ImageSet {
  int32_t inputs = 0;
  std::vector<uint32_t> row_start = {0};
  std::vector<uint16_t> columns;
  std::vector<uint8_t> values;
  std::vector<float> floats;
  std::vector<int32_t> labels;

  int64_t count() const { return static_cast<int64_t>(labels.size()); }
  Examples Sparse() const;
  Examples Dense() const;
  void Append(const std::vector<uint8_t>& pixels, int32_t label);
};

struct BenchData {
  std::string description;  // Where the images are from.
  ImageSet train;           // 60,000
  ImageSet validation;      // 10,000
};

// MNIST from its four IDX files in `folder`; where they are missing, made-up images of the same
// size, with 19 % of the pixels set, that ten classes can be learned from.
BenchData LoadBenchData(const std::string& folder);

// Floats in [-1, 1) with random labels.
ImageSet MakeDense(int64_t count, int32_t inputs, int32_t classes);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_BENCH_DATA_H_
