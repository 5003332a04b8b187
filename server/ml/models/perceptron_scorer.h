#ifndef PERCEPT_SERVER_ML_MODELS_PERCEPTRON_SCORER_H_
#define PERCEPT_SERVER_ML_MODELS_PERCEPTRON_SCORER_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"

#include "server/base/examples.h"
#include "server/ml/aligned_buffer.h"
#include "server/ml/kernels/kernels.h"
#include "server/ml/model.h"

namespace percept::ml {

// Scores a perceptron as it was at several moments in one pass over the examples, in little more
// time than one moment takes, with the bits that each copy's own `Evaluate` gives. Memory is taken
// when it is made. Used by one thread at a time.
class PerceptronScorer {
 public:
  static constexpr int kCapacity = 32;

  // Scores on `examples`. What they view and the kernels must outlive it.
  PerceptronScorer(const Examples& examples, const Kernels& kernels);

  // Adds weights [D] to those to be scored, of which there are fewer than `kCapacity`.
  void Add(absl::Span<const double> weights);

  // How many have been added.
  int size() const { return size_; }

  // The scores of what was added, in that order, with the perceptron criterion as the loss; valid
  // until the next call. Unset where `goes_on` ended it. Nothing is kept to be scored again.
  std::optional<absl::Span<const Score>> ScoreAllWhile(ModelCopy::GoesOn goes_on);
  absl::Span<const Score> ScoreAll() {
    return *ScoreAllWhile([] { return true; });
  }

 private:
  using Sums = std::array<LossSums, kCapacity>;  // By lane.

  bool ScoreLanes(ModelCopy::GoesOn goes_on, Sums& sums) const;

  static constexpr int kNoLane = -1;

  const Examples examples_;
  const Kernels& kernels_;
  const Score score_of_zeros_;     // Of a perceptron before its first change, on sparse examples.
  AlignedBuffer<double> weights_;  // As in `PerceptronPanel`.
  int size_ = 0;
  int used_lanes_ = 0;
  std::array<int, kCapacity> lanes_;  // Of each moment; `kNoLane` where its score is known.
  std::array<Score, kCapacity> scores_;
};

}  // namespace percept::ml

#endif  // PERCEPT_SERVER_ML_MODELS_PERCEPTRON_SCORER_H_
