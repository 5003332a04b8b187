#include "client/cli/best_snapshot.h"

namespace percept::cli {

void BestSnapshot::Consider(const v1::Snapshot& snapshot) {
  const v1::Metrics& metrics = snapshot.metrics();
  if (!metrics.has_validation_accuracy()) return;
  const Best candidate{snapshot.index(), metrics.validation_accuracy(), metrics.validation_loss()};
  const bool is_better = !best_.has_value() || candidate.accuracy > best_->accuracy ||
                         (candidate.accuracy == best_->accuracy && candidate.loss < best_->loss);
  if (is_better) best_ = candidate;
}

}  // namespace percept::cli
