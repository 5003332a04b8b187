#ifndef PERCEPT_SERVER_DATA_TRANSFORMS_H_
#define PERCEPT_SERVER_DATA_TRANSFORMS_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/status.h"
#include "server/data/dataset.h"
#include "server/data/expression.h"

// Data sets made from others. Letters: D inputs, K classes. Splits stay what they are: no number of
// a result depends on an example of another split, but for what is said of normalising.
namespace percept::data {

// The examples of two classes, in their order; labels become 1 (positive) and 0. InvalidArgument,
// naming `field`.positive_label or .negative_label: not in [0, K), both the same, or without
// training examples.
absl::StatusOr<Dataset> TakeTwoClasses(const Dataset& dataset, int32_t positive_label,
                                       int32_t negative_label, absl::string_view field);

// One column per feature, float32. A result that is not finite (as float32) becomes
// `nonfinite_replacement`; without one InvalidArgument, naming the feature's field, the split, the
// row and the column (both from 0) and the example's inputs that the feature reads.
absl::StatusOr<Dataset> ComputeFeatures(const Dataset& dataset,
                                        absl::Span<const Expression> features,
                                        std::optional<double> nonfinite_replacement,
                                        absl::string_view field);

// Each column less its mean, divided by its standard deviation (that of the population), both over
// the training split alone, float32. A column that is constant there is only shifted.
// InvalidArgument, naming `field`, split, row and column (from 0), where a result would be infinite
// as float32.
absl::StatusOr<Dataset> Normalise(const Dataset& dataset, absl::string_view field);

// The same set with a training split that is the training examples followed by those of validation.
Dataset JoinTrainAndValidation(const Dataset& dataset);

// Calls `visit(row, inputs)` for each row of a split with its inputs as floats [D], whichever way
// the split holds them; the span lives until the next call.
template <typename Visit>
void VisitRows(const Dataset& dataset, SplitKind kind, Visit visit) {
  const Split& split = dataset.split(kind);
  const auto inputs = static_cast<size_t>(dataset.inputs);
  std::vector<float> row(dataset.is_sparse ? inputs : 0);
  for (int64_t number = 0; number < split.examples; ++number) {
    if (!dataset.is_sparse) {
      visit(number,
            absl::MakeConstSpan(split.dense).subspan(static_cast<size_t>(number) * inputs, inputs));
      continue;
    }
    std::fill(row.begin(), row.end(), 0.0f);
    const auto at = static_cast<size_t>(number);
    for (uint32_t entry = split.sparse.row_start[at]; entry < split.sparse.row_start[at + 1];
         ++entry) {
      row[split.sparse.columns[entry]] = static_cast<float>(split.sparse.values[entry]) / 255.0f;
    }
    visit(number, absl::MakeConstSpan(row));
  }
}

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_TRANSFORMS_H_
