#include "server/rpc/inspect_subject.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/examples.h"
#include "server/data/rows.h"

namespace percept::rpc {
namespace {

constexpr int32_t kMaxExamples = 10'000;
constexpr int32_t kDefaultExamples = 1000;

// What clients take in one message, less some room for what is not counted.
constexpr int64_t kMaxAnswerBytes = (int64_t{4} << 20) - (int64_t{128} << 10);

// Inputs that are copied for one question.
constexpr int64_t kMaxGatheredInputs = int64_t{1} << 24;

std::string Below(absl::string_view field, absl::string_view name) {
  return absl::StrCat(field, ".", name);
}

absl::Status CheckIndices(absl::string_view field, const v1::InputExamples& asked,
                          int64_t examples) {
  FieldViolations violations;
  violations.CheckRange<int32_t>(Below(field, "max_examples"), asked.max_examples(), 0,
                                 kMaxExamples);
  if (asked.indices_size() > kMaxExamples) {
    violations.Add(Below(field, "indices"), absl::StrCat("must be at most ", kMaxExamples),
                   asked.indices_size());
    return violations.ToStatus();
  }
  if (!asked.indices().empty() && asked.max_examples() != 0) {
    violations.Add(Below(field, "max_examples"), "must be unset where indices are given",
                   asked.max_examples());
  }
  for (int number = 0; number < asked.indices_size(); ++number) {
    if (asked.indices(number) < 0 || asked.indices(number) >= examples) {
      violations.Add(absl::StrCat(Below(field, "indices"), "[", number, "]"),
                     absl::StrCat("must be in [0, ", examples, ")"), asked.indices(number));
    }
  }
  return violations.ToStatus();
}

absl::Status CheckFinite(absl::string_view field, const v1::InputValues& values) {
  for (int i = 0; i < values.values_size(); ++i) {
    if (std::isfinite(values.values(i))) continue;
    return InvalidField(absl::StrCat(Below(field, "values"), "[", i, "]"), "must be finite",
                        values.values(i));
  }
  return absl::OkStatus();
}

// The inputs of a single example.
std::vector<double> InputsOf(const Examples& example) {
  if (!example.is_sparse()) return {example.dense, example.dense + example.inputs};
  std::vector<double> inputs(static_cast<size_t>(example.inputs), 0.0);
  const Examples::SparseRows& sparse = example.sparse;
  for (uint32_t entry = sparse.row_start[0]; entry < sparse.row_start[1]; ++entry) {
    inputs[sparse.columns[entry]] = static_cast<float>(sparse.values[entry]) / 255.0f;
  }
  return inputs;
}

}  // namespace

absl::StatusOr<InspectSubject> MakeSubject(FoundSnapshot found, data::Catalogue& catalogue) {
  InspectSubject subject;
  const storage::JobRecord& job = found.job;
  PERCEPT_ASSIGN_OR_RETURN(subject.dataset, catalogue.Load(job.spec.dataset));
  if (subject.dataset->inputs != job.inputs || subject.dataset->classes != job.classes) {
    return absl::FailedPreconditionError(
        absl::StrCat("datasets/", job.spec.dataset, " has ", subject.dataset->inputs,
                     " inputs and ", subject.dataset->classes, " classes now; jobs/", job.id,
                     " was made for ", job.inputs, " and ", job.classes));
  }
  subject.model = found.model();
  subject.found = std::move(found);
  return subject;
}

absl::StatusOr<data::SplitKind> SplitToAsk(absl::string_view field, v1::Split split,
                                           const data::Dataset& dataset) {
  if (!v1::Split_IsValid(split)) {
    return InvalidField(field, "must be one of the enumeration's values", static_cast<int>(split));
  }
  if (split == v1::SPLIT_TEST) {
    return WithReason(
        absl::PermissionDeniedError(absl::StrCat(
            field, ": SPLIT_TEST is held out; only EvaluateTest measures on it, on record")),
        "TEST_SPLIT_PROTECTED");
  }
  if (split == v1::SPLIT_UNSPECIFIED) {
    const bool has_validation = dataset.split(data::SplitKind::kValidation).examples > 0;
    return has_validation ? data::SplitKind::kValidation : data::SplitKind::kTrain;
  }
  const auto kind = static_cast<data::SplitKind>(split - 1);
  if (dataset.split(kind).examples == 0) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          field, ": the data set has no ", data::SplitName(kind), " examples")),
                      "SPLIT_EMPTY");
  }
  return kind;
}

ChosenExamples GatherExamples(const data::Dataset& dataset, data::SplitKind split,
                              std::vector<int64_t> rows) {
  auto gathered = std::make_shared<data::Dataset>();
  gathered->inputs = dataset.inputs;
  gathered->classes = dataset.classes;
  gathered->is_sparse = dataset.is_sparse;
  data::AppendRows(dataset, dataset.split(split), rows, gathered->split(data::SplitKind::kTrain));
  ChosenExamples chosen;
  chosen.examples = data::ExamplesOf(*gathered, data::SplitKind::kTrain);
  chosen.split = split;
  chosen.rows = std::move(rows);
  chosen.owner = std::move(gathered);
  return chosen;
}

absl::StatusOr<ChosenExamples> ChooseExamples(absl::string_view field,
                                              const v1::InputExamples& asked,
                                              const std::shared_ptr<const data::Dataset>& dataset) {
  PERCEPT_ASSIGN_OR_RETURN(const data::SplitKind split,
                           SplitToAsk(Below(field, "split"), asked.split(), *dataset));
  const int64_t examples = dataset->split(split).examples;
  PERCEPT_RETURN_IF_ERROR(CheckIndices(field, asked, examples));
  if (!asked.indices().empty()) {
    if (int64_t{asked.indices_size()} * dataset->inputs > kMaxGatheredInputs) {
      return WithReason(
          absl::ResourceExhaustedError(absl::StrCat(
              Below(field, "indices"), ": must name at most ", kMaxGatheredInputs / dataset->inputs,
              " examples of ", dataset->inputs, " inputs, got ", asked.indices_size())),
          "QUESTION_TOO_LARGE");
    }
    return GatherExamples(*dataset, split, {asked.indices().begin(), asked.indices().end()});
  }
  const int64_t wanted = asked.max_examples() == 0 ? kDefaultExamples : asked.max_examples();
  ChosenExamples chosen;
  chosen.examples = data::ExamplesOf(*dataset, split).Rows(0, std::min(wanted, examples));
  chosen.split = split;
  chosen.owner = dataset;
  return chosen;
}

absl::StatusOr<ChosenExamples> ValuesToAsk(absl::string_view field, const v1::InputValues& values,
                                           int32_t inputs) {
  const int64_t count = values.values_size();
  if (count == 0 || count % inputs != 0 || count / inputs > kMaxExamples) {
    return InvalidField(Below(field, "values"),
                        absl::StrCat("must be 1 to ", kMaxExamples, " rows of ", inputs,
                                     inputs == 1 ? " number" : " numbers"),
                        absl::StrCat(count, count == 1 ? " number" : " numbers"));
  }
  PERCEPT_RETURN_IF_ERROR(CheckFinite(field, values));
  ChosenExamples chosen;
  chosen.examples.count = count / inputs;
  chosen.examples.inputs = inputs;
  chosen.examples.dense = values.values().data();
  return chosen;
}

absl::StatusOr<std::vector<double>> StartToAsk(const v1::StartingPoint& start,
                                               const InspectSubject& subject) {
  const int32_t inputs = subject.model.shape.inputs;
  switch (start.point_case()) {
    case v1::StartingPoint::kValues: {
      if (start.values().values_size() != inputs) {
        return InvalidField("start.values.values",
                            absl::StrCat("must be the ", inputs, " inputs of one example"),
                            absl::StrCat(start.values().values_size(), " numbers"));
      }
      PERCEPT_RETURN_IF_ERROR(CheckFinite("start.values", start.values()));
      return std::vector<double>(start.values().values().begin(), start.values().values().end());
    }
    case v1::StartingPoint::kExample: {
      PERCEPT_ASSIGN_OR_RETURN(const ChosenExamples chosen,
                               ChooseExamples("start.example", start.example(), subject.dataset));
      if (start.example().indices_size() != 1) {
        return InvalidField("start.example.indices", "must be one index",
                            start.example().indices_size());
      }
      return InputsOf(chosen.examples);
    }
    case v1::StartingPoint::POINT_NOT_SET:
      break;
  }
  FieldViolations violations;
  violations.Add("start", "must be set; choose values or example");
  return violations.ToStatus();
}

absl::Status CheckAnswerSize(int64_t bytes, absl::string_view instead) {
  if (bytes <= kMaxAnswerBytes) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(
                        absl::StrCat("the answer would take ", bytes, " bytes, more than the ",
                                     kMaxAnswerBytes, " that fit a message; ", instead)),
                    "ANSWER_TOO_LARGE");
}

}  // namespace percept::rpc
