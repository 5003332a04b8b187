// Included only by kernels_simd.cc. Softmax cross-entropy and its gradient, of as many rows at once
// as there are lanes: a row per lane, so that no sum or search goes across lanes.
#ifndef PERCEPT_SERVER_ML_KERNELS_SOFTMAX_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_SOFTMAX_INL_H_

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

using IndexTag = hn::RebindToSigned<FloatTag>;
using IndexVector = hn::Vec<IndexTag>;

constexpr IndexTag kIndices;

// Classes that change between rows and lanes together.
constexpr int64_t kClassGroup = 4;

// One row of logits per lane; lanes without a row of their own repeat the last one.
struct LogitRows {
  int64_t classes;
  float* rows[kLanes];
};

// One float of each of four classes, for each lane.
struct FourClasses {
  FloatVector v0, v1, v2, v3;
};

// The transpose of each 4 by 4 block; its own inverse.
HWY_INLINE FourClasses TransposeBlocks(const FourClasses& in) {
  const hn::RepartitionToWide<hn::RebindToUnsigned<FloatTag>> pairs;
  const auto pairs_of = [&](FloatVector v) HWY_ATTR { return hn::BitCast(pairs, v); };
  const auto lower_01 = pairs_of(hn::InterleaveLower(kFloats, in.v0, in.v1));
  const auto upper_01 = pairs_of(hn::InterleaveUpper(kFloats, in.v0, in.v1));
  const auto lower_23 = pairs_of(hn::InterleaveLower(kFloats, in.v2, in.v3));
  const auto upper_23 = pairs_of(hn::InterleaveUpper(kFloats, in.v2, in.v3));
  return {hn::BitCast(kFloats, hn::InterleaveLower(pairs, lower_01, lower_23)),
          hn::BitCast(kFloats, hn::InterleaveUpper(pairs, lower_01, lower_23)),
          hn::BitCast(kFloats, hn::InterleaveLower(pairs, upper_01, upper_23)),
          hn::BitCast(kFloats, hn::InterleaveUpper(pairs, upper_01, upper_23))};
}

// Four floats from `k` on of every fourth row: those of rows[0], rows[4], ...
template <class Tag>
HWY_INLINE hn::Vec<Tag> LoadEveryFourth(Tag tag, const float* const* rows, int64_t k) {
  if constexpr (hn::MaxLanes(Tag()) == kClassGroup) {
    return hn::Load(tag, rows[0] + k);
  } else {
    const hn::Half<Tag> half;
    return hn::Combine(tag, LoadEveryFourth(half, rows + hn::MaxLanes(half), k),
                       LoadEveryFourth(half, rows, k));
  }
}

template <class Tag>
HWY_INLINE void StoreEveryFourth(Tag tag, hn::Vec<Tag> vector, float* const* rows, int64_t k) {
  if constexpr (hn::MaxLanes(Tag()) == kClassGroup) {
    hn::Store(vector, tag, rows[0] + k);
  } else {
    const hn::Half<Tag> half;
    StoreEveryFourth(half, hn::LowerHalf(half, vector), rows, k);
    StoreEveryFourth(half, hn::UpperHalf(half, vector), rows + hn::MaxLanes(half), k);
  }
}

HWY_INLINE FourClasses LoadClasses(const LogitRows& logits, int64_t k) {
  const auto load = [&](int first)
                        HWY_ATTR { return LoadEveryFourth(kFloats, logits.rows + first, k); };
  return TransposeBlocks({load(0), load(1), load(2), load(3)});
}

HWY_INLINE void StoreClasses(const FourClasses& values, const LogitRows& logits, int64_t k) {
  const FourClasses transposed = TransposeBlocks(values);
  StoreEveryFourth(kFloats, transposed.v0, logits.rows, k);
  StoreEveryFourth(kFloats, transposed.v1, logits.rows + 1, k);
  StoreEveryFourth(kFloats, transposed.v2, logits.rows + 2, k);
  StoreEveryFourth(kFloats, transposed.v3, logits.rows + 3, k);
}

// Replaces the values of the classes from `k` on by what `use(class, value)` returns for them.
template <class Use>
HWY_INLINE void ForEachOf(FourClasses& values, int64_t k, int64_t classes, const Use& use) {
  values.v0 = use(k, values.v0);
  if (k + 1 < classes) values.v1 = use(k + 1, values.v1);
  if (k + 2 < classes) values.v2 = use(k + 2, values.v2);
  if (k + 3 < classes) values.v3 = use(k + 3, values.v3);
}

// The largest logit of each row, and the first class that has it: -1 where all are NaN or -inf.
struct Largest {
  FloatVector logit;
  IndexVector index;
};

HWY_INLINE Largest FindLargest(const LogitRows& logits) {
  Largest largest{Broadcast(-__builtin_inff()), hn::Set(kIndices, -1)};
  const auto compare = [&](int64_t k, FloatVector logit) HWY_ATTR {
    const auto is_larger = hn::Gt(logit, largest.logit);
    const IndexVector index = hn::Set(kIndices, static_cast<int32_t>(k));
    largest.logit = hn::IfThenElse(is_larger, logit, largest.logit);
    largest.index = hn::IfThenElse(hn::RebindMask(kIndices, is_larger), index, largest.index);
    return logit;
  };
  for (int64_t k = 0; k < logits.classes; k += kClassGroup) {
    FourClasses values = LoadClasses(logits, k);
    ForEachOf(values, k, logits.classes, compare);
  }
  return largest;
}

// Sum over k of exp(logit_k - largest); NaN where a logit is not finite. Writes the summands over
// the logits if `keep`.
template <bool keep>
HWY_INLINE FloatVector SumOfPowers(const LogitRows& logits, FloatVector largest) {
  FloatVector sum = hn::Zero(kFloats);
  const auto add = [&](int64_t, FloatVector logit) HWY_ATTR {
    const FloatVector power = hn::Exp(kFloats, hn::Sub(logit, largest));
    // Exp maps NaN to 0; the difference is 0 exactly where the logit is finite.
    sum = hn::Add(sum, hn::Add(power, hn::Sub(logit, logit)));
    return power;
  };
  for (int64_t k = 0; k < logits.classes; k += kClassGroup) {
    FourClasses values = LoadClasses(logits, k);
    ForEachOf(values, k, logits.classes, add);
    if (keep) StoreClasses(values, logits, k);
  }
  return sum;
}

// Replaces the summands in a row by (softmax - onehot) * scale, where `factor` is scale / their
// sum.
HWY_INLINE void WriteGradient(int64_t classes, int64_t stride, int32_t label, float factor,
                              float scale, float* row) {
  int64_t k = 0;
  for (; k < classes; k += kLanes) {
    const FloatVector share = hn::Mul(LoadFloats(row + k), Broadcast(factor));
    StoreFloats(hn::IfThenElseZero(FirstLanes(classes - k), share), row + k);
  }
  for (; k < stride; k += kLanes) StoreFloats(hn::Zero(kFloats), row + k);
  row[label] -= scale;
}

// Rows [0, count) of at most kLanes.
template <bool keep>
HWY_INLINE void SoftmaxGroup(int64_t count, int64_t classes, int64_t stride, float* logits,
                             const int32_t* labels, float scale, LossSums* sums) {
  LogitRows group{classes, {}};
  HWY_ALIGN int32_t label_of[kLanes];
  HWY_ALIGN float label_logit[kLanes];
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    const int64_t r = lane < count ? lane : count - 1;
    group.rows[lane] = logits + r * stride;
    label_of[lane] = labels[r];
    label_logit[lane] = group.rows[lane][labels[r]];
  }
  const Largest largest = FindLargest(group);
  const FloatVector sum = SumOfPowers<keep>(group, largest.logit);
  const FloatVector loss =
      hn::Sub(hn::Log(kFloats, sum), hn::Sub(LoadFloats(label_logit), largest.logit));
  const auto is_finite = hn::Eq(sum, sum);
  const auto is_label =
      hn::RebindMask(kFloats, hn::Eq(largest.index, hn::Load(kIndices, label_of)));
  sums->correct += static_cast<int64_t>(
      hn::CountTrue(kFloats, hn::And(hn::And(is_finite, is_label), FirstLanes(count))));
  HWY_ALIGN float losses[kLanes];
  StoreFloats(hn::IfThenElse(is_finite, loss, sum), losses);
  for (int64_t r = 0; r < count; ++r) sums->loss += losses[r];
  if (!keep) return;
  HWY_ALIGN float factors[kLanes];
  StoreFloats(hn::Div(Broadcast(scale), sum), factors);
  for (int64_t r = 0; r < count; ++r) {
    WriteGradient(classes, stride, labels[r], factors[r], scale, logits + r * stride);
  }
}

template <bool keep>
void SoftmaxRows(int64_t rows, int64_t classes, int64_t stride, float* logits,
                 const int32_t* labels, float scale, LossSums* sums) {
  for (int64_t r = 0; r < rows; r += kLanes) {
    SoftmaxGroup<keep>(rows - r < kLanes ? rows - r : kLanes, classes, stride, logits + r * stride,
                       labels + r, scale, sums);
  }
}

void SoftmaxCrossEntropy(int64_t rows, int64_t classes, int64_t stride, float* logits,
                         const int32_t* labels, float scale, LossSums* sums) {
  if (scale == 0.0f) {
    SoftmaxRows<false>(rows, classes, stride, logits, labels, scale, sums);
  } else {
    SoftmaxRows<true>(rows, classes, stride, logits, labels, scale, sums);
  }
}

}  // namespace
}  // namespace percept::ml
HWY_AFTER_NAMESPACE();

#endif  // PERCEPT_SERVER_ML_KERNELS_SOFTMAX_INL_H_
