#include "tests/fuzz/properties.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"

namespace percept::fuzz {
namespace {

// Whether the text is UTF-8, as gRPC and protobuf want it.
bool IsUtf8(absl::string_view text) {
  size_t place = 0;
  while (place < text.size()) {
    const auto first = static_cast<uint8_t>(text[place++]);
    const int more = first < 0x80                     ? 0
                     : first >= 0xc2 && first < 0xe0  ? 1
                     : first >= 0xe0 && first < 0xf0  ? 2
                     : first >= 0xf0 && first <= 0xf4 ? 3
                                                      : -1;
    if (more < 0 || text.size() - place < static_cast<size_t>(more)) return false;
    for (int step = 0; step < more; ++step) {
      if ((static_cast<uint8_t>(text[place++]) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

void CheckSparse(const data::Split& split, int32_t inputs) {
  const data::SparseBytes& rows = split.sparse;
  FUZZ_CHECK(split.dense.empty());
  FUZZ_CHECK(rows.row_start.size() == static_cast<size_t>(split.examples) + 1);
  FUZZ_CHECK(rows.row_start.front() == 0);
  FUZZ_CHECK(rows.row_start.back() == rows.values.size());
  FUZZ_CHECK(rows.columns.size() == rows.values.size());
  for (size_t row = 0; row + 1 < rows.row_start.size(); ++row) {
    FUZZ_CHECK(rows.row_start[row] <= rows.row_start[row + 1]);
    for (size_t place = rows.row_start[row]; place < rows.row_start[row + 1]; ++place) {
      FUZZ_CHECK(rows.columns[place] < inputs);
      FUZZ_CHECK(rows.values[place] != 0);
      FUZZ_CHECK(place == rows.row_start[row] || rows.columns[place - 1] < rows.columns[place]);
    }
  }
}

}  // namespace

void CheckDataset(const data::Dataset& dataset, const data::ReadLimits& limits) {
  FUZZ_CHECK(dataset.inputs >= 1 && dataset.inputs <= data::kMaxInputs);
  FUZZ_CHECK(dataset.classes >= 1 && dataset.classes <= data::kMaxClasses);
  FUZZ_CHECK(dataset.split(data::SplitKind::kTrain).examples > 0);
  // Give or take what is counted for splits that are not there.
  FUZZ_CHECK(dataset.size_bytes() <= limits.content_bytes + 12);
  if (dataset.image_shape.has_value()) {
    const data::ImageShape& shape = *dataset.image_shape;
    FUZZ_CHECK(shape.channels == 1 || shape.channels == 3);
    FUZZ_CHECK(shape.height * shape.width * shape.channels == dataset.inputs);
  }
  int32_t largest = -1;
  for (const int32_t label : dataset.split(data::SplitKind::kTrain).labels) {
    largest = std::max(largest, label);
  }
  FUZZ_CHECK(largest + 1 == dataset.classes);
  for (const data::Split& split : dataset.splits) {
    FUZZ_CHECK(split.labels.size() == static_cast<size_t>(split.examples));
    for (const int32_t label : split.labels) FUZZ_CHECK(label >= 0 && label < dataset.classes);
    if (dataset.is_sparse) {
      CheckSparse(split, dataset.inputs);
      continue;
    }
    FUZZ_CHECK(split.dense.size() == static_cast<size_t>(split.examples * dataset.inputs));
    for (const float value : split.dense) FUZZ_CHECK(std::isfinite(value));
  }
}

void CheckRefusal(const absl::Status& status, absl::string_view prefix) {
  FUZZ_CHECK(absl::IsInvalidArgument(status) || absl::IsResourceExhausted(status));
  FUZZ_CHECK(absl::StartsWith(status.message(), prefix));
  FUZZ_CHECK(IsUtf8(status.message()));
  FUZZ_CHECK(status.message().size() < 2000);
}

}  // namespace percept::fuzz
