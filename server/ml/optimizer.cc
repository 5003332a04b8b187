#include "server/ml/optimizer.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace percept::ml {
namespace {

absl::string_view NameOf(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::kSgd:
      return "sgd";
    case OptimizerKind::kMomentum:
      return "momentum";
    case OptimizerKind::kAdam:
      return "adam";
  }
  return "unknown";
}

// Plain stochastic gradient descent: W <- W - eta * g.
class Sgd final : public Optimizer {
 public:
  explicit Sgd(const Kernels& kernels) : kernels_(kernels) {}

  void Update(absl::Span<float> parameters, absl::Span<const float> gradient,
              double learning_rate) override {
    kernels_.descend(static_cast<int64_t>(parameters.size()), static_cast<float>(learning_rate),
                     gradient.data(), parameters.data());
  }

  bool is_plain_descent() const override { return true; }

 private:
  const Kernels& kernels_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Optimizer>> CreateOptimizer(const TrainingSpec& training,
                                                           const Kernels& kernels) {
  if (training.optimizer != OptimizerKind::kSgd) {
    return absl::UnimplementedError(
        absl::StrCat("optimizer: this server has sgd only, got ", NameOf(training.optimizer)));
  }
  return std::make_unique<Sgd>(kernels);
}

}  // namespace percept::ml
