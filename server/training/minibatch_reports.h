#ifndef PERCEPT_SERVER_TRAINING_MINIBATCH_REPORTS_H_
#define PERCEPT_SERVER_TRAINING_MINIBATCH_REPORTS_H_

#include "server/base/model_spec.h"
#include "server/ml/model.h"
#include "server/training/early_stopping.h"
#include "server/training/evaluation_ring.h"
#include "server/training/report_policy.h"
#include "server/training/snapshot_series.h"

namespace percept::training {

// What becomes of the moments of a training by minibatches: snapshots, records of epochs, an early
// end. Used by one thread at a time.
class MinibatchReports {
 public:
  // `policy` must outlive the reports, which call its `Decide` alone; so must what `attempt` names.
  MinibatchReports(const Attempt& attempt, ReportPolicy* policy, SnapshotSeries::Diverged diverged);

  // What decisions depend on beside the moments.
  struct State {
    ml::Score reported;  // Training score up to the last snapshot.
    EarlyStopping::State early_stopping;
  };
  State state() const { return {reported_, early_stopping_.state()}; }
  void GoOnFrom(const State& state);

  // To be called for each moment in order of step; false when the training has ended with it.
  bool Decide(Moment& moment);

  // How and where it ended.
  const SnapshotSeries& series() const { return series_; }

 private:
  bool Append(const Moment& moment);
  bool AppendEpoch(const Moment& moment);

  ReportPolicy* const policy_;
  SnapshotSeries series_;
  EarlyStopping early_stopping_;
  ml::Score reported_;  // Training score up to the last snapshot.
};

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_MINIBATCH_REPORTS_H_
