#include "server/training/minibatch_reports.h"

#include <utility>

namespace percept::training {
namespace {

storage::Metrics ValidationMetrics(const Moment& moment) {
  storage::Metrics metrics;
  if (moment.evaluation.has_value()) {
    metrics.validation_accuracy = AccuracyOf(*moment.evaluation);
    metrics.validation_loss = LossOf(*moment.evaluation);
  }
  return metrics;
}

}  // namespace

MinibatchReports::MinibatchReports(const Attempt& attempt, ReportPolicy* policy,
                                   SnapshotSeries::Diverged diverged)
    : policy_(policy),
      series_(attempt, std::move(diverged)),
      early_stopping_(attempt.job->spec.training.patience) {}

void MinibatchReports::GoOnFrom(const State& state) {
  reported_ = state.reported;
  early_stopping_.GoOnFrom(state.early_stopping);
}

bool MinibatchReports::Decide(Moment& moment) {
  if (!series_.CheckEvaluation(moment, "the validation loss")) return false;
  if (moment.closed_epoch.has_value() && !AppendEpoch(moment)) return false;
  const bool ends = moment.closed_epoch.has_value() && moment.evaluation.has_value() &&
                    early_stopping_.EndsAfter(LossOf(*moment.evaluation));
  if (ends) {
    moment.batch_indices.clear();  // That batch is not trained on.
    return Append(moment) && series_.End(moment, Outcome{});
  }
  const bool report =
      moment.question != ReportPolicy::Question::kNone &&
      policy_->Decide(moment.question, moment.position.instances, moment.evaluation);
  return !report || Append(moment);
}

bool MinibatchReports::Append(const Moment& moment) {
  storage::Metrics metrics = ValidationMetrics(moment);
  const int64_t trained = moment.training.examples - reported_.examples;
  if (trained > 0) {
    metrics.training_accuracy =
        Mean(static_cast<double>(moment.training.correct - reported_.correct), trained);
    metrics.training_loss = Mean(moment.training.loss_sum - reported_.loss_sum, trained);
  }
  reported_ = moment.training;
  return series_.Append(moment, metrics);
}

bool MinibatchReports::AppendEpoch(const Moment& moment) {
  storage::EpochRecord epoch;
  epoch.epoch = moment.position.epoch - 1;
  epoch.metrics = ValidationMetrics(moment);
  epoch.metrics.training_accuracy = AccuracyOf(*moment.closed_epoch);
  epoch.metrics.training_loss = LossOf(*moment.closed_epoch);
  return series_.AppendEpoch(moment, epoch);
}

}  // namespace percept::training
