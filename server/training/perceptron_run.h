#ifndef PERCEPT_SERVER_TRAINING_PERCEPTRON_RUN_H_
#define PERCEPT_SERVER_TRAINING_PERCEPTRON_RUN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

#include "server/ml/models/perceptron.h"
#include "server/training/evaluation_ring.h"
#include "server/training/progress_monitor.h"
#include "server/training/runner.h"
#include "server/training/snapshot_series.h"

namespace percept::training {

// Trains a perceptron in rounds: each presents the next positive example and then the next negative
// one, in the order of the training split, from its start again at its end. A snapshot at the
// start, after each change of the weights and at the end; each is scored on the training split,
// which does not influence the path.
class PerceptronRun {
 public:
  // `attempt` must outlive the run; its training split holds both labels.
  PerceptronRun(const Attempt& attempt, ml::Perceptron perceptron);

  // To be called once.
  Outcome Run();

 private:
  // Unset when the run goes on.
  std::optional<Outcome> Present(uint32_t row);

  // Hands the present moment, after a change by the example in `cause`, to the ring; false after a
  // stop.
  bool Report(absl::Span<const uint32_t> cause);

  bool Decide(const Moment& moment);

  // How the run ended, after the ring has stopped.
  Outcome Ended();

  Outcome Diverged(absl::string_view what, int64_t step) const;

  const TrainingSpec& spec_;
  ml::Perceptron perceptron_;
  const Examples train_;
  std::vector<uint32_t> positives_;  // Rows with label 1, in order,
  std::vector<uint32_t> negatives_;  // and those with label 0.
  SnapshotSeries series_;            // The ring's.
  EvaluationRing ring_;
  ProgressMonitor monitor_;
  Position position_;
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_PERCEPTRON_RUN_H_
