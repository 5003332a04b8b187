#ifndef PERCEPT_SERVER_INSPECT_DEMO_DISTRIBUTIONS_H_
#define PERCEPT_SERVER_INSPECT_DEMO_DISTRIBUTIONS_H_

#include <vector>

#include "absl/types/span.h"

namespace percept::inspect {

// How two distributions over the same classes compare, in nats. 0 log 0 is 0, as is 0 log(0 / 0);
// where q is 0 and p is not, cross-entropy and divergence are infinite.
struct DistributionComparison {
  double entropy_p = 0.0;      // H(p) = -sum p log p
  double entropy_q = 0.0;      // H(q)
  double cross_entropy = 0.0;  // H(p, q) = -sum p log q
  double divergence = 0.0;     // KL(p || q) = sum p log(p / q) = H(p, q) - H(p)
  std::vector<double> terms;   // -p log q of each class.
};

// `p` and `q` are equally long, each number of theirs is in [0, 1].
DistributionComparison CompareDistributions(absl::Span<const double> p, absl::Span<const double> q);

}  // namespace percept::inspect

#endif  // PERCEPT_SERVER_INSPECT_DEMO_DISTRIBUTIONS_H_
