#ifndef PERCEPT_SERVER_ML_ALIGNED_BUFFER_H_
#define PERCEPT_SERVER_ML_ALIGNED_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "server/ml/kernels/kernels.h"

namespace percept::ml {

// A fixed number of numbers that start as zeros, aligned for the kernels.
template <typename Number>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(int64_t size)
      : numbers_(static_cast<Number*>(::operator new(size * sizeof(Number), kAlignment))),
        size_(size) {
    std::fill_n(numbers_.get(), size, Number{});
  }

  Number* data() { return numbers_.get(); }
  const Number* data() const { return numbers_.get(); }
  int64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  static constexpr std::align_val_t kAlignment{kBufferAlignment};
  struct Free {
    void operator()(Number* numbers) const { ::operator delete(numbers, kAlignment); }
  };

  std::unique_ptr<Number, Free> numbers_;
  int64_t size_ = 0;
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_ALIGNED_BUFFER_H_
