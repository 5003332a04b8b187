#ifndef PERCEPT_SERVER_TRAINING_PERCEPTRON_RUN_H_
#define PERCEPT_SERVER_TRAINING_PERCEPTRON_RUN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

#include "server/ml/models/perceptron.h"
#include "server/ml/models/perceptron_scorer.h"
#include "server/training/checkpoint.h"
#include "server/training/checkpoint_series.h"
#include "server/training/evaluation_ring.h"
#include "server/training/progress_monitor.h"
#include "server/training/runner.h"
#include "server/training/snapshot_series.h"

namespace percept::training {

// Trains a perceptron in rounds: each presents the next positive example and then the next negative
// one, in the order of the training split, from its start again at its end. A snapshot at the
// start, after each change of the weights and at the end; each is scored on the training split.
//
// Since scores do not influence the path, moments are kept back until there are as many as can be
// scored in one pass, or training has gone on for as many presentations as the split has examples,
// which take about as long as a pass: snapshots come late by no more than that.
class PerceptronRun {
 public:
  // `attempt` must outlive the run; its training split holds both labels.
  PerceptronRun(const Attempt& attempt, ml::Perceptron perceptron);

  // To be called once, either of them: from the start, or from where an attempt left a checkpoint
  // with the weights that `perceptron` has.
  Outcome Run();
  Outcome RunFrom(const PerceptronProgress& progress);

 private:
  // Rows that are presented one after the other, from the first again after the last.
  struct Cycle {
    std::vector<uint32_t> rows;
    size_t place = 0;

    uint32_t Next();
    void Skip(int64_t count);
  };

  Outcome Train();

  // Unset when the run goes on.
  std::optional<Outcome> Present(uint32_t row);

  // Keeps the present moment, after a change by the example in `cause`, to be reported; fewer than
  // the scorer's capacity are kept.
  void AddMoment(absl::Span<const uint32_t> cause);

  // After a presentation. Unset when the run goes on, with the moment kept where it is a change.
  std::optional<Outcome> CheckAfter(bool changed, uint32_t row);

  // Reports all that is kept, then hands a checkpoint on; unset when it was taken.
  std::optional<Outcome> MakeCheckpoint();

  bool IsReportDue() const;

  // Scores and hands on the moments that are kept; false when one of them, or a cancellation, ended
  // the run.
  bool ReportMoments();

  // Likewise, then hands on the end, whose weights and score are those of the last moment.
  Outcome ReportEnd();

  // Hands on a moment that has been scored; false when that ended the run.
  bool Report(const Moment& moment);

  // How a moment ended the run.
  Outcome Ended();

  Outcome Diverged(absl::string_view what, int64_t step) const;

  const TrainingSpec& spec_;
  const StopSignal& stop_;
  ml::Perceptron perceptron_;
  const Examples train_;
  Cycle positives_;  // Rows with label 1, in order, as far as they are presented,
  Cycle negatives_;  // and those with label 0.
  SnapshotSeries series_;
  ProgressMonitor monitor_;
  CheckpointSeries checkpoints_;
  Position position_;
  std::vector<Moment> moments_;  // The first ones are those that the scorer holds.
  ml::PerceptronScorer scorer_;
  Moment* last_reported_ = nullptr;  // Null before the first.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_PERCEPTRON_RUN_H_
