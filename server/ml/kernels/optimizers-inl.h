// Included only by kernels_simd.cc. What optimisers do to every parameter, elementwise.
#ifndef PERCEPT_SERVER_ML_KERNELS_OPTIMIZERS_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_OPTIMIZERS_INL_H_

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

void Descend(int64_t count, float rate, const float* gradient, float* values) {
  for (int64_t i = 0; i < count; i += kLanes) {
    SubtractScaled(Broadcast(rate), LoadFloats(gradient + i), values + i);
  }
}

void DescendWithMomentum(int64_t count, float rate, float momentum, const float* gradient,
                         float* velocity, float* values) {
  const FloatVector rates = Broadcast(rate);
  const FloatVector kept = Broadcast(momentum);
  for (int64_t i = 0; i < count; i += kLanes) {
    const FloatVector moved = hn::MulAdd(kept, LoadFloats(velocity + i), LoadFloats(gradient + i));
    StoreFloats(moved, velocity + i);
    SubtractScaled(rates, moved, values + i);
  }
}

void DescendByAdam(int64_t count, const AdamFactors& factors, const float* gradient, float* first,
                   float* second, float* values) {
  const FloatVector zero = hn::Zero(kFloats);
  const FloatVector first_gain = Broadcast(factors.first_gain);
  const FloatVector second_keep = Broadcast(factors.second_keep);
  const FloatVector second_gain = Broadcast(factors.second_gain);
  const FloatVector second_root = Broadcast(factors.second_root);
  const FloatVector epsilon = Broadcast(factors.epsilon);
  const FloatVector rate = Broadcast(factors.rate);
  for (int64_t i = 0; i < count; i += kLanes) {
    const FloatVector g = LoadFloats(gradient + i);
    const FloatVector m0 = LoadFloats(first + i);
    const FloatVector m = hn::MulAdd(first_gain, hn::Sub(g, m0), m0);
    const FloatVector v =
        hn::MulAdd(hn::Mul(second_gain, g), g, hn::Mul(second_keep, LoadFloats(second + i)));
    StoreFloats(m, first + i);
    StoreFloats(v, second + i);
    const FloatVector divisor = hn::Add(hn::Div(hn::Sqrt(v), second_root), epsilon);
    // 0 / 0 where nothing has moved and epsilon vanishes in float32.
    const FloatVector direction = hn::IfThenElse(hn::Eq(m, zero), zero, hn::Div(m, divisor));
    SubtractScaled(rate, direction, values + i);
  }
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_OPTIMIZERS_INL_H_
