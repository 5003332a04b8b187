#ifndef PERCEPT_TESTS_BENCH_ML_LAYER_CASE_H_
#define PERCEPT_TESTS_BENCH_ML_LAYER_CASE_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"

namespace percept::bench {

// B rows through a layer of I inputs and O outputs.
struct LayerSize {
  int64_t inputs;
  int64_t outputs;
  int64_t rows;

  std::string name() const { return absl::StrCat(inputs, "-", outputs, " batch ", rows); }
};

inline ml::AlignedBuffer<float> Filled(int64_t count, float value) {
  ml::AlignedBuffer<float> buffer(count);
  std::fill_n(buffer.data(), count, value);
  return buffer;
}

// A layer, a batch of its outputs, and what the kernels write into while they work. No time depends
// on the values, as long as none is so small that the processor treats it as a special case.
class LayerCase {
 public:
  // `entry_capacity`: pixels of a sparse batch at most.
  explicit LayerCase(const LayerSize& size, int64_t entry_capacity = 0)
      : size_(size),
        stride_(ml::PaddedRow(size.outputs)),
        parameters_(Filled((size.inputs + 1) * stride_, 0.01f)),
        outputs_(Filled(size.rows * stride_, 0.01f)),
        products_(ml::ProductScratchFloats(size.rows, size.inputs, size.outputs)),
        cursors_(size.rows),
        column_start_(size.inputs + 1),
        entries_(std::max(entry_capacity, size.inputs)) {}

  ml::LayerView layer() {
    return {size_.inputs, size_.outputs, stride_, parameters_.data(),
            parameters_.data() + size_.inputs * stride_};
  }
  const ml::AlignedBuffer<float>& parameters() const { return parameters_; }
  float* outputs() { return outputs_.data(); }
  ml::Scratch scratch() {
    return {products_.data(), cursors_.data(), column_start_.data(), entries_.data(),
            entries_.size()};
  }

 private:
  const LayerSize size_;
  const int64_t stride_;
  ml::AlignedBuffer<float> parameters_;  // Weights, then biases.
  ml::AlignedBuffer<float> outputs_;
  ml::AlignedBuffer<float> products_;
  ml::AlignedBuffer<uint32_t> cursors_;
  ml::AlignedBuffer<uint32_t> column_start_;
  ml::AlignedBuffer<uint32_t> entries_;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_LAYER_CASE_H_
