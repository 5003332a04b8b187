#ifndef PERCEPT_SERVER_STORAGE_BEST_SNAPSHOT_H_
#define PERCEPT_SERVER_STORAGE_BEST_SNAPSHOT_H_

#include <cmath>
#include <cstdint>
#include <optional>

namespace percept::storage {

// What decides whether a snapshot is its job's best: highest validation accuracy, then lowest loss,
// then earliest; the newest where none was evaluated. A NaN is no accuracy, and the highest loss.
struct BestCandidate {
  int64_t index = 0;
  std::optional<double> accuracy;
  std::optional<double> loss;
};

// Whether `later`, which has the higher index, is better than `earlier`.
inline bool IsBetter(const BestCandidate& later, const BestCandidate& earlier) {
  const auto has_accuracy = [](const BestCandidate& candidate) {
    return candidate.accuracy.has_value() && !std::isnan(*candidate.accuracy);
  };
  if (has_accuracy(later) != has_accuracy(earlier)) return has_accuracy(later);
  if (!has_accuracy(later)) return true;
  if (*later.accuracy != *earlier.accuracy) return *later.accuracy > *earlier.accuracy;
  if (later.loss.has_value() != earlier.loss.has_value()) return later.loss.has_value();
  if (!later.loss.has_value()) return false;
  return *later.loss < *earlier.loss || (std::isnan(*earlier.loss) && !std::isnan(*later.loss));
}

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_BEST_SNAPSHOT_H_
