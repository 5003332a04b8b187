#include "server/data/readers/csv_records.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::data {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvRecords::CsvRecords(const InputFile& file) : file_(file) {}

absl::Status CsvRecords::Refuse(absl::string_view rule) const {
  return absl::InvalidArgumentError(absl::StrCat(file_.name, ": row ", row_, ": ", rule));
}

absl::string_view CsvRecords::field(size_t place) const {
  const size_t begin = place == 0 ? 0 : ends_[place - 1];
  return absl::string_view(text_).substr(begin, ends_[place] - begin);
}

// Whether there is another byte in the buffer.
absl::StatusOr<bool> CsvRecords::Fill() {
  if (place_ < buffer_.size()) return true;
  buffer_offset_ += static_cast<int64_t>(buffer_.size());
  place_ = 0;
  buffer_.resize(kBufferBytes);
  file_.in.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (file_.in.bad()) {
    return absl::UnavailableError(
        absl::StrCat(file_.name, ": byte ", buffer_offset_, ": cannot be read"));
  }
  buffer_.resize(static_cast<size_t>(file_.in.gcount()));
  return !buffer_.empty();
}

absl::Status CsvRecords::SkipByteOrderMark() {
  began_ = true;
  PERCEPT_RETURN_IF_ERROR(Fill().status());
  if (absl::StartsWith({buffer_.data(), buffer_.size()}, kByteOrderMark))
    place_ = kByteOrderMark.size();
  return absl::OkStatus();
}

absl::StatusOr<bool> CsvRecords::Next(size_t max_fields) {
  if (!began_) PERCEPT_RETURN_IF_ERROR(SkipByteOrderMark());
  text_.clear();
  ends_.clear();
  field_bytes_ = 0;
  field_count_ = 0;
  state_ = State::kFieldBegins;
  line_is_empty_ = true;
  record_ended_ = false;
  row_ = line_;
  while (!record_ended_) {
    PERCEPT_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) break;
    if (state_ == State::kPlain) TakePlainRun();
    if (place_ == buffer_.size()) continue;
    PERCEPT_RETURN_IF_ERROR(Take(buffer_[place_++], max_fields));
  }
  if (record_ended_) return true;
  if (state_ == State::kQuoted) return Refuse("a quoted field must end");
  if (state_ == State::kCarriageReturn) return Refuse("a line feed must follow a carriage return");
  if (line_is_empty_) return false;
  EndField(max_fields);  // The last line needs no end.
  return true;
}

absl::Status CsvRecords::Append(char next) {
  if (++field_bytes_ > kMaxFieldBytes)
    return Refuse(absl::StrCat("a field must be at most ", kMaxFieldBytes, " bytes long"));
  text_.push_back(next);
  return absl::OkStatus();
}

// Takes what follows in the buffer and is plain, most of any file, without a look at each state.
void CsvRecords::TakePlainRun() {
  const size_t most = std::min(buffer_.size(), place_ + (kMaxFieldBytes - field_bytes_));
  size_t end = place_;
  while (end < most && buffer_[end] != ',' && buffer_[end] != '\n' && buffer_[end] != '\r' &&
         buffer_[end] != '"' && buffer_[end] != '\0') {
    ++end;
  }
  text_.append(buffer_.data() + place_, end - place_);
  field_bytes_ += end - place_;
  place_ = end;
}

void CsvRecords::EndField(size_t max_fields) {
  if (field_count_ < max_fields) {
    ends_.push_back(text_.size());
  } else {
    text_.resize(text_.size() - field_bytes_);
  }
  ++field_count_;
  field_bytes_ = 0;
  state_ = State::kFieldBegins;
}

void CsvRecords::EndLine(size_t max_fields) {
  ++line_;
  if (line_is_empty_) {
    if (empty_line_ == 0) empty_line_ = row_;
    row_ = line_;
    state_ = State::kFieldBegins;
    return;
  }
  EndField(max_fields);
  record_ended_ = true;
}

// Takes the record's next byte.
absl::Status CsvRecords::Take(char next, size_t max_fields) {
  if (next == '\0') return Refuse("must not hold a zero byte");
  if (state_ == State::kQuoted) {
    if (next == '\n') ++line_;
    if (next != '"') return Append(next);
    state_ = State::kQuoteInQuoted;
    return absl::OkStatus();
  }
  if (state_ == State::kCarriageReturn && next != '\n')
    return Refuse("a line feed must follow a carriage return");
  if (next == '\n') {
    EndLine(max_fields);
    return absl::OkStatus();
  }
  if (next == '\r') {
    state_ = State::kCarriageReturn;
    return absl::OkStatus();
  }
  if (empty_line_ > 0) {
    row_ = empty_line_;
    return Refuse("must not be empty, unless all rows below are");
  }
  line_is_empty_ = false;
  return TakeWithinLine(next, max_fields);
}

// Takes a byte that is neither in quotes nor a line's end.
absl::Status CsvRecords::TakeWithinLine(char next, size_t max_fields) {
  if (next == ',') {
    EndField(max_fields);
    return absl::OkStatus();
  }
  if (next == '"' && state_ != State::kPlain) {
    // The first of a field, or one of two that stand for one.
    const bool is_second = state_ == State::kQuoteInQuoted;
    state_ = State::kQuoted;
    return is_second ? Append(next) : absl::OkStatus();
  }
  if (next == '"' || state_ == State::kQuoteInQuoted)
    return Refuse("a quote must stand around a whole field, or twice within one that is quoted");
  state_ = State::kPlain;
  return Append(next);
}

}  // namespace percept::data
