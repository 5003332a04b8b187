// Included only by kernels_simd.cc. Softmax cross-entropy and its gradient.
#ifndef PERCEPT_SERVER_ML_KERNELS_SOFTMAX_INL_H_
#define PERCEPT_SERVER_ML_KERNELS_SOFTMAX_INL_H_

#include "server/ml/kernels/kernels.h"
#include "server/ml/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace percept::ml {
namespace {

// The largest of the first `classes` logits, in all lanes.
HWY_INLINE FloatVector LargestLogit(const float* logits, int64_t classes) {
  const FloatVector lowest = Broadcast(-__builtin_inff());
  FloatVector largest = lowest;
  for (int64_t k = 0; k < classes; k += kLanes) {
    const auto valid = FirstLanes(classes - k);
    largest = hn::Max(largest, hn::IfThenElse(valid, LoadFloats(logits + k), lowest));
  }
  return hn::MaxOfLanes(kFloats, largest);
}

// The first class whose logit is `largest`; -1 when there is none because of NaN.
HWY_INLINE int64_t FirstClassWith(FloatVector largest, const float* logits, int64_t classes) {
  for (int64_t k = 0; k < classes; k += kLanes) {
    const auto valid = FirstLanes(classes - k);
    const int64_t lane =
        hn::FindFirstTrue(kFloats, hn::And(valid, hn::Eq(LoadFloats(logits + k), largest)));
    if (lane >= 0) return k + lane;
  }
  return -1;
}

// Sum over k of exp(logit_k - largest), in all lanes; NaN when a logit is not finite. Writes the
// summands over the logits if `keep`; padding becomes 0.
template <bool keep>
HWY_INLINE FloatVector SumOfPowers(FloatVector largest, float* logits, int64_t classes) {
  FloatVector sum = hn::Zero(kFloats);
  for (int64_t k = 0; k < classes; k += kLanes) {
    const auto valid = FirstLanes(classes - k);
    const FloatVector logit = hn::IfThenElse(valid, LoadFloats(logits + k), largest);
    const FloatVector power = hn::IfThenElseZero(valid, hn::Exp(kFloats, hn::Sub(logit, largest)));
    // Exp maps NaN to 0; the difference is 0 exactly where the logit is finite.
    sum = hn::Add(sum, hn::Add(power, hn::Sub(logit, logit)));
    if (keep) StoreFloats(power, logits + k);
  }
  return hn::SumOfLanes(kFloats, sum);
}

template <bool keep>
void SoftmaxRows(int64_t rows, int64_t classes, int64_t stride, float* logits,
                 const int32_t* labels, float scale, LossSums* sums) {
  for (int64_t r = 0; r < rows; ++r, logits += stride) {
    const int32_t label = labels[r];
    const FloatVector largest = LargestLogit(logits, classes);
    sums->correct += FirstClassWith(largest, logits, classes) == label ? 1 : 0;
    const float label_logit = logits[label];
    const FloatVector sum = SumOfPowers<keep>(largest, logits, classes);
    const float loss = hn::GetLane(hn::Log(kFloats, sum)) - (label_logit - hn::GetLane(largest));
    const float total = hn::GetLane(sum);
    sums->loss += total == total ? loss : total;
    if (keep) {
      const FloatVector factor = hn::Div(Broadcast(scale), sum);
      int64_t k = 0;
      for (; k < classes; k += kLanes) {
        const FloatVector share = hn::Mul(LoadFloats(logits + k), factor);
        StoreFloats(hn::IfThenElseZero(FirstLanes(classes - k), share), logits + k);
      }
      for (; k < stride; k += kLanes) StoreFloats(hn::Zero(kFloats), logits + k);
      logits[label] -= scale;
    }
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
