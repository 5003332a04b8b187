#ifndef PERCEPT_SERVER_INSPECT_ATTACK_H_
#define PERCEPT_SERVER_INSPECT_ATTACK_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/inspect/network.h"

namespace percept::inspect {

struct AttackOptions {
  int32_t target = 0;             // Class to be seen.
  double distance_weight = 0.01;  // lambda
  double learning_rate = 0.01;    // eta
  int32_t max_steps = 1000;
  double lowest = 0.0;  // Inputs are kept in [lowest, highest].
  double highest = 1.0;
};

// The search for a small change that makes a network see another class: descent on
// -log p(target) + lambda * sum((x - x0)^2), where after each step x is clamped. Letters: D inputs.
// Step 0 is the start x0; it ends once p(target) exceeds what the probability of the class
// predicted at the start was there, or after `max_steps`. Used by one thread at a time.
class AttackSearch {
 public:
  // Begins at `start` [D]. InvalidArgument, naming `target_label` as Exploration does, or `start`
  // where an input lies outside the range; FailedPrecondition likewise.
  static absl::StatusOr<AttackSearch> Begin(Network network, std::vector<double> start,
                                            const AttackOptions& options);

  // Where the search is.
  int32_t step() const { return step_; }
  absl::Span<const double> inputs() const { return inputs_; }  // [D]
  double target_probability() const { return pass_.probabilities[At(options_.target)]; }
  double original_probability() const { return pass_.probabilities[At(original_label_)]; }
  double objective() const;

  absl::Span<const double> start() const { return start_; }  // [D]
  int32_t original_label() const { return original_label_; }
  int32_t label() const;
  bool succeeded() const { return target_probability() > starting_probability_; }
  bool ended() const { return succeeded() || step_ == options_.max_steps; }

  // Goes on to the next step of a search that has not ended. OutOfRange, naming `learning_rate`,
  // where it leads to numbers that are not finite.
  absl::Status Advance();

 private:
  AttackSearch(Network network, std::vector<double> start, const AttackOptions& options)
      : options_(options), network_(std::move(network)), start_(start), inputs_(std::move(start)) {}

  static size_t At(int32_t label) { return static_cast<size_t>(label); }

  AttackOptions options_;
  Network network_;
  std::vector<double> start_;
  std::vector<double> inputs_;
  Network::Pass pass_;  // Of `inputs_`.
  int32_t step_ = 0;
  int32_t original_label_ = 0;
  double starting_probability_ = 0.0;  // Of `original_label_`.
};

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_ATTACK_H_
