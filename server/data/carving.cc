#include "server/data/carving.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

#include "server/base/random.h"
#include "server/data/rows.h"

namespace percept::data {
namespace {

constexpr SplitKind kSplitKinds[] = {SplitKind::kTrain, SplitKind::kValidation, SplitKind::kTest};

// Numbers of the training examples by class, ascending.
std::vector<std::vector<int64_t>> RowsByClass(const Dataset& dataset) {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(dataset.classes));
  const std::vector<int32_t>& labels = dataset.split(SplitKind::kTrain).labels;
  for (size_t row = 0; row < labels.size(); ++row) {
    rows[static_cast<size_t>(labels[row])].push_back(static_cast<int64_t>(row));
  }
  return rows;
}

// The split that each training example goes to.
std::vector<SplitKind> AssignSplits(const Dataset& dataset, const Carving& carving) {
  std::vector<SplitKind> assigned(dataset.split(SplitKind::kTrain).labels.size(),
                                  SplitKind::kTrain);
  std::vector<std::vector<int64_t>> classes = RowsByClass(dataset);
  for (size_t label = 0; label < classes.size(); ++label) {
    std::vector<int64_t>& rows = classes[label];
    if (rows.empty()) continue;
    Random(carving.seed, Random::Stream::kSplit, label).Shuffle(absl::MakeSpan(rows));
    size_t next = 0;
    for (const auto& [kind, fraction] :
         {std::pair(SplitKind::kValidation, carving.validation_fraction),
          std::pair(SplitKind::kTest, carving.test_fraction)}) {
      const auto wanted =
          static_cast<size_t>(std::llround(static_cast<double>(rows.size()) * fraction));
      const size_t end = std::min(next + wanted, rows.size() - 1);
      for (; next < end; ++next) assigned[static_cast<size_t>(rows[next])] = kind;
    }
  }
  return assigned;
}

absl::Status CheckUncarved(const Dataset& dataset, SplitKind kind, double fraction,
                           absl::string_view field) {
  if (fraction == 0.0 || dataset.split(kind).examples == 0) return absl::OkStatus();
  return InvalidField(
      absl::StrCat(field, ".", SplitName(kind), "_fraction"),
      absl::StrCat("must be 0 for files that hold a ", SplitName(kind), " split of their own"),
      fraction);
}

}  // namespace

void CheckCarving(const Carving& carving, absl::string_view field, FieldViolations& violations) {
  bool in_range = true;
  for (const auto& [name, fraction] :
       {std::pair("validation_fraction", carving.validation_fraction),
        std::pair("test_fraction", carving.test_fraction)}) {
    if (fraction >= 0.0 && fraction < 1.0) continue;
    violations.Add(absl::StrCat(field, ".", name), "must be in [0, 1)", fraction);
    in_range = false;
  }
  const double sum = carving.validation_fraction + carving.test_fraction;
  if (in_range && sum >= 1.0) {
    violations.Add(absl::StrCat(field, ".test_fraction"),
                   "must be below 1 together with validation_fraction", sum);
  }
}

absl::StatusOr<Dataset> Carve(Dataset dataset, const Carving& carving, absl::string_view field) {
  FieldViolations violations;
  CheckCarving(carving, field, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  if (carving.validation_fraction == 0.0 && carving.test_fraction == 0.0) return dataset;
  PERCEPT_RETURN_IF_ERROR(
      CheckUncarved(dataset, SplitKind::kValidation, carving.validation_fraction, field));
  PERCEPT_RETURN_IF_ERROR(CheckUncarved(dataset, SplitKind::kTest, carving.test_fraction, field));

  const std::vector<SplitKind> assigned = AssignSplits(dataset, carving);
  const Split whole = std::exchange(dataset.split(SplitKind::kTrain), Split{});
  for (const SplitKind kind : kSplitKinds) {
    if (dataset.split(kind).examples > 0) continue;  // Not carved, and there already.
    std::vector<int64_t> rows;
    for (size_t row = 0; row < assigned.size(); ++row) {
      if (assigned[row] == kind) rows.push_back(static_cast<int64_t>(row));
    }
    AppendRows(dataset, whole, rows, dataset.split(kind));
  }
  return dataset;
}

}  // namespace percept::data
