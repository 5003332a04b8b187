#include "server/inspect/explore.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/softmax.h"

namespace percept::inspect {

bool AreFinite(absl::Span<const double> numbers) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [](double number) { return std::isfinite(number); });
}

absl::Status CheckStart(const Network::Pass& start, int32_t target) {
  const absl::Span<const double> probabilities = start.probabilities;
  if (!AreFinite(probabilities)) {
    return absl::FailedPreconditionError(
        "the model's probabilities at the start are not finite, so that there is no way to follow");
  }
  const auto classes = static_cast<int32_t>(probabilities.size());
  if (target < 0 || target >= classes) {
    return InvalidField("target_label", absl::StrCat("must be in [0, ", classes, ")"), target);
  }
  if (target == FirstLargest(probabilities)) {
    return InvalidField("target_label", "must be another class than the one predicted at the start",
                        target);
  }
  return absl::OkStatus();
}

absl::StatusOr<Exploration> Exploration::Begin(Network network, std::vector<double> start,
                                               const ExploreOptions& options) {
  Exploration exploration(std::move(network), std::move(start), options);
  exploration.network_.Forward(exploration.inputs_, exploration.pass_);
  PERCEPT_RETURN_IF_ERROR(CheckStart(exploration.pass_, options.target));
  exploration.original_label_ = exploration.label();
  return exploration;
}

absl::Span<const double> Exploration::latent() const {
  if (!network_.has_hidden_layer()) return {};
  return pass_.outputs[pass_.outputs.size() - 2];
}

int32_t Exploration::label() const { return FirstLargest(probabilities()); }

bool Exploration::ended() const {
  return step_ == options_.max_steps || (flip_step_.has_value() && step_ >= 2 * *flip_step_);
}

absl::Status Exploration::Advance() {
  const std::vector<double> gradient = network_.InputGradient(pass_, options_.target);
  for (size_t i = 0; i < inputs_.size(); ++i) inputs_[i] -= options_.step_size * gradient[i];
  network_.Forward(inputs_, pass_);
  ++step_;
  if (!AreFinite(inputs_) || !AreFinite(probabilities())) {
    return absl::OutOfRangeError(absl::StrCat("step_size: ", options_.step_size,
                                              " leads to numbers that are not finite at ", "step ",
                                              step_, "; take smaller steps"));
  }
  if (!flip_step_.has_value() && label() == options_.target) flip_step_ = step_;
  return absl::OkStatus();
}

}  // namespace percept::inspect
