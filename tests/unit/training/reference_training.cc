#include "tests/unit/training/reference_training.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "absl/types/span.h"

#include "server/base/random.h"
#include "server/data/examples.h"
#include "server/ml/model.h"
#include "server/ml/schedule.h"
#include "tests/unit/training/reference_perceptron.h"

namespace percept::training {
namespace {

class MinibatchReference {
 public:
  MinibatchReference(const storage::JobRecord& job, const data::Dataset& dataset,
                     const ml::Kernels& kernels, const std::string* initial_parameters)
      : job_(job),
        training_(job.spec.training),
        train_(ExamplesOf(dataset, data::SplitKind::kTrain)),
        validation_(ExamplesOf(dataset, data::SplitKind::kValidation)),
        evaluates_(training_.evaluate && validation_.count > 0),
        model_(ml::CreateModel(job.spec.model, training_, {job.inputs, job.classes}, job.spec.seed,
                               training_.batch_size, kernels)
                   .value()),
        schedule_(ml::CreateSchedule(training_).value()) {
    if (initial_parameters != nullptr) model_->ImportParameters(*initial_parameters);
  }

  HandTraining Run() {
    for (int32_t epoch = 0; epoch < training_.epochs; ++epoch) {
      const std::vector<uint32_t> order = Order(epoch);
      epoch_instances_ = 0;
      epoch_correct_ = 0;
      epoch_loss_ = 0.0;
      for (size_t first = 0; first < order.size(); first += BatchSize()) {
        const size_t last = std::min(order.size(), first + BatchSize());
        Train({order.begin() + static_cast<ptrdiff_t>(first),
               order.begin() + static_cast<ptrdiff_t>(last)},
              epoch);
      }
      CloseEpoch(epoch);
      if (epoch + 1 == training_.epochs || IsEarlyEnd()) {
        Snapshot(epoch + 1, {}, Evaluate());
        break;
      }
    }
    return {snapshots_, epochs_};
  }

 private:
  size_t BatchSize() const { return static_cast<size_t>(training_.batch_size); }

  std::vector<uint32_t> Order(int32_t epoch) const {
    std::vector<uint32_t> order;
    for (uint32_t row = 0; row < train_.count; ++row) order.push_back(row);
    if (!training_.shuffle) return order;
    Random random(job_.spec.seed, Random::Stream::kShuffle, static_cast<uint64_t>(epoch));
    random.Shuffle(absl::MakeSpan(order));
    return order;
  }

  void Train(const std::vector<uint32_t>& batch, int32_t epoch) {
    std::optional<ml::Score> score;
    if (IsEvaluationStep()) score = Evaluate();
    if (IsReport(score)) Snapshot(epoch, batch, Evaluate());
    const ml::Score trained = model_->TrainBatch(train_, batch, schedule_->LearningRate(step_));
    instances_ += trained.examples;
    correct_ += trained.correct;
    loss_ += trained.loss_sum;
    epoch_instances_ += trained.examples;
    epoch_correct_ += trained.correct;
    epoch_loss_ += trained.loss_sum;
    ++step_;
  }

  void CloseEpoch(int32_t epoch) {
    storage::EpochRecord record;
    record.epoch = epoch;
    record.metrics.training_accuracy =
        static_cast<double>(epoch_correct_) / static_cast<double>(epoch_instances_);
    record.metrics.training_loss = epoch_loss_ / static_cast<double>(epoch_instances_);
    SetValidation(Evaluate(), record.metrics);
    epochs_.push_back(record);
  }

  // None of the last `patience` epochs was better than the best before them.
  bool IsEarlyEnd() const {
    const auto patience = static_cast<size_t>(training_.patience);
    if (patience == 0 || epochs_.size() <= patience) return false;
    const auto better = [](const storage::EpochRecord& a, const storage::EpochRecord& b) {
      return *a.metrics.validation_loss < *b.metrics.validation_loss;
    };
    const auto last = epochs_.end() - static_cast<ptrdiff_t>(patience);
    return !better(*std::min_element(last, epochs_.end(), better),
                   *std::min_element(epochs_.begin(), last, better));
  }

  static void SetValidation(const std::optional<ml::Score>& score, storage::Metrics& metrics) {
    if (!score.has_value()) return;
    metrics.validation_accuracy = AccuracyOf(*score);
    metrics.validation_loss = score->loss_sum / static_cast<double>(score->examples);
  }

  bool IsEvaluationStep() const {
    int64_t every = training_.evaluate_every;
    if (every == 0) {
      const int64_t batches =
          static_cast<int64_t>(std::ceil(static_cast<double>(train_.count) / training_.batch_size));
      every = batches < 50 ? 1 : batches / 50;
    }
    return evaluates_ && step_ % every == 0;
  }

  bool IsReport(const std::optional<ml::Score>& evaluation) const {
    if (step_ == 0) return true;
    const int64_t passed = instances_ - snapshots_.back().instances;
    if (training_.report_frequency > 0) return passed >= training_.report_frequency;
    const bool fifth = static_cast<double>(passed) >= static_cast<double>(train_.count) / 5.0;
    if (!evaluates_) return fifth;
    if (!evaluation.has_value()) return false;
    return fifth ||
           AccuracyOf(*evaluation) - *snapshots_.back().metrics.validation_accuracy >= 0.01;
  }

  static double AccuracyOf(const ml::Score& score) {
    return static_cast<double>(score.correct) / static_cast<double>(score.examples);
  }

  std::optional<ml::Score> Evaluate() const {
    if (!evaluates_) return std::nullopt;
    const std::unique_ptr<ml::ModelCopy> copy = model_->NewCopy();
    model_->CopyTo(*copy);
    return copy->Evaluate(validation_);
  }

  void Snapshot(int32_t epoch, const std::vector<uint32_t>& batch,
                const std::optional<ml::Score>& evaluation) {
    storage::SnapshotRecord snapshot = MakeHandSnapshot(Export(), batch);
    snapshot.index = static_cast<int64_t>(snapshots_.size());
    snapshot.step = step_;
    snapshot.instances = instances_;
    snapshot.epoch = epoch;
    SetValidation(evaluation, snapshot.metrics);
    const int64_t passed = instances_ - reported_instances_;
    if (passed > 0) {
      snapshot.metrics.training_accuracy =
          static_cast<double>(correct_ - reported_correct_) / static_cast<double>(passed);
      snapshot.metrics.training_loss = (loss_ - reported_loss_) / static_cast<double>(passed);
    }
    reported_instances_ = instances_;
    reported_correct_ = correct_;
    reported_loss_ = loss_;
    snapshots_.push_back(std::move(snapshot));
  }

  std::string Export() const {
    const std::unique_ptr<ml::ModelCopy> copy = model_->NewCopy();
    model_->CopyTo(*copy);
    const auto layout = ml::ParameterLayout(job_.spec.model, {job_.inputs, job_.classes});
    std::string bytes(static_cast<size_t>(ml::ParameterBytes(layout)), '\0');
    copy->ExportParameters(absl::MakeSpan(bytes));
    return bytes;
  }

  const storage::JobRecord& job_;
  const TrainingSpec& training_;
  const Examples train_;
  const Examples validation_;
  const bool evaluates_;
  const std::unique_ptr<ml::Model> model_;
  const std::unique_ptr<ml::Schedule> schedule_;
  int64_t step_ = 0;
  int64_t instances_ = 0;
  int64_t correct_ = 0;
  double loss_ = 0.0;
  int64_t reported_instances_ = 0;
  int64_t reported_correct_ = 0;
  double reported_loss_ = 0.0;
  int64_t epoch_instances_ = 0;
  int64_t epoch_correct_ = 0;
  double epoch_loss_ = 0.0;
  std::vector<storage::SnapshotRecord> snapshots_;
  std::vector<storage::EpochRecord> epochs_;
};

// outputs[o] = bias[o] + sum_i weight[o, i] * inputs[i]; moves `parameters` past both.
std::vector<double> Linear(const float*& parameters, const std::vector<double>& inputs,
                           int outputs) {
  std::vector<double> sums(static_cast<size_t>(outputs), 0.0);
  for (double& sum : sums) {
    for (const double input : inputs) sum += *parameters++ * input;
  }
  for (double& sum : sums) sum += *parameters++;
  return sums;
}

}  // namespace

HandTraining TrainByHand(const storage::JobRecord& job, const data::Dataset& dataset,
                         const ml::Kernels& kernels, const std::string* initial_parameters) {
  if (job.spec.model.kind == ModelKind::kPerceptron) {
    return {.snapshots = TrainPerceptronByHand(job, dataset, initial_parameters), .epochs = {}};
  }
  return MinibatchReference(job, dataset, kernels, initial_parameters).Run();
}

Measures MeasureByHand(const std::string& parameters, int hidden_units,
                       const data::Dataset& dataset, data::SplitKind split) {
  const data::Split& examples = dataset.split(split);
  std::vector<float> values(parameters.size() / sizeof(float));
  std::memcpy(values.data(), parameters.data(), parameters.size());
  Measures sums;
  for (int64_t row = 0; row < examples.examples; ++row) {
    const float* const x = examples.dense.data() + row * dataset.inputs;
    const float* next = values.data();
    std::vector<double> hidden = Linear(next, {x, x + dataset.inputs}, hidden_units);
    for (double& unit : hidden) unit = std::tanh(unit);
    const std::vector<double> logits = Linear(next, hidden, dataset.classes);
    const auto label = static_cast<size_t>(examples.labels[static_cast<size_t>(row)]);
    double total = 0.0;
    for (const double logit : logits) total += std::exp(logit);
    sums.loss += std::log(total) - logits[label];
    const auto best = std::max_element(logits.begin(), logits.end());
    if (static_cast<size_t>(best - logits.begin()) == label) sums.accuracy += 1.0;
  }
  sums.loss /= static_cast<double>(examples.examples);
  sums.accuracy /= static_cast<double>(examples.examples);
  return sums;
}

}  // namespace percept::training
