#include "server/training/perceptron_run.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include "server/data/examples.h"

namespace percept::training {
namespace {

// Presentations between two looks at the clock and the stop signal.
constexpr int64_t kCheckEvery = 1024;

std::vector<uint32_t> RowsOf(const Examples& examples, int32_t label) {
  std::vector<uint32_t> rows;
  for (int64_t row = 0; row < examples.count; ++row) {
    if (examples.labels[row] == label) rows.push_back(static_cast<uint32_t>(row));
  }
  return rows;
}

}  // namespace

PerceptronRun::PerceptronRun(const Attempt& attempt, ml::Perceptron perceptron)
    : spec_(attempt.job->spec.training),
      perceptron_(std::move(perceptron)),
      train_(ExamplesOf(*attempt.dataset, data::SplitKind::kTrain)),
      positives_(RowsOf(train_, 1)),
      negatives_(RowsOf(train_, 0)),
      series_(*attempt.job, attempt.sink,
              [this](absl::string_view what, int64_t step) { return Diverged(what, step); }),
      ring_(NewCopies(perceptron_, kMomentsInFlight), &train_,
            EvaluationRing::IsWorthAThread(train_.count, attempt.job->parameter_count),
            [this](Moment& moment) { return Decide(moment); }),
      monitor_(attempt) {}

Outcome PerceptronRun::Run() {
  if (std::optional<Outcome> stopped = monitor_.Check(position_); stopped.has_value()) {
    return *std::move(stopped);
  }
  if (!Report({})) return Ended();
  size_t next_positive = 0;
  size_t next_negative = 0;
  for (int64_t round = 0; round < spec_.iterations; ++round) {
    for (const uint32_t row : {positives_[next_positive], negatives_[next_negative]}) {
      if (std::optional<Outcome> ended = Present(row); ended.has_value()) return *std::move(ended);
    }
    if (++next_positive == positives_.size()) next_positive = 0;
    if (++next_negative == negatives_.size()) next_negative = 0;
  }
  monitor_.Show(position_);
  if (!Report({}) || !ring_.Drain()) return Ended();
  return Outcome{};
}

std::optional<Outcome> PerceptronRun::Present(uint32_t row) {
  const bool changed = perceptron_.Present(train_, row, spec_.learning_rate);
  ++position_.instances;
  if (changed) ++position_.step;
  if (!changed && position_.instances % kCheckEvery != 0) return std::nullopt;
  if (ring_.stopped()) return Ended();
  if (std::optional<Outcome> stopped = monitor_.Check(position_); stopped.has_value()) {
    return stopped;
  }
  if (changed && !Report({&row, 1})) return Ended();
  return std::nullopt;
}

bool PerceptronRun::Report(absl::Span<const uint32_t> cause) {
  Moment* const moment = ring_.Acquire();
  if (moment == nullptr) return false;
  moment->position = position_;
  moment->time = monitor_.now();
  moment->batch_indices.assign(cause.begin(), cause.end());
  perceptron_.CopyTo(*moment->copy);
  ring_.Submit();
  return true;
}

bool PerceptronRun::Decide(const Moment& moment) {
  if (!series_.CheckEvaluation(moment, "the perceptron criterion")) return false;
  storage::Metrics metrics;
  metrics.training_accuracy = AccuracyOf(*moment.evaluation);
  metrics.training_loss = LossOf(*moment.evaluation);
  return series_.Append(moment, metrics);
}

Outcome PerceptronRun::Ended() {
  ring_.Drain();  // Throws what it was stopped by.
  monitor_.ShowEnd(series_.end());
  return *series_.outcome();
}

Outcome PerceptronRun::Diverged(absl::string_view what, int64_t step) const {
  return Outcome::Failed(
      storage::JobErrorReason::kDiverged,
      absl::StrFormat("%s was not finite at step %d (learning rate %g); a smaller learning rate "
                      "may help",
                      what, step, spec_.learning_rate));
}

}  // namespace percept::training
