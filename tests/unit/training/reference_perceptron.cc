#include "tests/unit/training/reference_perceptron.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "server/base/crc32c.h"

namespace percept::training {
namespace {

// The examples of a split, densely.
std::vector<std::vector<double>> RowsOf(const data::Dataset& dataset, data::SplitKind kind) {
  const data::Split& split = dataset.split(kind);
  const auto inputs = static_cast<size_t>(dataset.inputs);
  std::vector<std::vector<double>> rows;
  for (size_t row = 0; row < static_cast<size_t>(split.examples); ++row) {
    std::vector<double>& x = rows.emplace_back(inputs, 0.0);
    if (!dataset.is_sparse) {
      for (size_t column = 0; column < inputs; ++column)
        x[column] = split.dense[row * inputs + column];
      continue;
    }
    for (uint32_t i = split.sparse.row_start[row]; i < split.sparse.row_start[row + 1]; ++i) {
      x[split.sparse.columns[i]] = static_cast<float>(split.sparse.values[i]) / 255.0f;
    }
  }
  return rows;
}

class PerceptronReference {
 public:
  PerceptronReference(const storage::JobRecord& job, const data::Dataset& dataset,
                      const std::string* initial_parameters)
      : training_(job.spec.training),
        rows_(RowsOf(dataset, data::SplitKind::kTrain)),
        labels_(dataset.split(data::SplitKind::kTrain).labels),
        weights_(static_cast<size_t>(dataset.inputs), 0.0) {
    if (initial_parameters == nullptr) return;
    std::memcpy(weights_.data(), initial_parameters->data(), initial_parameters->size());
  }

  std::vector<storage::SnapshotRecord> Run() {
    std::vector<uint32_t> positives;
    std::vector<uint32_t> negatives;
    for (uint32_t row = 0; row < rows_.size(); ++row) {
      (labels_[row] == 1 ? positives : negatives).push_back(row);
    }
    Snapshot({});
    for (size_t i = 0; i < static_cast<size_t>(training_.iterations); ++i) {
      const uint32_t positive = positives[i % positives.size()];
      ++instances_;
      if (Activation(positive) < 0.0) Change(positive, training_.learning_rate);
      const uint32_t negative = negatives[i % negatives.size()];
      ++instances_;
      if (Activation(negative) >= 0.0) Change(negative, -training_.learning_rate);
    }
    Snapshot({});
    return snapshots_;
  }

 private:
  double Activation(uint32_t row) const {
    double sum = 0.0;
    for (size_t column = 0; column < weights_.size(); ++column) {
      sum += weights_[column] * rows_[row][column];
    }
    return sum;
  }

  void Change(uint32_t row, double rate) {
    for (size_t column = 0; column < weights_.size(); ++column) {
      weights_[column] += rate * rows_[row][column];
    }
    ++changes_;
    Snapshot({row});
  }

  void Snapshot(std::vector<uint32_t> cause) {
    double right = 0.0;
    double criterion = 0.0;
    for (uint32_t row = 0; row < rows_.size(); ++row) {
      const double activation = Activation(row);
      const bool is_right = labels_[row] == 1 ? activation >= 0.0 : activation < 0.0;
      is_right ? right += 1.0 : criterion += std::abs(activation);
    }
    std::string parameters(weights_.size() * sizeof(double), '\0');
    std::memcpy(parameters.data(), weights_.data(), parameters.size());
    storage::SnapshotRecord snapshot = MakeHandSnapshot(std::move(parameters), std::move(cause));
    snapshot.index = static_cast<int64_t>(snapshots_.size());
    snapshot.step = changes_;
    snapshot.instances = instances_;
    snapshot.metrics.training_accuracy = right / static_cast<double>(rows_.size());
    snapshot.metrics.training_loss = criterion / static_cast<double>(rows_.size());
    snapshots_.push_back(std::move(snapshot));
  }

  const TrainingSpec& training_;
  const std::vector<std::vector<double>> rows_;
  const std::vector<int32_t>& labels_;
  std::vector<double> weights_;
  int64_t changes_ = 0;
  int64_t instances_ = 0;
  std::vector<storage::SnapshotRecord> snapshots_;
};

}  // namespace

storage::SnapshotRecord MakeHandSnapshot(std::string parameters, std::vector<uint32_t> batch) {
  storage::SnapshotRecord snapshot;
  snapshot.parameters_crc32c = Crc32c(parameters);
  snapshot.parameters = std::make_shared<const std::string>(std::move(parameters));
  snapshot.batch_indices = std::make_shared<const std::vector<uint32_t>>(std::move(batch));
  return snapshot;
}

std::vector<storage::SnapshotRecord> TrainPerceptronByHand(const storage::JobRecord& job,
                                                           const data::Dataset& dataset,
                                                           const std::string* initial_parameters) {
  return PerceptronReference(job, dataset, initial_parameters).Run();
}

}  // namespace percept::training
