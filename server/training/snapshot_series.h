#ifndef PERCEPT_SERVER_TRAINING_SNAPSHOT_SERIES_H_
#define PERCEPT_SERVER_TRAINING_SNAPSHOT_SERIES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "server/ml/model.h"
#include "server/storage/records.h"
#include "server/training/evaluation_ring.h"
#include "server/training/runner.h"

namespace percept::training {

// The snapshots and epochs that an attempt hands on, made of its moments in their order, and how
// the attempt ended once one of them has ended it. Used by one thread at a time.
class SnapshotSeries {
 public:
  // The outcome when `what` (as "the validation loss") was not finite after `step` updates.
  using Diverged = std::function<Outcome(absl::string_view what, int64_t step)>;

  // `attempt`'s sink must outlive the series.
  SnapshotSeries(const Attempt& attempt, Diverged diverged);

  // Each returns whether the attempt goes on; after false only `outcome` and `end` may be called.

  // Ends the attempt where the moment's evaluation, which `what` names, is not finite.
  bool CheckEvaluation(const Moment& moment, absl::string_view what);

  // Hands on the moment as the next snapshot. Ends the attempt where its parameters are not finite
  // or the sink does not take it.
  bool Append(const Moment& moment, const storage::Metrics& metrics);

  // Hands on the record of an epoch, which ends with the moment.
  bool AppendEpoch(const Moment& moment, const storage::EpochRecord& epoch);

  // Ends the attempt at the moment.
  bool End(const Moment& moment, Outcome outcome);

  // How the attempt ended; unset while it goes on.
  const std::optional<Outcome>& outcome() const { return outcome_; }

  // Where it ended.
  const Position& end() const { return end_; }

  // Snapshots handed on so far, by this attempt and those before it.
  int64_t count() const { return next_index_; }

 private:
  bool GoesOn(const Moment& moment, const absl::Status& taken);

  const std::vector<ml::TensorInfo> layout_;
  SnapshotSink* const sink_;
  const Diverged diverged_;
  std::string parameters_;  // Of the snapshot that is handed on; kept for the next.
  int64_t next_index_;
  std::optional<Outcome> outcome_;
  Position end_;
};

// How an attempt ends whose sink did not take what it was handed.
Outcome EndedBySink(const absl::Status& refusal);

// The mean of a sum over a number of examples.
inline double Mean(double sum, int64_t examples) { return sum / static_cast<double>(examples); }
inline double AccuracyOf(const ml::Score& score) {
  return Mean(static_cast<double>(score.correct), score.examples);
}
inline double LossOf(const ml::Score& score) { return Mean(score.loss_sum, score.examples); }

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_SNAPSHOT_SERIES_H_
