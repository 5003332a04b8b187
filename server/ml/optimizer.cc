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
  for (int number = 0; number < OptimizerBuffers(kind_); ++number) {
    moments_[number] = AlignedBuffer<float>(parameters);
  }
}

UpdateRule Optimizer::Next(const float* parameters, double learning_rate) {
  UpdateRule rule{
      .rate = static_cast<float>(learning_rate),
      .decay = static_cast<float>(weight_decay_),
      .parameters = parameters,
      .first = moments_[0].data(),
      .second = moments_[1].data(),
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
      beta_powers_.first = NextPower(beta_powers_.first, beta1_);
      beta_powers_.second = NextPower(beta_powers_.second, beta2_);
      // The rule's fraction is the formula's with both sides multiplied by this root.
      const double root = std::sqrt(1.0 - beta_powers_.second);
      rule.kind = UpdateRule::Kind::kAdam;
      rule.rate = static_cast<float>(learning_rate * root / (1.0 - beta_powers_.first));
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
