#ifndef PERCEPT_TESTS_BENCH_ML_RULE_CASE_H_
#define PERCEPT_TESTS_BENCH_ML_RULE_CASE_H_

#include <cstdint>

#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"

namespace percept::bench {

// A rule, and what it costs for each value that it updates.
struct RuleCost {
  const char* name;
  ml::UpdateRule::Kind kind;
  double flops;
  double arrays;  // Updated: the values and their moments.
};
inline constexpr RuleCost kDescent = {"descent", ml::UpdateRule::Kind::kDescent, 2.0, 1.0};
inline constexpr RuleCost kMomentum = {"momentum", ml::UpdateRule::Kind::kMomentum, 4.0, 2.0};
inline constexpr RuleCost kAdam = {"adam", ml::UpdateRule::Kind::kAdam, 12.0, 3.0};

// A rule with the moments of `count` parameters, which outlive it. Without weight decay; so slow
// that parameters keep their size. Moments start as zeros: others would shrink, where there is no
// gradient, until the processor is slow on them.
class RuleCase {
 public:
  RuleCase(const RuleCost& cost, int64_t count, const float* parameters)
      : kind_(cost.kind), parameters_(parameters), first_(count), second_(count) {}

  ml::UpdateRule rule() {
    return {.kind = kind_,
            .rate = 1e-6f,
            .momentum = 0.9f,
            .first_gain = 0.1f,
            .second_keep = 0.999f,
            .second_gain = 0.001f,
            .epsilon = 1e-8f,
            .parameters = parameters_,
            .first = first_.data(),
            .second = second_.data()};
  }

 private:
  const ml::UpdateRule::Kind kind_;
  const float* const parameters_;
  ml::AlignedBuffer<float> first_;
  ml::AlignedBuffer<float> second_;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_ML_RULE_CASE_H_
