// Included only by kernels_simd.cc, inside no namespace, once per instruction set.
#ifndef PERCEPT_SERVER_ML_KERNELS_VECTORS_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_VECTORS_INL_H_

#include <cstdint>

#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;

using DoubleTag = hn::ScalableTag<double>;

constexpr FloatTag kFloats;
constexpr DoubleTag kDoubles;
constexpr int64_t kLanes = HWY_LANES(float);

HWY_INLINE FloatVector LoadFloats(const float* from) { return hn::Load(kFloats, from); }
HWY_INLINE void StoreFloats(FloatVector vector, float* to) { hn::Store(vector, kFloats, to); }
HWY_INLINE FloatVector Broadcast(float value) { return hn::Set(kFloats, value); }

// to -= rate * amount.
HWY_INLINE void SubtractScaled(FloatVector rate, FloatVector amount, float* to) {
  StoreFloats(hn::NegMulAdd(rate, amount, LoadFloats(to)), to);
}

// The lanes before `count`; all of them where there are not as many.
HWY_INLINE hn::Mask<FloatTag> FirstLanes(int64_t count) {
  return hn::FirstN(kFloats, static_cast<size_t>(count < kLanes ? count : kLanes));
}

// Calls `use` with the width (in vectors: 8, 4, 2 or 1, but at most `kMost`) and first float of
// each chunk of a row of `stride` floats. The width comes as a type, so that each has its own code.
template <int value>
struct Width {
  static constexpr int kVectors = value;
};

template <int kMost = 8, class Use>
HWY_INLINE void ForEachChunk(int64_t stride, const Use& use) {
  static_assert(kMost == 8 || kMost == 4);
  int64_t column = 0;
  for (; column + kMost * kLanes <= stride; column += kMost * kLanes) use(Width<kMost>(), column);
  if (kMost > 4 && column + 4 * kLanes <= stride) {
    use(Width<4>(), column);
    column += 4 * kLanes;
  }
  if (column + 2 * kLanes <= stride) {
    use(Width<2>(), column);
    column += 2 * kLanes;
  }
  if (column < stride) use(Width<1>(), column);
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_VECTORS_INL_H_
