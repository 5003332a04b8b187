#include "server/ml/optimizer.h"

#include <cmath>

namespace percept::ml {
namespace {

// The next power of a beta. One that no longer shows in 1 - power becomes 0: numbers so small that
// they are denormal, where 0.9 times the smallest is again the smallest, take a hundred cycles.
double NextPower(double power, double beta) {
  constexpr double kUnseen = 0x1p-60;
  const double next = power * beta;
  return next < kUnseen ? 0.0 : next;
}

}  // namespace

Optimizer::Optimizer(const TrainingSpec& training, int64_t parameters)
    : kind_(training.optimizer),
      weight_decay_(training.weight_decay),
      momentum_(training.momentum),
      beta1_(training.beta1),
      beta2_(training.beta2),
      epsilon_(training.epsilon) {
  const int moments = OptimizerBuffers(kind_);
  if (moments >= 1) first_moments_ = AlignedBuffer<float>(parameters);
  if (moments >= 2) second_moments_ = AlignedBuffer<float>(parameters);
}

UpdateRule Optimizer::Next(const float* parameters, double learning_rate) {
  UpdateRule rule{
      .rate = static_cast<float>(learning_rate),
      .decay = static_cast<float>(weight_decay_),
      .parameters = parameters,
      .first = first_moments_.data(),
      .second = second_moments_.data(),
  };
  switch (kind_) {
    case OptimizerKind::kSgd:
      rule.kind = UpdateRule::Kind::kDescent;
      break;
    case OptimizerKind::kMomentum:
      rule.kind = UpdateRule::Kind::kMomentum;
      rule.momentum = static_cast<float>(momentum_);
      break;
    case OptimizerKind::kAdam: {
      beta1_power_ = NextPower(beta1_power_, beta1_);
      beta2_power_ = NextPower(beta2_power_, beta2_);
      // The rule's fraction is the formula's with both sides multiplied by this root.
      const double root = std::sqrt(1.0 - beta2_power_);
      rule.kind = UpdateRule::Kind::kAdam;
      rule.rate = static_cast<float>(learning_rate * root / (1.0 - beta1_power_));
      rule.first_gain = static_cast<float>(1.0 - beta1_);
      rule.second_keep = static_cast<float>(beta2_);
      rule.second_gain = static_cast<float>(1.0 - beta2_);
      rule.epsilon = static_cast<float>(epsilon_ * root);
      break;
    }
  }
  return rule;
}

int OptimizerBuffers(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::kSgd:
      return 0;
    case OptimizerKind::kMomentum:
      return 1;
    case OptimizerKind::kAdam:
      break;
  }
  return 2;
}

}  // namespace percept::ml
