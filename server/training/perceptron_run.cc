#include "server/training/perceptron_run.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include "server/data/examples.h"

namespace percept::training {
namespace {

// Presentations between two looks at the clock and the stop signal.
constexpr int64_t kCheckEvery = 1024;

// The rows with `label`, in order; no more than `limit`.
std::vector<uint32_t> RowsOf(const Examples& examples, int32_t label, int64_t limit) {
  std::vector<uint32_t> rows;
  for (int64_t row = 0; row < examples.count; ++row) {
    if (examples.labels[row] != label) continue;
    rows.push_back(static_cast<uint32_t>(row));
    if (static_cast<int64_t>(rows.size()) == limit) break;
  }
  return rows;
}

}  // namespace

PerceptronRun::PerceptronRun(const Attempt& attempt, ml::Perceptron perceptron)
    : spec_(attempt.job->spec.training),
      stop_(*attempt.stop),
      perceptron_(std::move(perceptron)),
      train_(ExamplesOf(*attempt.dataset, data::SplitKind::kTrain)),
      positives_{RowsOf(train_, 1, spec_.iterations)},
      negatives_{RowsOf(train_, 0, spec_.iterations)},
      series_(attempt,
              [this](absl::string_view what, int64_t step) { return Diverged(what, step); }),
      monitor_(attempt),
      checkpoints_(attempt, monitor_),
      moments_(ml::PerceptronScorer::kCapacity),
      scorer_(train_, *attempt.kernels) {
  for (Moment& moment : moments_) moment.copy = perceptron_.NewCopy();
}

Outcome PerceptronRun::Run() {
  if (std::optional<Outcome> stopped = monitor_.Check(position_); stopped.has_value()) {
    return *std::move(stopped);
  }
  AddMoment({});
  return Train();
}

Outcome PerceptronRun::RunFrom(const PerceptronProgress& progress) {
  position_ = progress.position;
  positives_.Skip((position_.instances + 1) / 2);
  negatives_.Skip(position_.instances / 2);
  monitor_.GoOnFrom(position_);
  last_reported_ = &moments_.front();
  last_reported_->position = position_;
  last_reported_->evaluation = progress.reported;
  perceptron_.CopyTo(*last_reported_->copy);
  return Train();
}

Outcome PerceptronRun::Train() {
  while (position_.instances < 2 * spec_.iterations) {
    const bool is_positive = position_.instances % 2 == 0;
    const uint32_t row = is_positive ? positives_.Next() : negatives_.Next();
    if (std::optional<Outcome> ended = Present(row); ended.has_value()) return *std::move(ended);
  }
  return ReportEnd();
}

uint32_t PerceptronRun::Cycle::Next() {
  const uint32_t row = rows[place];
  if (++place == rows.size()) place = 0;
  return row;
}

void PerceptronRun::Cycle::Skip(int64_t count) { place = static_cast<size_t>(count) % rows.size(); }

std::optional<Outcome> PerceptronRun::Present(uint32_t row) {
  const bool changed = perceptron_.Present(train_, row, spec_.learning_rate);
  ++position_.instances;
  if (changed) ++position_.step;
  if (!changed && position_.instances % kCheckEvery != 0) return std::nullopt;
  return CheckAfter(changed, row);
}

std::optional<Outcome> PerceptronRun::CheckAfter(bool changed, uint32_t row) {
  if (IsReportDue() && !ReportMoments()) return Ended();
  std::optional<Outcome> ended = monitor_.Check(position_);
  const bool is_stop = ended.has_value() && ended->kind == Outcome::Kind::kStopped;
  if (ended.has_value() && !is_stop) return ReportMoments() ? ended : Ended();
  if (changed) AddMoment({&row, 1});
  if (!is_stop && !checkpoints_.IsDue()) return std::nullopt;
  std::optional<Outcome> failed = MakeCheckpoint();
  return failed.has_value() ? failed : ended;
}

std::optional<Outcome> PerceptronRun::MakeCheckpoint() {
  checkpoints_.Begin();
  if (!ReportMoments()) return Ended();
  const PerceptronProgress progress{position_, *last_reported_->evaluation};
  const absl::Status taken = checkpoints_.Add({.step = position_.step,
                                               .snapshot_count = series_.count(),
                                               .state = WriteCheckpoint(progress, perceptron_)});
  if (!taken.ok()) return EndedBySink(taken);
  return std::nullopt;
}

void PerceptronRun::AddMoment(absl::Span<const uint32_t> cause) {
  Moment& moment = moments_[static_cast<size_t>(scorer_.size())];
  moment.position = position_;
  moment.time = monitor_.now();
  moment.batch_indices.assign(cause.begin(), cause.end());
  perceptron_.CopyTo(*moment.copy);
  scorer_.Add(perceptron_.weights());
}

bool PerceptronRun::IsReportDue() const {
  if (scorer_.size() == ml::PerceptronScorer::kCapacity) return true;
  if (scorer_.size() == 0) return false;
  return position_.instances - moments_.front().position.instances >= train_.count;
}

bool PerceptronRun::ReportMoments() {
  if (scorer_.size() == 0) return true;
  const auto scores = scorer_.ScoreAllWhile([this] { return !stop_.is_cancelled(); });
  if (!scores.has_value()) return false;
  Moment* moment = moments_.data();
  for (const ml::Score& score : *scores) {
    moment->evaluation = score;
    if (!Report(*moment)) return false;
    last_reported_ = moment++;
  }
  return true;
}

Outcome PerceptronRun::ReportEnd() {
  monitor_.Show(position_);
  if (!ReportMoments()) return Ended();
  last_reported_->position = position_;
  last_reported_->time = monitor_.now();
  last_reported_->batch_indices.clear();
  return Report(*last_reported_) ? Outcome{} : Ended();
}

bool PerceptronRun::Report(const Moment& moment) {
  if (!series_.CheckEvaluation(moment, "the perceptron criterion")) return false;
  storage::Metrics metrics;
  metrics.training_accuracy = AccuracyOf(*moment.evaluation);
  metrics.training_loss = LossOf(*moment.evaluation);
  return series_.Append(moment, metrics);
}

Outcome PerceptronRun::Ended() {
  if (!series_.outcome().has_value()) return {.kind = Outcome::Kind::kCancelled};
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
