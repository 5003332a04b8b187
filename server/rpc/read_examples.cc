#include "server/rpc/read_examples.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::rpc {
namespace {

constexpr int32_t kDefaultPageSize = 100;
constexpr int32_t kMaxPageSize = 1000;

void CheckRequest(const v1::ReadExamplesRequest& request, int64_t examples,
                  FieldViolations& violations) {
  violations.CheckRange<int64_t>("start_index", request.start_index(), 0, examples);
  violations.CheckRange<int32_t>("page_size", request.page_size(), 0, kMaxPageSize);
  if (request.indices_size() > kMaxPageSize) {
    violations.Add("indices", absl::StrCat("must be at most ", kMaxPageSize),
                   request.indices_size());
    return;
  }
  if (!request.indices().empty() && request.start_index() != 0) {
    violations.Add("start_index", "must be unset where indices are given", request.start_index());
  }
  for (int number = 0; number < request.indices_size(); ++number) {
    if (request.indices(number) < 0 || request.indices(number) >= examples) {
      violations.Add(absl::StrCat("indices[", number, "]"),
                     absl::StrCat("must be in [0, ", examples, ")"), request.indices(number));
    }
  }
}

// Appends one row of inputs, D of them.
void AppendInputs(const data::Dataset& dataset, const data::Split& split, int64_t row,
                  google::protobuf::RepeatedField<float>& values) {
  const auto inputs = static_cast<size_t>(dataset.inputs);
  const auto at = static_cast<size_t>(row);
  if (!dataset.is_sparse) {
    const float* first = split.dense.data() + at * inputs;
    values.Add(first, first + inputs);
    return;
  }
  const int begin = values.size();
  values.Resize(begin + dataset.inputs, 0.0f);
  for (uint32_t entry = split.sparse.row_start[at]; entry < split.sparse.row_start[at + 1];
       ++entry) {
    values.Set(begin + split.sparse.columns[entry],
               static_cast<float>(split.sparse.values[entry]) / 255.0f);
  }
}

}  // namespace

absl::StatusOr<data::SplitKind> SplitToRead(const v1::ReadExamplesRequest& request) {
  if (!v1::Split_IsValid(request.split())) {
    return InvalidField("split", "must be one of the enumeration's values",
                        static_cast<int>(request.split()));
  }
  if (request.split() == v1::SPLIT_UNSPECIFIED) return data::SplitKind::kTrain;
  if (request.split() == v1::SPLIT_TEST && !request.include_test()) {
    return WithReason(
        absl::FailedPreconditionError(
            "split: SPLIT_TEST is held out; set include_test to read it all the same, which is "
            "put on record"),
        "TEST_SPLIT_PROTECTED");
  }
  return static_cast<data::SplitKind>(request.split() - 1);
}

absl::Status CheckHasTestSplit(const data::Dataset& dataset, absl::string_view name) {
  if (dataset.split(data::SplitKind::kTest).examples > 0) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(
                        absl::StrCat("include_test: ", name, " has no examples in its test split")),
                    "SPLIT_EMPTY");
}

absl::StatusOr<ExampleSelection> SelectExamples(const data::Dataset& dataset,
                                                const v1::ReadExamplesRequest& request) {
  ExampleSelection selection;
  PERCEPT_ASSIGN_OR_RETURN(selection.split, SplitToRead(request));
  if (selection.split == data::SplitKind::kTest)
    PERCEPT_RETURN_IF_ERROR(CheckHasTestSplit(dataset, request.name()));
  const int64_t examples = dataset.split(selection.split).examples;
  FieldViolations violations;
  CheckRequest(request, examples, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());

  const int64_t example_bytes = dataset.inputs * static_cast<int64_t>(sizeof(float));
  const int64_t fitting = std::max<int64_t>(1, kMaxExampleBytes / example_bytes);
  const int64_t page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
  if (!request.indices().empty()) {
    // A page size of its own has only who gave one.
    const int64_t wanted = request.page_size() == 0 ? kMaxPageSize : page_size;
    const int64_t count = std::min({int64_t{request.indices_size()}, fitting, wanted});
    selection.rows.assign(request.indices().begin(), request.indices().begin() + count);
    return selection;
  }
  const int64_t end = std::min(request.start_index() + std::min(page_size, fitting), examples);
  for (int64_t row = request.start_index(); row < end; ++row) selection.rows.push_back(row);
  if (end < examples) selection.next_start_index = end;
  return selection;
}

v1::ReadExamplesResponse ToProto(const data::Dataset& dataset, const ExampleSelection& selection) {
  v1::ReadExamplesResponse response;
  const data::Split& split = dataset.split(selection.split);
  response.mutable_inputs()->Reserve(static_cast<int>(selection.rows.size()) * dataset.inputs);
  for (const int64_t row : selection.rows) {
    response.add_indices(row);
    AppendInputs(dataset, split, row, *response.mutable_inputs());
    response.add_labels(split.labels[static_cast<size_t>(row)]);
  }
  response.set_next_start_index(selection.next_start_index);
  return response;
}

}  // namespace percept::rpc
