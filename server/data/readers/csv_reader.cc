#include "server/data/readers/csv_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"

#include "server/base/status.h"
#include "server/data/readers/csv_records.h"

namespace percept::data {
namespace {

constexpr absl::string_view kDecimalCharacters = "+-.0123456789Ee";

// Makes a data set of the records of one file.
class CsvReader {
 public:
  CsvReader(const InputFile& file, int64_t file_size, const ReadLimits& limits)
      : file_(file), file_size_(file_size), limits_(limits), records_(file) {}

  absl::StatusOr<Dataset> Read(absl::string_view label_column) {
    PERCEPT_RETURN_IF_ERROR(ReadHeader(label_column));
    PERCEPT_ASSIGN_OR_RETURN(bool found, records_.Next(columns_.size()));
    while (found) {
      PERCEPT_RETURN_IF_ERROR(AddRow());
      PERCEPT_ASSIGN_OR_RETURN(found, records_.Next(columns_.size()));
    }
    if (split_.labels.empty()) return Refuse("must have rows below the header, got none");
    // At most as much again was taken.
    split_.dense.shrink_to_fit();
    split_.labels.shrink_to_fit();
    Dataset dataset;
    dataset.inputs = static_cast<int32_t>(columns_.size() - 1);
    split_.examples = static_cast<int64_t>(split_.labels.size());
    dataset.split(SplitKind::kTrain) = std::move(split_);
    PERCEPT_RETURN_IF_ERROR(SetClasses(file_.name, dataset));
    return dataset;
  }

 private:
  absl::Status Refuse(absl::string_view rule) const {
    return absl::InvalidArgumentError(absl::StrCat(file_.name, ": ", rule));
  }

  absl::Status RefuseRow(absl::string_view rule) const {
    return Refuse(absl::StrCat("row ", records_.row(), ": ", rule));
  }

  absl::Status RefuseField(size_t column, absl::string_view rule) const {
    return RefuseRow(absl::StrCat("column ", QuotedBytes(columns_[column]), ": ", rule, ", got ",
                                  QuotedBytes(records_.field(column))));
  }

  absl::Status ReadHeader(absl::string_view label_column) {
    constexpr size_t kMaxColumns = kMaxInputs + 1;
    PERCEPT_ASSIGN_OR_RETURN(const bool found, records_.Next(kMaxColumns));
    if (!found) return Refuse("must have a header row, got none");
    if (records_.field_count() < 2 || records_.field_count() > kMaxColumns) {
      return RefuseRow(absl::StrCat("must have 1 to ", kMaxInputs,
                                    " columns of inputs and one of labels, got ",
                                    records_.field_count(), " columns"));
    }
    std::map<std::string, size_t> places;
    for (size_t column = 0; column < records_.field_count(); ++column) {
      columns_.emplace_back(absl::StripAsciiWhitespace(records_.field(column)));
      const std::string& name = columns_.back();
      if (name.empty()) {
        return RefuseRow(absl::StrCat("the header of column ", column + 1, " must not be empty"));
      }
      if (!places.emplace(name, column).second) {
        return RefuseRow(absl::StrCat("the header must name each column once, got ",
                                      QuotedBytes(name), " twice"));
      }
    }
    if (label_column.empty()) {
      label_place_ = columns_.size() - 1;
      return absl::OkStatus();
    }
    const auto place = places.find(std::string(absl::StripAsciiWhitespace(label_column)));
    if (place == places.end()) {
      return RefuseRow(absl::StrCat("the header must name the column of labels, ",
                                    QuotedBytes(label_column), "; it has ", SomeColumns()));
    }
    label_place_ = place->second;
    return absl::OkStatus();
  }

  // The first columns, for a message.
  std::string SomeColumns() const {
    constexpr size_t kShown = 8;
    std::string text;
    for (size_t column = 0; column < std::min(columns_.size(), kShown); ++column) {
      absl::StrAppend(&text, column == 0 ? "" : ", ", QuotedBytes(columns_[column]));
    }
    return columns_.size() > kShown ? absl::StrCat(text, ", …") : text;
  }

  absl::Status AddRow() {
    if (records_.field_count() != columns_.size()) {
      return RefuseRow(absl::StrCat("must have ", columns_.size(),
                                    " fields, as the header has, got ", records_.field_count()));
    }
    PERCEPT_RETURN_IF_ERROR(MakeRoom());
    for (size_t column = 0; column < columns_.size(); ++column) {
      PERCEPT_RETURN_IF_ERROR(column == label_place_ ? AddLabel(column) : AddInput(column));
    }
    return absl::OkStatus();
  }

  // For the next row at least; going by the rows so far, for all that follow.
  absl::Status MakeRoom() {
    const auto inputs = static_cast<int64_t>(columns_.size()) - 1;
    const auto row_bytes = static_cast<int64_t>(sizeof(int32_t) + sizeof(float) * inputs);
    const auto rows = static_cast<int64_t>(split_.labels.size());
    const int64_t most = limits_.content_bytes / row_bytes;
    if (rows >= most) return TooLargeForMemory(file_.name, limits_);
    if (rows < static_cast<int64_t>(split_.labels.capacity())) return absl::OkStatus();
    const double per_row =
        static_cast<double>(records_.bytes_read()) / static_cast<double>(rows + 1);
    const double estimate = 1.03 * static_cast<double>(file_size_) / per_row;
    // At least half as much again, so that rows are moved a few times only.
    const int64_t wanted =
        std::min(most, std::max(rows + rows / 2 + 16, static_cast<int64_t>(estimate)));
    split_.labels.reserve(static_cast<size_t>(wanted));
    split_.dense.reserve(static_cast<size_t>(wanted * inputs));
    return absl::OkStatus();
  }

  absl::Status AddInput(size_t column) {
    const absl::string_view text = absl::StripAsciiWhitespace(records_.field(column));
    float value = 0.0f;
    // Neither "inf" and "nan" nor hexadecimal numbers.
    const bool is_decimal = text.find_first_not_of(kDecimalCharacters) == absl::string_view::npos;
    if (!is_decimal || !absl::SimpleAtof(text, &value))
      return RefuseField(column, "must be a decimal number");
    if (!std::isfinite(value)) return RefuseField(column, "must be finite as float32");
    split_.dense.push_back(value);
    return absl::OkStatus();
  }

  absl::Status AddLabel(size_t column) {
    absl::string_view text = absl::StripAsciiWhitespace(records_.field(column));
    const size_t point = text.find('.');
    // 3.0 is an integer too.
    if (point != absl::string_view::npos && point > 0 &&
        text.substr(point + 1).find_first_not_of('0') == absl::string_view::npos) {
      text = text.substr(0, point);
    }
    int32_t label;
    if (!absl::SimpleAtoi(text, &label) || label < 0 || label >= kMaxClasses)
      return RefuseField(column, absl::StrCat("must be an integer in [0, ", kMaxClasses - 1, "]"));
    split_.labels.push_back(label);
    return absl::OkStatus();
  }

  const InputFile& file_;
  const int64_t file_size_;
  const ReadLimits limits_;
  CsvRecords records_;
  std::vector<std::string> columns_;  // Their headers.
  size_t label_place_ = 0;            // Among the columns.
  Split split_;
};

}  // namespace

absl::StatusOr<Dataset> ReadCsv(const InputFile& file, absl::string_view label_column,
                                const ReadLimits& limits) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t size, FileSize(file));
  PERCEPT_RETURN_IF_ERROR(CheckDecompressedSize(file.name, size, limits));
  return CsvReader(file, size, limits).Read(label_column);
}

}  // namespace percept::data
