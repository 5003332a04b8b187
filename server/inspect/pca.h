#ifndef PERCEPT_SERVER_INSPECT_PCA_H_
#define PERCEPT_SERVER_INSPECT_PCA_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

// Principal component analysis. Letters: B rows, H columns, C components.
namespace percept::inspect {

// Most rows that axes are fitted to; of more, that many are taken at equal distances.
inline constexpr int64_t kMaxFittedRows = 1000;

struct Pca {
  std::vector<double> mean;             // [H]
  std::vector<double> axes;             // [C, H]: of unit length, at right angles.
  std::vector<double> variance_shares;  // [C], falling, in [0, 1]; 0 where nothing varies.

  int64_t components() const { return static_cast<int64_t>(variance_shares.size()); }
  absl::Span<const double> axis(int64_t component) const {
    return absl::MakeConstSpan(axes).subspan(component * static_cast<int64_t>(mean.size()),
                                             mean.size());
  }
};

// The directions in which the rows vary most, of which each points to where its largest entry by
// magnitude (the first of equals) is positive. `rows` [B, H] has at least one row, and C is at most
// H. Where fewer directions vary than are asked for, the rest are others at right angles. Costs
// min(B, H)^2 (B + H), with B at most `kMaxFittedRows`. FailedPrecondition unless all numbers are
// finite.
absl::StatusOr<Pca> FitPca(absl::Span<const float> rows, int64_t columns, int64_t components);

// The rows [B, H] in the coordinates of the axes, [B, C]: axes * (row - mean).
std::vector<float> Project(const Pca& pca, absl::Span<const float> rows);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_PCA_H_
