#ifndef PERCEPT_SERVER_INSPECT_EXPLORE_H_
#define PERCEPT_SERVER_INSPECT_EXPLORE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/inspect/network.h"

namespace percept::inspect {

struct ExploreOptions {
  int32_t target = 0;      // Class to make more probable.
  double step_size = 1.0;  // eta
  int32_t max_steps = 100;
};

// The path that an example takes when it follows the gradient of its own input towards a class:
// x <- x - eta * d/dx (-log p(target)). Letters: D inputs, H units of the last hidden layer, K
// classes. Step 0 is the start; the path ends after step 2 s, where s is the first step at which
// the target leads, or after `max_steps`. Used by one thread at a time.
class Exploration {
 public:
  // Begins at `start` [D], at step 0. InvalidArgument, naming `target_label`, for a class that is
  // none or the one predicted at the start; FailedPrecondition where the probabilities there are
  // not finite.
  static absl::StatusOr<Exploration> Begin(Network network, std::vector<double> start,
                                           const ExploreOptions& options);

  // Where the path is.
  int32_t step() const { return step_; }
  absl::Span<const double> inputs() const { return inputs_; }                     // [D]
  absl::Span<const double> probabilities() const { return pass_.probabilities; }  // [K], there.
  absl::Span<const double> latent() const;  // [H]; empty without a hidden layer.

  int32_t original_label() const { return original_label_; }
  int32_t label() const;
  std::optional<int32_t> flip_step() const { return flip_step_; }  // s, once it is reached.
  bool ended() const;

  // Goes on to the next step of a path that has not ended. OutOfRange, naming `step_size`, where it
  // leads to numbers that are not finite.
  absl::Status Advance();

 private:
  Exploration(Network network, std::vector<double> start, const ExploreOptions& options)
      : options_(options), network_(std::move(network)), inputs_(std::move(start)) {}

  ExploreOptions options_;
  Network network_;
  std::vector<double> inputs_;
  Network::Pass pass_;  // Of `inputs_`.
  int32_t step_ = 0;
  int32_t original_label_ = 0;
  std::optional<int32_t> flip_step_;
};

// Checks a target against what the network makes of the start, as `Begin` says. Shared with
// attacks.
absl::Status CheckStart(const Network::Pass& start, int32_t target);

// Whether all are finite.
bool AreFinite(absl::Span<const double> numbers);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_EXPLORE_H_
