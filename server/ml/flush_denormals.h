#ifndef PERCEPT_SERVER_ML_FLUSH_DENORMALS_H_
#define PERCEPT_SERVER_ML_FLUSH_DENORMALS_H_

#include <xmmintrin.h>

namespace percept::ml {

// While one lives, denormal numbers (below 1.2e-38 in float32) count as zeros in this thread, both
// those that calculations meet and those that they would give. Where an input or a unit has no
// gradient, moments decay to denormals within some hundred steps and stay such for ever, and
// calculating with them takes the processor twenty times as long.
class FlushDenormals {
 public:
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kFlushToZero | kInputsAreZeros); }
  ~FlushDenormals() { _mm_setcsr(before_); }

  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  static constexpr unsigned kFlushToZero = 0x8000;
  static constexpr unsigned kInputsAreZeros = 0x0040;

  const unsigned before_;
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_FLUSH_DENORMALS_H_
