#ifndef PERCEPT_SERVER_INSPECT_SOFTMAX_H_
#define PERCEPT_SERVER_INSPECT_SOFTMAX_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/types/span.h"

namespace percept::inspect {

// p[k] = exp(scores[k]) / sum over j of exp(scores[j]), all in double precision; NaN where a score
// is not finite. `scores` and `p` have the same size, at least 1.
template <typename Score, typename Probability>
void Softmax(absl::Span<const Score> scores, absl::Span<Probability> p) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0.0;
  for (const Score score : scores) sum += std::exp(score - largest);
  for (size_t k = 0; k < scores.size(); ++k) {
    p[k] = static_cast<Probability>(std::exp(scores[k] - largest) / sum);
  }
}

// -log of the probability that softmax gives `label`, in nats; NaN where a score is not finite.
template <typename Score>
double CrossEntropy(absl::Span<const Score> scores, int32_t label) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0.0;
  for (const Score score : scores) sum += std::exp(score - largest);
  return std::log(sum) + largest - scores[static_cast<size_t>(label)];
}

// The first of the largest.
template <typename Number>
int32_t FirstLargest(absl::Span<const Number> numbers) {
  return static_cast<int32_t>(std::max_element(numbers.begin(), numbers.end()) - numbers.begin());
}

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_SOFTMAX_H_
