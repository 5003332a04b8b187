#include "server/training/minibatch_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"

#include "server/base/random.h"
#include "server/data/examples.h"
#include "server/training/job_parameters.h"

namespace percept::training {

MinibatchRun::MinibatchRun(const Attempt& attempt, std::unique_ptr<ml::Model> model,
                           std::unique_ptr<ml::Schedule> schedule)
    : attempt_(attempt),
      spec_(attempt.job->spec.training),
      model_(std::move(model)),
      schedule_(std::move(schedule)),
      train_(ExamplesOf(*attempt.dataset, data::SplitKind::kTrain)),
      validation_(ExamplesOf(*attempt.dataset, data::SplitKind::kValidation)),
      can_evaluate_(spec_.evaluate && validation_.count > 0),
      evaluates_aside_(can_evaluate_ && EvaluationRing::IsWorthAThread(
                                            validation_.count, attempt.job->parameter_count)),
      policy_(spec_, train_.count, can_evaluate_),
      reports_(attempt, &policy_,
               [this](absl::string_view what, int64_t step) {
                 return Diverged(what, step, std::max<int64_t>(step - 1, 0));
               }),
      ring_(
          NewCopies(*model_, evaluates_aside_ ? kMomentsInFlight : 1),
          can_evaluate_ ? &validation_ : nullptr, evaluates_aside_,
          [this](Moment& moment) { return reports_.Decide(moment); },
          [&attempt] { return attempt.stop->is_cancelled(); }),
      monitor_(attempt),
      checkpoints_(attempt, monitor_),
      state_bytes_(StateBytesOf(*attempt.job)),
      order_(static_cast<size_t>(train_.count)) {}

Outcome MinibatchRun::Run() {
  for (; epoch_ < spec_.epochs; ++epoch_) {
    OrderExamples();
    std::optional<Outcome> ended = TrainEpoch();
    if (ended.has_value()) return *std::move(ended);
  }
  monitor_.Show(position());
  if (!Report(ReportPolicy::Question::kReport, {}) || !ring_.Drain()) return Ended();
  return Outcome{};
}

Outcome MinibatchRun::RunFrom(const MinibatchProgress& progress) {
  step_ = progress.step;
  epoch_ = progress.epoch;
  trained_ = progress.trained;
  epoch_trained_ = progress.epoch_trained;
  closed_epoch_ = progress.closed_epoch;
  policy_.GoOnFrom(progress.policy);
  reports_.GoOnFrom({progress.reported, progress.early_stopping});
  monitor_.GoOnFrom(position());
  return Run();
}

MinibatchProgress MinibatchRun::Progress() const {
  const MinibatchReports::State reports = reports_.state();
  return {.step = step_,
          .epoch = epoch_,
          .trained = trained_,
          .epoch_trained = epoch_trained_,
          .closed_epoch = closed_epoch_,
          .policy = policy_.state(),
          .reported = reports.reported,
          .early_stopping = reports.early_stopping};
}

// The order of the epoch depends on seed and epoch alone, so that it can be had again after a
// restart without the epochs before.
void MinibatchRun::OrderExamples() {
  std::iota(order_.begin(), order_.end(), uint32_t{0});
  if (!spec_.shuffle) return;
  Random random(attempt_.job->spec.seed, Random::Stream::kShuffle, static_cast<uint64_t>(epoch_));
  random.Shuffle(absl::MakeSpan(order_));
}

std::optional<Outcome> MinibatchRun::TrainEpoch() {
  const auto batch_size = static_cast<size_t>(spec_.batch_size);
  const auto first = static_cast<size_t>(epoch_trained_.examples);
  for (size_t start = first; start < order_.size(); start += batch_size) {
    if (std::optional<Outcome> ended = CheckBeforeBatch(); ended.has_value()) return ended;
    const auto batch = absl::MakeConstSpan(order_).subspan(start, batch_size);
    const ReportPolicy::Question question = policy_.Ask(step_, trained_.examples);
    const bool report = question != ReportPolicy::Question::kNone || closed_epoch_.has_value();
    if (report && !Report(question, batch)) return Ended();
    const ml::Score score = model_->TrainBatch(train_, batch, schedule_->LearningRate(step_));
    if (!std::isfinite(score.loss_sum)) return TrainingDiverged();
    trained_ += score;
    epoch_trained_ += score;
    ++step_;
  }
  closed_epoch_ = std::exchange(epoch_trained_, {});
  return std::nullopt;
}

std::optional<Outcome> MinibatchRun::CheckBeforeBatch() {
  if (ring_.stopped()) return Ended();
  std::optional<Outcome> ended = monitor_.Check(position());
  const bool is_stop = ended.has_value() && ended->kind == Outcome::Kind::kStopped;
  if (ended.has_value() && !is_stop) return ended;
  if (!is_stop && !checkpoints_.IsDue()) return std::nullopt;
  std::optional<Outcome> failed = MakeCheckpoint();
  return failed.has_value() ? failed : ended;
}

std::optional<Outcome> MinibatchRun::MakeCheckpoint() {
  checkpoints_.Begin();
  if (!ring_.Drain()) return Ended();
  const absl::Status taken =
      checkpoints_.Add({.step = step_,
                        .snapshot_count = reports_.series().count(),
                        .state = WriteCheckpoint(Progress(), *model_, state_bytes_)});
  if (!taken.ok()) return EndedBySink(taken);
  return std::nullopt;
}

bool MinibatchRun::Report(ReportPolicy::Question question, absl::Span<const uint32_t> batch) {
  Moment* const moment = ring_.Acquire();
  if (moment == nullptr) return false;
  moment->question = question;
  moment->position = position();
  moment->time = monitor_.now();
  moment->training = trained_;
  moment->closed_epoch = std::exchange(closed_epoch_, std::nullopt);
  moment->batch_indices.assign(batch.begin(), batch.end());
  model_->CopyTo(*moment->copy);
  ring_.Submit();
  return true;
}

Outcome MinibatchRun::Ended() {
  ring_.Drain();  // Throws what it was stopped by.
  if (!reports_.series().outcome().has_value()) return {.kind = Outcome::Kind::kCancelled};
  monitor_.ShowEnd(reports_.series().end());
  return *reports_.series().outcome();
}

Outcome MinibatchRun::TrainingDiverged() {
  if (!ring_.Drain()) return Ended();
  return Diverged("the training loss", step_, step_);
}

Outcome MinibatchRun::Diverged(absl::string_view what, int64_t step, int64_t update) const {
  const int64_t batches = (train_.count + spec_.batch_size - 1) / spec_.batch_size;
  return Outcome::Failed(
      storage::JobErrorReason::kDiverged,
      absl::StrFormat("%s was not finite at step %d (epoch %d, learning rate %g); a smaller "
                      "learning rate may help",
                      what, step, update / batches, schedule_->LearningRate(update)));
}

}  // namespace percept::training
