#include "server/ml/models/perceptron_scorer.h"

#include <cstddef>

namespace percept::ml {

PerceptronScorer::PerceptronScorer(int32_t inputs, const Kernels& kernels)
    : kernels_(kernels), inputs_(inputs), weights_(kCapacity * int64_t{inputs}) {
  static_assert(kCapacity % kPanelLanes == 0);
}

void PerceptronScorer::Add(absl::Span<const double> weights) {
  const int64_t lane = size_++;
  double* to = weights_.data() + lane / kPanelLanes * inputs_ * kPanelLanes + lane % kPanelLanes;
  for (const double weight : weights) {
    *to = weight;
    to += kPanelLanes;
  }
}

absl::Span<const Score> PerceptronScorer::ScoreAll(const Examples& examples) {
  const auto count = static_cast<size_t>(size_);
  const int64_t lanes = (size_ + kPanelLanes - 1) / kPanelLanes * kPanelLanes;
  std::array<LossSums, kCapacity> sums;
  kernels_.score_perceptrons({inputs_, lanes, weights_.data()}, examples, sums.data());
  for (size_t lane = 0; lane < count; ++lane) {
    scores_[lane] = {examples.count, sums[lane].correct, sums[lane].loss};
  }
  size_ = 0;
  return {scores_.data(), count};
}

}  // namespace percept::ml
