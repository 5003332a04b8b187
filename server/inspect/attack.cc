#include "server/inspect/attack.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/explore.h"
#include "server/inspect/softmax.h"

namespace percept::inspect {

absl::StatusOr<AttackSearch> AttackSearch::Begin(Network network, std::vector<double> start,
                                                 const AttackOptions& options) {
  for (size_t i = 0; i < start.size(); ++i) {
    if (start[i] >= options.lowest && start[i] <= options.highest) continue;
    return InvalidField(
        "start",
        absl::StrCat("input ", i, " must be in the range that inputs are kept in, [",
                     options.lowest, ", ", options.highest, "]"),
        start[i]);
  }
  AttackSearch search(std::move(network), std::move(start), options);
  search.network_.Forward(search.inputs_, search.pass_);
  PERCEPT_RETURN_IF_ERROR(CheckStart(search.pass_, options.target));
  search.original_label_ = search.label();
  search.starting_probability_ = search.original_probability();
  return search;
}

double AttackSearch::objective() const {
  double squares = 0.0;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const double difference = inputs_[i] - start_[i];
    squares += difference * difference;
  }
  return CrossEntropy(pass_.scores(), options_.target) + options_.distance_weight * squares;
}

int32_t AttackSearch::label() const {
  return FirstLargest(absl::MakeConstSpan(pass_.probabilities));
}

absl::Status AttackSearch::Advance() {
  const std::vector<double> gradient = network_.InputGradient(pass_, options_.target);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const double slope = gradient[i] + 2.0 * options_.distance_weight * (inputs_[i] - start_[i]);
    inputs_[i] =
        std::clamp(inputs_[i] - options_.learning_rate * slope, options_.lowest, options_.highest);
  }
  network_.Forward(inputs_, pass_);
  ++step_;
  if (!AreFinite(inputs_) || !AreFinite(pass_.probabilities)) {
    return absl::OutOfRangeError(absl::StrCat("learning_rate: ", options_.learning_rate,
                                              " leads to numbers that are not finite at step ",
                                              step_, "; take a lower one"));
  }
  return absl::OkStatus();
}

}  // namespace percept::inspect
