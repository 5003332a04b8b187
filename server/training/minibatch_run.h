#ifndef PERCEPT_SERVER_TRAINING_MINIBATCH_RUN_H_
#define PERCEPT_SERVER_TRAINING_MINIBATCH_RUN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/ml/model.h"
#include "server/ml/schedule.h"
#include "server/training/checkpoint.h"
#include "server/training/checkpoint_series.h"
#include "server/training/evaluation_ring.h"
#include "server/training/minibatch_reports.h"
#include "server/training/progress_monitor.h"
#include "server/training/report_policy.h"
#include "server/training/runner.h"

namespace percept::training {

// Trains a model by minibatches, epoch by epoch, with a report before some of the batches.
class MinibatchRun {
 public:
  // `attempt` must outlive the run.
  MinibatchRun(const Attempt& attempt, std::unique_ptr<ml::Model> model,
               std::unique_ptr<ml::Schedule> schedule);

  // To be called once, either of them: from the start, or from where an attempt left a checkpoint
  // with the state that `model` has.
  Outcome Run();
  Outcome RunFrom(const MinibatchProgress& progress);

 private:
  Position position() const { return {step_, trained_.examples, epoch_}; }

  void OrderExamples();

  // Unset when training goes on with the next batch.
  std::optional<Outcome> CheckBeforeBatch();

  // Waits until all before the next batch is decided, and hands it on; unset when it was taken.
  std::optional<Outcome> MakeCheckpoint();
  MinibatchProgress Progress() const;

  // Trains the epoch from its next batch on. Unset when it was trained to its end.
  std::optional<Outcome> TrainEpoch();

  // Hands the present moment, right before `batch`, to the ring; false after a stop.
  bool Report(ReportPolicy::Question question, absl::Span<const uint32_t> batch);

  // How the training ended, after the ring has stopped.
  Outcome Ended();

  // What was trained before the loss broke is still reported.
  Outcome TrainingDiverged();

  // Of `what` after `step` updates, under the learning rate of update number `update`.
  Outcome Diverged(absl::string_view what, int64_t step, int64_t update) const;

  const Attempt& attempt_;
  const TrainingSpec& spec_;
  const std::unique_ptr<ml::Model> model_;
  const std::unique_ptr<ml::Schedule> schedule_;
  const Examples train_;
  const Examples validation_;
  const bool can_evaluate_;
  const bool evaluates_aside_;  // In a thread of the ring's.
  ReportPolicy policy_;
  MinibatchReports reports_;  // The ring's.
  EvaluationRing ring_;
  ProgressMonitor monitor_;
  CheckpointSeries checkpoints_;
  const int64_t state_bytes_;    // Of the model.
  std::vector<uint32_t> order_;  // Indices of the training examples in this epoch's order.
  int32_t epoch_ = 0;
  int64_t step_ = 0;
  ml::Score trained_;                      // Of all batches so far,
  ml::Score epoch_trained_;                // and of this epoch's.
  std::optional<ml::Score> closed_epoch_;  // Of the epoch before, until it is reported.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_MINIBATCH_RUN_H_
