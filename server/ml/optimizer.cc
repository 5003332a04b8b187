#include "server/ml/optimizer.h"

#include <cmath>

#include "server/ml/aligned_buffer.h"

namespace percept::ml {
namespace {

// Adds weight_decay * W to the gradient.
void AddDecay(const Kernels& kernels, double weight_decay, absl::Span<const float> parameters,
              absl::Span<float> gradient) {
  if (weight_decay == 0.0) return;
  kernels.descend(static_cast<int64_t>(parameters.size()), -static_cast<float>(weight_decay),
                  parameters.data(), gradient.data());
}

class Sgd final : public Optimizer {
 public:
  Sgd(const TrainingSpec& training, const Kernels& kernels)
      : weight_decay_(training.weight_decay), kernels_(kernels) {}

  void Update(absl::Span<float> parameters, absl::Span<float> gradient,
              double learning_rate) override {
    AddDecay(kernels_, weight_decay_, parameters, gradient);
    kernels_.descend(static_cast<int64_t>(parameters.size()), static_cast<float>(learning_rate),
                     gradient.data(), parameters.data());
  }

  bool is_plain_descent() const override { return weight_decay_ == 0.0; }

 private:
  const double weight_decay_;
  const Kernels& kernels_;
};

class Momentum final : public Optimizer {
 public:
  Momentum(const TrainingSpec& training, int64_t parameters, const Kernels& kernels)
      : weight_decay_(training.weight_decay),
        momentum_(static_cast<float>(training.momentum)),
        kernels_(kernels),
        velocity_(parameters) {}

  void Update(absl::Span<float> parameters, absl::Span<float> gradient,
              double learning_rate) override {
    AddDecay(kernels_, weight_decay_, parameters, gradient);
    kernels_.descend_with_momentum(static_cast<int64_t>(parameters.size()),
                                   static_cast<float>(learning_rate), momentum_, gradient.data(),
                                   velocity_.data(), parameters.data());
  }

  bool is_plain_descent() const override { return false; }

 private:
  const double weight_decay_;
  const float momentum_;
  const Kernels& kernels_;
  AlignedBuffer<float> velocity_;
};

class Adam final : public Optimizer {
 public:
  Adam(const TrainingSpec& training, int64_t parameters, const Kernels& kernels)
      : weight_decay_(training.weight_decay),
        beta1_(training.beta1),
        beta2_(training.beta2),
        epsilon_(training.epsilon),
        kernels_(kernels),
        first_moment_(parameters),
        second_moment_(parameters) {}

  void Update(absl::Span<float> parameters, absl::Span<float> gradient,
              double learning_rate) override {
    AddDecay(kernels_, weight_decay_, parameters, gradient);
    beta1_power_ *= beta1_;
    beta2_power_ *= beta2_;
    const AdamFactors factors{
        .first_gain = static_cast<float>(1.0 - beta1_),
        .second_keep = static_cast<float>(beta2_),
        .second_gain = static_cast<float>(1.0 - beta2_),
        .second_root = static_cast<float>(std::sqrt(1.0 - beta2_power_)),
        .epsilon = static_cast<float>(epsilon_),
        .rate = static_cast<float>(learning_rate / (1.0 - beta1_power_)),
    };
    kernels_.descend_by_adam(static_cast<int64_t>(parameters.size()), factors, gradient.data(),
                             first_moment_.data(), second_moment_.data(), parameters.data());
  }

  bool is_plain_descent() const override { return false; }

 private:
  const double weight_decay_;
  const double beta1_;
  const double beta2_;
  const double epsilon_;
  const Kernels& kernels_;
  // Running products of the betas, whose bits depend on no library.
  double beta1_power_ = 1.0;
  double beta2_power_ = 1.0;
  AlignedBuffer<float> first_moment_;
  AlignedBuffer<float> second_moment_;
};

}  // namespace

std::unique_ptr<Optimizer> CreateOptimizer(const TrainingSpec& training, int64_t parameters,
                                           const Kernels& kernels) {
  switch (training.optimizer) {
    case OptimizerKind::kMomentum:
      return std::make_unique<Momentum>(training, parameters, kernels);
    case OptimizerKind::kAdam:
      return std::make_unique<Adam>(training, parameters, kernels);
    case OptimizerKind::kSgd:
      break;
  }
  return std::make_unique<Sgd>(training, kernels);
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
