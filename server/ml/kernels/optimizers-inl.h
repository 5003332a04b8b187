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

// The rules of `UpdateRule` as functions of a vector of the gradient and the place of its values;
// `Tag` says how wide the vector is.

template <class Tag>
class Descent {
 public:
  using Vector = hn::Vec<Tag>;

  explicit Descent(const UpdateRule& rule)
      : rate_(hn::Set(Tag(), rule.rate)), decay_(hn::Set(Tag(), rule.decay)) {}

  HWY_INLINE void operator()(Vector gradient, float* values) const {
    const Vector w = hn::Load(Tag(), values);
    hn::Store(hn::NegMulAdd(rate_, hn::MulAdd(decay_, w, gradient), w), Tag(), values);
  }

  HWY_INLINE Places PlacesOf(const float* values) const { return {values}; }

 private:
  const Vector rate_;
  const Vector decay_;
};

template <class Tag>
class Momentum {
 public:
  using Vector = hn::Vec<Tag>;

  explicit Momentum(const UpdateRule& rule)
      : rate_(hn::Set(Tag(), rule.rate)),
        decay_(hn::Set(Tag(), rule.decay)),
        momentum_(hn::Set(Tag(), rule.momentum)),
        parameters_(rule.parameters),
        velocity_(rule.first) {}

  HWY_INLINE void operator()(Vector gradient, float* values) const {
    float* const velocity = velocity_ + (values - parameters_);
    const Vector w = hn::Load(Tag(), values);
    const Vector h = hn::MulAdd(decay_, w, gradient);
    const Vector moved = hn::MulAdd(momentum_, hn::Load(Tag(), velocity), h);
    hn::Store(moved, Tag(), velocity);
    hn::Store(hn::NegMulAdd(rate_, moved, w), Tag(), values);
  }

  HWY_INLINE Places PlacesOf(const float* values) const {
    return {values, velocity_ + (values - parameters_)};
  }

 private:
  const Vector rate_;
  const Vector decay_;
  const Vector momentum_;
  const float* const parameters_;
  float* const velocity_;
};

template <class Tag>
class Adam {
 public:
  using Vector = hn::Vec<Tag>;

  explicit Adam(const UpdateRule& rule)
      : rate_(hn::Set(Tag(), rule.rate)),
        decay_(hn::Set(Tag(), rule.decay)),
        first_gain_(hn::Set(Tag(), rule.first_gain)),
        second_keep_(hn::Set(Tag(), rule.second_keep)),
        second_gain_(hn::Set(Tag(), rule.second_gain)),
        epsilon_(hn::Set(Tag(), rule.epsilon)),
        parameters_(rule.parameters),
        first_(rule.first),
        second_(rule.second) {}

  HWY_INLINE void operator()(Vector gradient, float* values) const {
    float* const first = first_ + (values - parameters_);
    float* const second = second_ + (values - parameters_);
    const Vector w = hn::Load(Tag(), values);
    const Vector h = hn::MulAdd(decay_, w, gradient);
    const Vector m0 = hn::Load(Tag(), first);
    const Vector m = hn::MulAdd(first_gain_, hn::Sub(h, m0), m0);
    const Vector v =
        hn::MulAdd(hn::Mul(second_gain_, h), h, hn::Mul(second_keep_, hn::Load(Tag(), second)));
    hn::Store(m, Tag(), first);
    hn::Store(v, Tag(), second);
    // 0 / 0 where nothing has moved and epsilon vanishes in float32.
    const auto moves = hn::Ne(m, hn::Zero(Tag()));
    const Vector direction = hn::Div(m, hn::Add(hn::Sqrt(v), epsilon_));
    hn::Store(hn::NegMulAdd(rate_, hn::IfThenElseZero(moves, direction), w), Tag(), values);
  }

  HWY_INLINE Places PlacesOf(const float* values) const {
    return {values, first_ + (values - parameters_), second_ + (values - parameters_)};
  }

 private:
  const Vector rate_;
  const Vector decay_;
  const Vector first_gain_;
  const Vector second_keep_;
  const Vector second_gain_;
  const Vector epsilon_;
  const float* const parameters_;
  float* const first_;
  float* const second_;
};

// Calls `use` with the rule as one of the functions above, on vectors of `tag`; each has its own
// code.
template <class Tag, class Use>
HWY_INLINE void WithRule(Tag, const UpdateRule& rule, const Use& use) {
  switch (rule.kind) {
    case UpdateRule::Kind::kDescent:
      return use(Descent<Tag>(rule));
    case UpdateRule::Kind::kMomentum:
      return use(Momentum<Tag>(rule));
    case UpdateRule::Kind::kAdam:
      return use(Adam<Tag>(rule));
  }
}

template <class Use>
HWY_INLINE void WithRule(const UpdateRule& rule, const Use& use) {
  WithRule(kFloats, rule, use);
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
