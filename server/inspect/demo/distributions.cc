#include "server/inspect/demo/distributions.h"

#include <cmath>

namespace percept::inspect {
namespace {

// -weight log(probability), never the negative zero.
double Surprise(double weight, double probability) {
  return weight == 0.0 || probability == 1.0 ? 0.0 : -weight * std::log(probability);
}

}  // namespace

DistributionComparison CompareDistributions(absl::Span<const double> p,
                                            absl::Span<const double> q) {
  DistributionComparison comparison;
  for (size_t label = 0; label < p.size(); ++label) {
    const double term = Surprise(p[label], q[label]);
    comparison.terms.push_back(term);
    comparison.entropy_p += Surprise(p[label], p[label]);
    comparison.entropy_q += Surprise(q[label], q[label]);
    comparison.cross_entropy += term;
    // By class, for the difference of the two sums would be all rounding where p is near q.
    if (p[label] > 0.0)
      comparison.divergence += p[label] * (std::log(p[label]) - std::log(q[label]));
  }
  return comparison;
}

}  // namespace percept::inspect
