#include "server/inspect/demo/manual_classifier.h"

#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::inspect {
namespace {

constexpr int32_t kClasses = 2;
constexpr size_t kBiasColumn = 2;

absl::Status WrongShape(absl::string_view got) {
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "must have two classes, and two inputs or these and a bias column of ones, got ", got)),
      "DATASET_UNSUITABLE");
}

}  // namespace

absl::StatusOr<LineVerdict> ClassifyByLine(const data::Dataset& dataset, data::SplitKind kind,
                                           const Line& line, int64_t max_wrong_indices) {
  const bool has_bias = dataset.inputs == 3;
  if (dataset.is_sparse) return WrongShape("inputs that are bytes");
  if (dataset.classes != kClasses || (dataset.inputs != 2 && !has_bias))
    return WrongShape(absl::StrCat(dataset.inputs, " inputs and ", dataset.classes, " classes"));
  const data::Split& split = dataset.split(kind);
  if (split.examples == 0) {
    return WithReason(absl::FailedPreconditionError(
                          absl::StrCat("has no examples in its ", data::SplitName(kind), " split")),
                      "SPLIT_EMPTY");
  }
  LineVerdict verdict;
  int64_t correct = 0;
  for (int64_t row = 0; row < split.examples; ++row) {
    const float* inputs = split.dense.data() + row * dataset.inputs;
    if (has_bias && inputs[kBiasColumn] != 1.0f) {
      return WrongShape(
          absl::StrCat("a third input that is ", inputs[kBiasColumn], " in row ", row));
    }
    const auto label = static_cast<size_t>(split.labels[static_cast<size_t>(row)]);
    const size_t taken_for = line.a * inputs[0] + line.b * inputs[1] + line.c >= 0.0 ? 1 : 0;
    ++verdict.counts[label][taken_for];
    if (taken_for == label) {
      ++correct;
    } else if (static_cast<int64_t>(verdict.wrong_indices.size()) < max_wrong_indices) {
      verdict.wrong_indices.push_back(row);
    }
  }
  verdict.accuracy = static_cast<double>(correct) / static_cast<double>(split.examples);
  return verdict;
}

}  // namespace percept::inspect
