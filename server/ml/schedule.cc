#include "server/ml/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/base/reproducible_math.h"
#include "server/base/status.h"

namespace percept::ml {
namespace {

class ConstantSchedule final : public Schedule {
 public:
  explicit ConstantSchedule(double learning_rate) : learning_rate_(learning_rate) {}

  double LearningRate(int64_t /*step*/) const override { return learning_rate_; }

 private:
  const double learning_rate_;
};

class StepSchedule final : public Schedule {
 public:
  StepSchedule(double learning_rate, double gamma, int64_t sigma)
      : learning_rate_(learning_rate), gamma_(gamma), sigma_(sigma) {}

  double LearningRate(int64_t step) const override {
    return learning_rate_ * ExactlyReproduciblePower(gamma_, step / sigma_);
  }

 private:
  const double learning_rate_;
  const double gamma_;
  const int64_t sigma_;
};

class InverseSchedule final : public Schedule {
 public:
  InverseSchedule(double learning_rate, double gamma, double rho)
      : learning_rate_(learning_rate), gamma_(gamma), rho_(rho) {}

  double LearningRate(int64_t step) const override {
    const double base =
        std::min(1.0 + gamma_ * static_cast<double>(step), std::numeric_limits<double>::max());
    return learning_rate_ / ExactlyReproduciblePow(base, rho_);
  }

 private:
  const double learning_rate_;
  const double gamma_;
  const double rho_;
};

absl::Status CheckNotNegative(absl::string_view field, double value) {
  if (value >= 0.0 && std::isfinite(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": must be finite and at least 0, got ", value));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Schedule>> CreateSchedule(const TrainingSpec& training) {
  const double rate = training.learning_rate;
  const double gamma = training.schedule_gamma;
  if (training.schedule == ScheduleKind::kConstant) return std::make_unique<ConstantSchedule>(rate);
  PERCEPT_RETURN_IF_ERROR(CheckNotNegative("schedule.gamma", gamma));
  if (training.schedule == ScheduleKind::kInverse) {
    PERCEPT_RETURN_IF_ERROR(CheckNotNegative("schedule.rho", training.schedule_rho));
    return std::make_unique<InverseSchedule>(rate, gamma, training.schedule_rho);
  }
  if (training.schedule_sigma < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("schedule.sigma: must be at least 1, got ", training.schedule_sigma));
  }
  return std::make_unique<StepSchedule>(rate, gamma, training.schedule_sigma);
}

}  // namespace percept::ml
