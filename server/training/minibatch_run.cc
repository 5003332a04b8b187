#include "server/training/minibatch_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"

#include "server/base/random.h"
#include "server/data/examples.h"

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
      reports_(*attempt.job, &policy_, attempt.sink,
               [this](absl::string_view what, int64_t step) {
                 return Diverged(what, step, std::max<int64_t>(step - 1, 0));
               }),
      ring_(NewCopies(*model_, evaluates_aside_ ? kMomentsInFlight : 1),
            can_evaluate_ ? &validation_ : nullptr, evaluates_aside_,
            [this](Moment& moment) { return reports_.Decide(moment); }),
      monitor_(attempt),
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
  for (size_t start = 0; start < order_.size(); start += batch_size) {
    if (ring_.stopped()) return Ended();
    if (std::optional<Outcome> stopped = monitor_.Check(position()); stopped.has_value()) {
      return stopped;
    }
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
