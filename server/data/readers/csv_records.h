#ifndef PERCEPT_SERVER_DATA_READERS_CSV_RECORDS_H_
#define PERCEPT_SERVER_DATA_READERS_CSV_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/readers/input_file.h"

namespace percept::data {

// Takes comma-separated values apart (RFC 4180), one record at a time, in memory for one record.
class CsvRecords {
 public:
  static constexpr size_t kMaxFieldBytes = 1000;

  // `file` must outlive it.
  explicit CsvRecords(const InputFile& file);

  // Reads the next record; false at the end of the file. Of more than `max_fields` fields the
  // others are counted only. InvalidArgument, naming file, row and rule: a quote out of place or
  // without its end, a carriage return without a line feed, a zero byte, a field above
  // kMaxFieldBytes, an empty line before the end. Unavailable: cannot be read.
  absl::StatusOr<bool> Next(size_t max_fields);

  // Number of the line, from 1, on which the record begins.
  int64_t row() const { return row_; }

  size_t field_count() const { return field_count_; }

  // Of the first `max_fields`; valid until the next record.
  absl::string_view field(size_t place) const;

  // Bytes of the file taken so far.
  int64_t bytes_read() const { return buffer_offset_ + static_cast<int64_t>(place_); }

 private:
  enum class State { kFieldBegins, kPlain, kQuoted, kQuoteInQuoted, kCarriageReturn };

  absl::Status Refuse(absl::string_view rule) const;
  absl::StatusOr<bool> Fill();
  absl::Status SkipByteOrderMark();
  absl::Status Take(char next, size_t max_fields);
  absl::Status TakeWithinLine(char next, size_t max_fields);
  absl::Status Append(char next);
  void TakePlainRun();
  void EndField(size_t max_fields);
  void EndLine(size_t max_fields);

  const InputFile& file_;
  std::vector<char> buffer_;
  size_t place_ = 0;           // Of the next byte in the buffer.
  int64_t buffer_offset_ = 0;  // Of the buffer in the file.
  bool began_ = false;

  int64_t line_ = 1;
  int64_t row_ = 1;
  int64_t empty_line_ = 0;  // The first of the empty ones so far; 0 where there is none.
  State state_ = State::kFieldBegins;
  bool line_is_empty_ = true;
  bool record_ended_ = false;
  std::string text_;          // Of all fields, one after the other.
  std::vector<size_t> ends_;  // Of each field within the text.
  size_t field_bytes_ = 0;    // Of the field being read.
  size_t field_count_ = 0;
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_CSV_RECORDS_H_
