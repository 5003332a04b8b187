#include "server/training/runner.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/base/crc32c.h"
#include "server/base/random.h"
#include "server/ml/model.h"
#include "server/training/evaluation_ring.h"
#include "server/data/examples.h"
#include "server/training/job_parameters.h"
#include "server/training/report_policy.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;

// Evaluations below this many multiplications cost less than handing them to another thread.
constexpr int64_t kThreadedEvaluationCost = 4'000'000;

constexpr absl::Duration kSpeedWindow = absl::Milliseconds(250);

double Mean(double sum, int64_t count) { return sum / static_cast<double>(count); }

// Turns decided moments into snapshots, in order.
class Reporter {
 public:
  Reporter(ReportPolicy* policy, int64_t parameter_bytes, SnapshotSink* sink)
      : policy_(policy), parameter_bytes_(parameter_bytes), sink_(sink) {}

  // False when the model has diverged, or the snapshot could not be handed on; `diverged_step` and
  // `status` then say so.
  bool Decide(Moment& moment) {
    if (moment.validation.has_value() && !std::isfinite(moment.validation->loss_sum)) {
      diverged_step_ = moment.step;
      return false;
    }
    if (!policy_->Decide(moment.question, moment.instances, moment.validation)) return true;
    status_ = sink_->Append(MakeSnapshot(moment));
    return status_.ok();
  }

  const absl::Status& status() const { return status_; }
  const std::optional<int64_t>& diverged_step() const { return diverged_step_; }

 private:
  storage::SnapshotRecord MakeSnapshot(const Moment& moment) {
    storage::SnapshotRecord snapshot;
    snapshot.index = next_index_++;
    snapshot.step = moment.step;
    snapshot.instances = moment.instances;
    snapshot.epoch = moment.epoch;
    // The store keeps microseconds.
    snapshot.create_time = absl::FromUnixMicros(absl::ToUnixMicros(moment.time));
    if (moment.validation.has_value()) {
      const ml::Score& score = *moment.validation;
      snapshot.metrics.validation_accuracy =
          Mean(static_cast<double>(score.correct), score.examples);
      snapshot.metrics.validation_loss = Mean(score.loss_sum, score.examples);
    }
    const int64_t trained = moment.training.examples - reported_.examples;
    if (trained > 0) {
      snapshot.metrics.training_accuracy =
          Mean(static_cast<double>(moment.training.correct - reported_.correct), trained);
      snapshot.metrics.training_loss = Mean(moment.training.loss_sum - reported_.loss_sum, trained);
    }
    reported_ = moment.training;
    auto parameters = std::make_shared<std::string>(static_cast<size_t>(parameter_bytes_), '\0');
    moment.copy->ExportParameters(absl::MakeSpan(*parameters));
    snapshot.parameters_crc32c = Crc32c(*parameters);
    snapshot.parameters = std::move(parameters);
    snapshot.batch_indices = std::make_shared<const std::vector<uint32_t>>(moment.batch_indices);
    return snapshot;
  }

  ReportPolicy* const policy_;
  const int64_t parameter_bytes_;
  SnapshotSink* const sink_;
  int64_t next_index_ = 0;
  ml::Score reported_;  // Training score up to the last snapshot.
  absl::Status status_;
  std::optional<int64_t> diverged_step_;
};

// Trains by minibatches with a report before some of them.
class MinibatchRun {
 public:
  MinibatchRun(const Attempt& attempt, std::unique_ptr<ml::Model> model)
      : attempt_(attempt),
        spec_(attempt.job->spec.training),
        model_(std::move(model)),
        train_(ExamplesOf(*attempt.dataset, data::SplitKind::kTrain)),
        validation_(ExamplesOf(*attempt.dataset, data::SplitKind::kValidation)),
        can_evaluate_(spec_.evaluate && validation_.count > 0),
        policy_(spec_, train_.count, can_evaluate_),
        reporter_(&policy_, ParameterBytesOf(*attempt.job), attempt.sink),
        ring_(*model_, kMomentsInFlight, can_evaluate_ ? &validation_ : nullptr,
              can_evaluate_ &&
                  validation_.count * attempt.job->parameter_count >= kThreadedEvaluationCost,
              [this](Moment& moment) { return reporter_.Decide(moment); }),
        order_(static_cast<size_t>(train_.count)),
        start_time_(attempt.clock->Now()),
        speed_time_(start_time_) {}

  Outcome Run() {
    for (epoch_ = 0; epoch_ < spec_.epochs; ++epoch_) {
      OrderExamples();
      std::optional<Outcome> ended = RunEpoch();
      if (ended.has_value()) return *std::move(ended);
    }
    now_ = attempt_.clock->Now();
    ShowProgress();
    if (!Report(ReportPolicy::Question::kReport, {}) || !ring_.Drain()) return Refused();
    return Outcome{};
  }

 private:
  // The order of the epoch depends on seed and epoch alone, so that it can be had again after a
  // restart without the epochs before.
  void OrderExamples() {
    std::iota(order_.begin(), order_.end(), uint32_t{0});
    if (!spec_.shuffle) return;
    Random random(attempt_.job->spec.seed, Random::Stream::kShuffle, static_cast<uint64_t>(epoch_));
    random.Shuffle(absl::MakeSpan(order_));
  }

  // Unset when the epoch was trained to its end.
  std::optional<Outcome> RunEpoch() {
    const auto batch_size = static_cast<size_t>(spec_.batch_size);
    for (size_t start = 0; start < order_.size(); start += batch_size) {
      if (std::optional<Outcome> stopped = CheckStop(); stopped.has_value()) return stopped;
      const auto batch = absl::MakeConstSpan(order_).subspan(start, batch_size);
      const ReportPolicy::Question question = policy_.Ask(step_, trained_.examples);
      if (question != ReportPolicy::Question::kNone && !Report(question, batch)) return Refused();
      const ml::Score score = model_->TrainBatch(train_, batch, spec_.learning_rate);
      if (!std::isfinite(score.loss_sum)) return TrainingDiverged();
      trained_ += score;
      ++step_;
    }
    return std::nullopt;
  }

  // Hands the present moment to the ring; false after a stop.
  bool Report(ReportPolicy::Question question, absl::Span<const uint32_t> batch) {
    Moment* moment = ring_.Acquire();
    if (moment == nullptr) return false;
    moment->question = question;
    moment->step = step_;
    moment->instances = trained_.examples;
    moment->epoch = epoch_;
    moment->time = now_;
    moment->training = trained_;
    moment->batch_indices.assign(batch.begin(), batch.end());
    model_->CopyTo(*moment->copy);
    ring_.Submit();
    return true;
  }

  std::optional<Outcome> CheckStop() {
    now_ = attempt_.clock->Now();
    ShowProgress();
    switch (attempt_.stop->reason()) {
      case StopSignal::Reason::kNone:
        break;
      case StopSignal::Reason::kCancel:
        return Outcome{.kind = Outcome::Kind::kCancelled};
      case StopSignal::Reason::kShutdown:
        return Outcome{.kind = Outcome::Kind::kInterrupted};
    }
    const absl::Duration limit = attempt_.job->spec.time_limit;
    if (attempt_.job->run_time + (now_ - start_time_) > limit) {
      return Outcome::Failed(JobErrorReason::kTimeLimit,
                             absl::StrFormat("time limit of %s ran out at step %d",
                                             absl::FormatDuration(limit), step_));
    }
    return std::nullopt;
  }

  void ShowProgress() {
    LiveProgress& progress = *attempt_.progress;
    progress.step.store(step_, std::memory_order_relaxed);
    progress.instances.store(trained_.examples, std::memory_order_relaxed);
    progress.epoch.store(epoch_, std::memory_order_relaxed);
    progress.heartbeat_micros.store(absl::ToUnixMicros(now_), std::memory_order_relaxed);
    const absl::Duration passed = now_ - speed_time_;
    if (passed < kSpeedWindow) return;
    const auto instances = static_cast<double>(trained_.examples - speed_instances_);
    progress.instances_per_second.store(instances / absl::ToDoubleSeconds(passed),
                                        std::memory_order_relaxed);
    speed_time_ = now_;
    speed_instances_ = trained_.examples;
  }

  // What was trained before the loss broke is still reported.
  Outcome TrainingDiverged() {
    if (!ring_.Drain()) return Refused();
    return Diverged("training", step_);
  }

  Outcome Diverged(absl::string_view loss, int64_t step) const {
    return Outcome::Failed(
        JobErrorReason::kDiverged,
        absl::StrFormat(
            "the %s loss was not finite at step %d (epoch %d, learning rate %g); a smaller "
            "learning rate may help",
            loss, step, EpochOf(step), spec_.learning_rate));
  }

  // The epoch of an update; of the last one at the end.
  int64_t EpochOf(int64_t step) const {
    const int64_t batches = (train_.count + spec_.batch_size - 1) / spec_.batch_size;
    return std::min<int64_t>(step / batches, spec_.epochs - 1);
  }

  // Why the ring has stopped.
  Outcome Refused() const {
    if (reporter_.diverged_step().has_value())
      return Diverged("validation", *reporter_.diverged_step());
    const absl::Status& status = reporter_.status();
    const bool contradicted = absl::IsFailedPrecondition(status);
    return Outcome::Failed(contradicted ? JobErrorReason::kNotResumable : JobErrorReason::kStorage,
                           std::string(status.message()));
  }

  const Attempt& attempt_;
  const TrainingSpec& spec_;
  const std::unique_ptr<ml::Model> model_;
  const Examples train_;
  const Examples validation_;
  const bool can_evaluate_;
  ReportPolicy policy_;
  Reporter reporter_;
  EvaluationRing ring_;
  std::vector<uint32_t> order_;  // Indices of the training examples in this epoch's order.
  int32_t epoch_ = 0;
  int64_t step_ = 0;
  ml::Score trained_;  // Of all batches so far.
  const absl::Time start_time_;
  absl::Time now_;
  absl::Time speed_time_;
  int64_t speed_instances_ = 0;
};

}  // namespace

Outcome Outcome::Failed(storage::JobErrorReason reason, std::string message) {
  return Outcome{.kind = Kind::kFailed, .reason = reason, .message = std::move(message)};
}

Outcome RunAttempt(const Attempt& attempt) try {
  const storage::JobRecord& job = *attempt.job;
  const auto batch =
      static_cast<int32_t>(std::min<int64_t>(job.spec.training.batch_size, job.train_examples));
  absl::StatusOr<std::unique_ptr<ml::Model>> model =
      ml::CreateModel(job.spec.model, job.spec.training, {job.inputs, job.classes}, job.spec.seed,
                      batch, *attempt.kernels);
  if (!model.ok())
    return Outcome::Failed(JobErrorReason::kInternal, std::string(model.status().message()));
  return MinibatchRun(attempt, *std::move(model)).Run();
} catch (const std::bad_alloc&) {
  return Outcome::Failed(JobErrorReason::kMemoryLimit, "the machine has no memory left for it");
}

}  // namespace percept::training
