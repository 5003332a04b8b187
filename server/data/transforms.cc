#include "server/data/transforms.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/data/rows.h"

namespace percept::data {
namespace {

constexpr SplitKind kSplitKinds[] = {SplitKind::kTrain, SplitKind::kValidation, SplitKind::kTest};

// Neither infinite nor not a number, once rounded to float.
bool IsFiniteFloat(double value) { return std::abs(value) <= std::numeric_limits<float>::max(); }

// As `dataset`, without examples.
Dataset WithoutExamples(const Dataset& dataset) {
  Dataset empty;
  empty.inputs = dataset.inputs;
  empty.classes = dataset.classes;
  empty.is_sparse = dataset.is_sparse;
  empty.image_shape = dataset.image_shape;
  return empty;
}

absl::Status CheckTwoClasses(const Dataset& dataset, int32_t positive_label, int32_t negative_label,
                             absl::string_view field) {
  FieldViolations violations;
  const std::vector<int32_t>& labels = dataset.split(SplitKind::kTrain).labels;
  for (const auto& [name, label] :
       {std::pair("positive_label", positive_label), std::pair("negative_label", negative_label)}) {
    const std::string path = absl::StrCat(field, ".", name);
    if (label < 0 || label >= dataset.classes) {
      violations.CheckRange(path, label, 0, dataset.classes - 1);
    } else if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      violations.Add(path, "must be the label of a training example", label);
    }
  }
  if (positive_label == negative_label) {
    violations.Add(absl::StrCat(field, ".negative_label"), "must be other than positive_label",
                   negative_label);
  }
  return violations.ToStatus();
}

// What an error shows of an example: the inputs that a feature reads, the first few of them.
std::string DescribeInputs(const Expression& feature, absl::Span<const float> x) {
  constexpr size_t kMaxShown = 8;
  const std::vector<int32_t> columns = feature.columns();
  std::string text;
  for (size_t place = 0; place < columns.size() && place < kMaxShown; ++place) {
    absl::StrAppend(&text, text.empty() ? " where " : ", ", "x", columns[place], " = ",
                    x[static_cast<size_t>(columns[place])]);
  }
  if (columns.size() > kMaxShown) absl::StrAppend(&text, ", …");
  return text;
}

// Mean and deviation of a column of the training split.
struct Scale {
  double mean = 0.0;
  double deviation = 1.0;  // 1 for a column that is constant.
};

// Two passes: the sum of squares about the mean loses no digits where the mean is large.
std::vector<Scale> MeasureColumns(const Dataset& dataset) {
  const auto inputs = static_cast<size_t>(dataset.inputs);
  const auto examples = static_cast<double>(dataset.split(SplitKind::kTrain).examples);
  std::vector<float> least(inputs, std::numeric_limits<float>::infinity());
  std::vector<float> most(inputs, -std::numeric_limits<float>::infinity());
  std::vector<double> sums(inputs, 0.0);
  VisitRows(dataset, SplitKind::kTrain, [&](int64_t, absl::Span<const float> x) {
    for (size_t column = 0; column < inputs; ++column) {
      least[column] = std::min(least[column], x[column]);
      most[column] = std::max(most[column], x[column]);
      sums[column] += double{x[column]};
    }
  });
  std::vector<double> squares(inputs, 0.0);
  VisitRows(dataset, SplitKind::kTrain, [&](int64_t, absl::Span<const float> x) {
    for (size_t column = 0; column < inputs; ++column) {
      const double difference = double{x[column]} - sums[column] / examples;
      squares[column] += difference * difference;
    }
  });
  std::vector<Scale> scales(inputs);
  for (size_t column = 0; column < inputs; ++column) {
    // A constant column becomes zero, exactly: rounding in its mean must not be scaled up.
    if (least[column] == most[column]) {
      scales[column] = {double{least[column]}, 1.0};
    } else {
      scales[column] = {sums[column] / examples, std::sqrt(squares[column] / examples)};
    }
  }
  return scales;
}

}  // namespace

absl::StatusOr<Dataset> TakeTwoClasses(const Dataset& dataset, int32_t positive_label,
                                       int32_t negative_label, absl::string_view field) {
  PERCEPT_RETURN_IF_ERROR(CheckTwoClasses(dataset, positive_label, negative_label, field));
  Dataset taken = WithoutExamples(dataset);
  taken.classes = 2;
  for (const SplitKind kind : kSplitKinds) {
    const Split& from = dataset.split(kind);
    std::vector<int64_t> rows;
    for (size_t row = 0; row < from.labels.size(); ++row) {
      const int32_t label = from.labels[row];
      if (label == positive_label || label == negative_label)
        rows.push_back(static_cast<int64_t>(row));
    }
    Split& to = taken.split(kind);
    AppendRows(dataset, from, rows, to);
    for (int32_t& label : to.labels) label = label == positive_label ? 1 : 0;
  }
  return taken;
}

absl::StatusOr<Dataset> ComputeFeatures(const Dataset& dataset,
                                        absl::Span<const Expression> features,
                                        std::optional<double> nonfinite_replacement,
                                        absl::string_view field) {
  Dataset computed;
  computed.inputs = static_cast<int32_t>(features.size());
  computed.classes = dataset.classes;
  absl::Status status;
  for (const SplitKind kind : kSplitKinds) {
    Split& to = computed.split(kind);
    to.examples = dataset.split(kind).examples;
    to.labels = dataset.split(kind).labels;
    to.dense.reserve(to.labels.size() * features.size());
    VisitRows(dataset, kind, [&](int64_t row, absl::Span<const float> x) {
      if (!status.ok()) return;
      for (size_t column = 0; column < features.size(); ++column) {
        double value = features[column].Evaluate(x);
        if (!IsFiniteFloat(value)) {
          if (!nonfinite_replacement.has_value()) {
            status =
                InvalidField(absl::StrCat(field, ".features[", column, "]"),
                             "must be finite for every example unless nonfinite_replacement is set",
                             absl::StrCat(value, " in ", SplitName(kind), " row ", row, ", column ",
                                          column, DescribeInputs(features[column], x)));
            return;
          }
          value = *nonfinite_replacement;
        }
        to.dense.push_back(static_cast<float>(value));
      }
    });
    PERCEPT_RETURN_IF_ERROR(status);
  }
  return computed;
}

absl::StatusOr<Dataset> Normalise(const Dataset& dataset, absl::string_view field) {
  const std::vector<Scale> scales = MeasureColumns(dataset);
  Dataset normalised = WithoutExamples(dataset);
  normalised.is_sparse = false;
  absl::Status status;
  for (const SplitKind kind : kSplitKinds) {
    Split& to = normalised.split(kind);
    to.examples = dataset.split(kind).examples;
    to.labels = dataset.split(kind).labels;
    to.dense.reserve(to.labels.size() * scales.size());
    VisitRows(dataset, kind, [&](int64_t row, absl::Span<const float> x) {
      if (!status.ok()) return;
      for (size_t column = 0; column < scales.size(); ++column) {
        const double value = (double{x[column]} - scales[column].mean) / scales[column].deviation;
        if (!IsFiniteFloat(value)) {
          status =
              InvalidField(field, "must stay within what a float32 can hold",
                           absl::StrCat(value, " in ", SplitName(kind), " row ", row, ", column ",
                                        column, " where x", column, " = ", x[column]));
          return;
        }
        to.dense.push_back(static_cast<float>(value));
      }
    });
    PERCEPT_RETURN_IF_ERROR(status);
  }
  return normalised;
}

Dataset JoinTrainAndValidation(const Dataset& dataset) {
  Dataset joined = dataset;
  const Split& validation = dataset.split(SplitKind::kValidation);
  std::vector<int64_t> rows(static_cast<size_t>(validation.examples));
  std::iota(rows.begin(), rows.end(), 0);
  AppendRows(dataset, validation, rows, joined.split(SplitKind::kTrain));
  return joined;
}

}  // namespace percept::data
