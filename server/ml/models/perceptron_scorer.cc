#include "server/ml/models/perceptron_scorer.h"

#include <algorithm>
#include <cstddef>

namespace percept::ml {
namespace {

// Inputs that are scored in one call of the kernel, some milliseconds.
constexpr int64_t kPieceInputs = int64_t{1} << 21;

bool AreZeros(absl::Span<const double> weights) {
  return std::all_of(weights.begin(), weights.end(), [](double weight) { return weight == 0.0; });
}

// All products are 0, which predicts label 1 and costs nothing. Pixels are finite.
Score ScoreOfZeros(const Examples& examples) {
  const int32_t* const labels = examples.labels;
  return {examples.count, std::count(labels, labels + examples.count, 1), 0.0};
}

}  // namespace

PerceptronScorer::PerceptronScorer(const Examples& examples, const Kernels& kernels)
    : examples_(examples),
      kernels_(kernels),
      score_of_zeros_(ScoreOfZeros(examples)),
      weights_(kCapacity * int64_t{examples.inputs}) {
  static_assert(kCapacity % kPanelLanes == 0);
}

void PerceptronScorer::Add(absl::Span<const double> weights) {
  if (examples_.is_sparse() && AreZeros(weights)) {
    lanes_[static_cast<size_t>(size_++)] = kNoLane;
    return;
  }
  const int64_t lane = used_lanes_++;
  lanes_[static_cast<size_t>(size_++)] = static_cast<int>(lane);
  double* to =
      weights_.data() + lane / kPanelLanes * examples_.inputs * kPanelLanes + lane % kPanelLanes;
  for (const double weight : weights) {
    *to = weight;
    to += kPanelLanes;
  }
}

bool PerceptronScorer::ScoreLanes(ModelCopy::GoesOn goes_on, Sums& sums) const {
  const int64_t lanes = (used_lanes_ + kPanelLanes - 1) / kPanelLanes * kPanelLanes;
  const int64_t piece = std::max<int64_t>(1, kPieceInputs / examples_.inputs);
  for (int64_t first = 0; first < examples_.count; first += piece) {
    if (first > 0 && !goes_on()) return false;
    const Examples rows = examples_.Rows(first, std::min(piece, examples_.count - first));
    kernels_.score_perceptrons({examples_.inputs, lanes, weights_.data()}, rows, sums.data());
  }
  return true;
}

std::optional<absl::Span<const Score>> PerceptronScorer::ScoreAllWhile(ModelCopy::GoesOn goes_on) {
  Sums sums{};
  if (!ScoreLanes(goes_on, sums)) return std::nullopt;
  const auto count = static_cast<size_t>(size_);
  for (size_t moment = 0; moment < count; ++moment) {
    if (lanes_[moment] == kNoLane) {
      scores_[moment] = score_of_zeros_;
      continue;
    }
    const LossSums& of_lane = sums[static_cast<size_t>(lanes_[moment])];
    scores_[moment] = {examples_.count, of_lane.correct, of_lane.loss};
  }
  size_ = 0;
  used_lanes_ = 0;
  return absl::MakeConstSpan(scores_.data(), count);
}

}  // namespace percept::ml
