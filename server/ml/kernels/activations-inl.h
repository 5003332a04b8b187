// Included only by kernels_simd.cc. Elementwise functions between layers, with their derivatives.
// A value that is NaN stays NaN.
#ifndef PERCEPT_SERVER_ML_KERNELS_ACTIVATIONS_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_ACTIVATIONS_INL_H_

#include "server/base/model_spec.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// An activation at a point, and its derivative there.
struct ValueAndSlope {
  FloatVector value;
  FloatVector slope;
};

// tanh(x) within 4e-7 of itself, as x P(x^2) / Q(x^2), which is 1 from |x| = 9.02 on. Minimax
// coefficients for relative error 2.3e-8; the rest is rounding. `Min` returns its second argument
// where one is NaN.
HWY_INLINE FloatVector TanhOf(FloatVector x) {
  const FloatVector one = Broadcast(1.0f);
  const FloatVector size = hn::Min(Broadcast(9.02f), hn::Abs(x));
  const FloatVector square = hn::Mul(size, size);
  FloatVector top = Broadcast(1.3176184556661552e-08f);
  top = hn::MulAdd(top, square, Broadcast(2.0480212930361376e-05f));
  top = hn::MulAdd(top, square, Broadcast(3.487752516758485e-03f));
  top = hn::MulAdd(top, square, Broadcast(1.3374426510311738e-01f));
  top = hn::MulAdd(top, square, one);
  FloatVector bottom = Broadcast(7.70349460705257e-07f);
  bottom = hn::MulAdd(bottom, square, Broadcast(3.2728237845453597e-04f));
  bottom = hn::MulAdd(bottom, square, Broadcast(2.584716753720802e-02f));
  bottom = hn::MulAdd(bottom, square, Broadcast(4.670774036111689e-01f));
  bottom = hn::MulAdd(bottom, square, one);
  const FloatVector ratio = hn::Div(hn::Mul(size, top), bottom);
  return hn::CopySign(hn::Min(one, ratio), x);
}

// The derivative is 4 e / (1 + e)^2 for e = exp(-2 |x|): where units are saturated, 1 - tanh^2
// would be made of the rounding of tanh alone, and Adam follows the smallest gradients.
struct Tanh {
  HWY_INLINE static ValueAndSlope At(FloatVector x) {
    const FloatVector one = Broadcast(1.0f);
    const FloatVector power = hn::Exp(kFloats, hn::Mul(Broadcast(-2.0f), hn::Abs(x)));
    const FloatVector inverse = hn::Div(one, hn::Add(one, power));
    const FloatVector slope = hn::Mul(hn::Mul(Broadcast(4.0f), power), hn::Mul(inverse, inverse));
    return {TanhOf(x), slope};
  }
};

// 1 / (1 + exp(-x)), by exp(-|x|), which cannot overflow.
struct Sigmoid {
  HWY_INLINE static ValueAndSlope At(FloatVector x) {
    const FloatVector one = Broadcast(1.0f);
    const FloatVector power = hn::Exp(kFloats, hn::Neg(hn::Abs(x)));
    const FloatVector inverse = hn::Div(one, hn::Add(one, power));
    const FloatVector tail = hn::Mul(power, inverse);
    const FloatVector value = hn::IfThenElse(hn::Lt(x, hn::Zero(kFloats)), tail, inverse);
    return {hn::IfThenElse(hn::IsNaN(x), x, value), hn::Mul(tail, inverse)};
  }
};

// max(0, x), with derivative 0 at 0.
struct Relu {
  HWY_INLINE static ValueAndSlope At(FloatVector x) {
    const FloatVector zero = hn::Zero(kFloats);
    return {hn::IfThenElse(hn::Lt(x, zero), zero, x),
            hn::IfThenElseZero(hn::Gt(x, zero), Broadcast(1.0f))};
  }
};

// erf(x) within 4e-7, by the rational approximation that XLA and Eigen use, on [-4, 4].
HWY_INLINE FloatVector Erf(FloatVector x) {
  x = hn::Min(hn::Max(x, Broadcast(-4.0f)), Broadcast(4.0f));
  const FloatVector square = hn::Mul(x, x);
  FloatVector top = Broadcast(-2.72614225801306e-10f);
  top = hn::MulAdd(top, square, Broadcast(2.77068142495902e-08f));
  top = hn::MulAdd(top, square, Broadcast(-2.10102402082508e-06f));
  top = hn::MulAdd(top, square, Broadcast(-5.69250639462346e-05f));
  top = hn::MulAdd(top, square, Broadcast(-7.34990630326855e-04f));
  top = hn::MulAdd(top, square, Broadcast(-2.95459980854025e-03f));
  top = hn::MulAdd(top, square, Broadcast(-1.60960333262415e-02f));
  FloatVector bottom = Broadcast(-1.45660718464996e-05f);
  bottom = hn::MulAdd(bottom, square, Broadcast(-2.13374055278905e-04f));
  bottom = hn::MulAdd(bottom, square, Broadcast(-1.68282697438203e-03f));
  bottom = hn::MulAdd(bottom, square, Broadcast(-7.37332916720468e-03f));
  bottom = hn::MulAdd(bottom, square, Broadcast(-1.42647390514189e-02f));
  return hn::Div(hn::Mul(x, top), bottom);
}

// x Phi(x) with the normal distribution's Phi (Hendrycks and Gimpel, 2016); derivative
// Phi(x) + x phi(x).
struct Gelu {
  HWY_INLINE static ValueAndSlope At(FloatVector x) {
    const FloatVector half = Broadcast(0.5f);
    const FloatVector error = Erf(hn::Mul(x, Broadcast(0.70710678118654752f)));
    const FloatVector share = hn::MulAdd(half, error, half);
    const FloatVector density = hn::Mul(hn::Exp(kFloats, hn::Mul(hn::Mul(x, x), Broadcast(-0.5f))),
                                        Broadcast(0.39894228040143268f));
    const FloatVector value = hn::Mul(x, share);
    return {hn::IfThenElse(hn::IsNaN(x), x, value), hn::MulAdd(x, density, share)};
  }
};

template <class Function>
void ActivateBy(int64_t count, float* z, float* slope) {
  if (slope == nullptr) {
    for (int64_t i = 0; i < count; i += kLanes) {
      StoreFloats(Function::At(LoadFloats(z + i)).value, z + i);
    }
    return;
  }
  for (int64_t i = 0; i < count; i += kLanes) {
    const ValueAndSlope at = Function::At(LoadFloats(z + i));
    StoreFloats(at.value, z + i);
    StoreFloats(at.slope, slope + i);
  }
}

void Activate(Activation activation, int64_t count, float* z, float* slope) {
  switch (activation) {
    case Activation::kTanh:
      return ActivateBy<Tanh>(count, z, slope);
    case Activation::kSigmoid:
      return ActivateBy<Sigmoid>(count, z, slope);
    case Activation::kRelu:
      return ActivateBy<Relu>(count, z, slope);
    case Activation::kGelu:
      return ActivateBy<Gelu>(count, z, slope);
  }
}

void Multiply(int64_t count, const float* factors, float* values) {
  for (int64_t i = 0; i < count; i += kLanes) {
    StoreFloats(hn::Mul(LoadFloats(values + i), LoadFloats(factors + i)), values + i);
  }
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_ACTIVATIONS_INL_H_
