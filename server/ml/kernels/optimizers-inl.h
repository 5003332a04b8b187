// Included only by kernels_simd.cc. What optimisers do to every parameter.
#ifndef PERCEPT_SERVER_ML_KERNELS_OPTIMIZERS_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_OPTIMIZERS_INL_H_

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// Where a vector of parameters and what is remembered about it lie, as far as a rule changes them.
struct Places {
  const float* parameters = nullptr;
  const float* first = nullptr;
  const float* second = nullptr;

  // Asks for the cache lines of `count` floats each, `offset` floats on.
  HWY_INLINE void Prefetch(int64_t offset, int64_t count) const {
    constexpr int64_t kLine = 64 / sizeof(float);
    for (const float* const place : {parameters, first, second}) {
      if (place == nullptr) continue;
      for (int64_t i = 0; i < count; i += kLine) __builtin_prefetch(place + offset + i, 1);
    }
  }
};

// The rules of `UpdateRule` as functions of a vector of the gradient and the place of its values.

class Descent {
 public:
  explicit Descent(const UpdateRule& rule)
      : rate_(Broadcast(rule.rate)), decay_(Broadcast(rule.decay)) {}

  HWY_INLINE void operator()(FloatVector gradient, float* values) const {
    const FloatVector w = LoadFloats(values);
    StoreFloats(hn::NegMulAdd(rate_, hn::MulAdd(decay_, w, gradient), w), values);
  }

  HWY_INLINE Places PlacesOf(const float* values) const { return {values}; }

 private:
  const FloatVector rate_;
  const FloatVector decay_;
};

class Momentum {
 public:
  explicit Momentum(const UpdateRule& rule)
      : rate_(Broadcast(rule.rate)),
        decay_(Broadcast(rule.decay)),
        momentum_(Broadcast(rule.momentum)),
        parameters_(rule.parameters),
        velocity_(rule.first) {}

  HWY_INLINE void operator()(FloatVector gradient, float* values) const {
    float* const velocity = velocity_ + (values - parameters_);
    const FloatVector w = LoadFloats(values);
    const FloatVector h = hn::MulAdd(decay_, w, gradient);
    const FloatVector moved = hn::MulAdd(momentum_, LoadFloats(velocity), h);
    StoreFloats(moved, velocity);
    StoreFloats(hn::NegMulAdd(rate_, moved, w), values);
  }

  HWY_INLINE Places PlacesOf(const float* values) const {
    return {values, velocity_ + (values - parameters_)};
  }

 private:
  const FloatVector rate_;
  const FloatVector decay_;
  const FloatVector momentum_;
  const float* const parameters_;
  float* const velocity_;
};

class Adam {
 public:
  explicit Adam(const UpdateRule& rule)
      : rate_(Broadcast(rule.rate)),
        decay_(Broadcast(rule.decay)),
        first_gain_(Broadcast(rule.first_gain)),
        second_keep_(Broadcast(rule.second_keep)),
        second_gain_(Broadcast(rule.second_gain)),
        epsilon_(Broadcast(rule.epsilon)),
        parameters_(rule.parameters),
        first_(rule.first),
        second_(rule.second) {}

  HWY_INLINE void operator()(FloatVector gradient, float* values) const {
    float* const first = first_ + (values - parameters_);
    float* const second = second_ + (values - parameters_);
    const FloatVector w = LoadFloats(values);
    const FloatVector h = hn::MulAdd(decay_, w, gradient);
    const FloatVector m0 = LoadFloats(first);
    const FloatVector m = hn::MulAdd(first_gain_, hn::Sub(h, m0), m0);
    const FloatVector v =
        hn::MulAdd(hn::Mul(second_gain_, h), h, hn::Mul(second_keep_, LoadFloats(second)));
    StoreFloats(m, first);
    StoreFloats(v, second);
    // 0 / 0 where nothing has moved and epsilon vanishes in float32.
    const auto moves = hn::Ne(m, hn::Zero(kFloats));
    const FloatVector direction = hn::Div(m, hn::Add(hn::Sqrt(v), epsilon_));
    StoreFloats(hn::NegMulAdd(rate_, hn::IfThenElseZero(moves, direction), w), values);
  }

  HWY_INLINE Places PlacesOf(const float* values) const {
    return {values, first_ + (values - parameters_), second_ + (values - parameters_)};
  }

 private:
  const FloatVector rate_;
  const FloatVector decay_;
  const FloatVector first_gain_;
  const FloatVector second_keep_;
  const FloatVector second_gain_;
  const FloatVector epsilon_;
  const float* const parameters_;
  float* const first_;
  float* const second_;
};

// Calls `use` with the rule as one of the functions above; each has its own code.
template <class Use>
HWY_INLINE void WithRule(const UpdateRule& rule, const Use& use) {
  switch (rule.kind) {
    case UpdateRule::Kind::kDescent:
      return use(Descent(rule));
    case UpdateRule::Kind::kMomentum:
      return use(Momentum(rule));
    case UpdateRule::Kind::kAdam:
      return use(Adam(rule));
  }
}

void Apply(const UpdateRule& rule, int64_t count, const float* gradient, float* values) {
  WithRule(rule, [&](const auto& change) HWY_ATTR {
    for (int64_t i = 0; i < count; i += kLanes) change(LoadFloats(gradient + i), values + i);
  });
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_OPTIMIZERS_INL_H_
