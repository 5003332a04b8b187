#include "server/storage/sqlite/row.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "server/base/crc32c.h"
#include "server/base/status.h"

namespace percept::storage {
namespace {

static_assert(std::endian::native == std::endian::little,
              "checksums are defined over little-endian numbers");

constexpr absl::string_view kChecksumColumn = "crc32c";
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

// What is no number is left out, as a line that was not escaped is; the row's checksum tells.
template <typename Number>
void ParseNumbers(absl::string_view text, std::vector<Number>& numbers) {
  numbers.clear();
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    Number number;
    if (absl::SimpleAtoi(part, &number)) numbers.push_back(number);
  }
}

}  // namespace

void RowChecksum::Add(absl::string_view name, char type, uint64_t value) {
  crc_ = Crc32c(name, crc_);
  const char head[2] = {'\0', type};
  crc_ = Crc32c({head, sizeof(head)}, crc_);
  crc_ = Crc32c({reinterpret_cast<const char*>(&value), sizeof(value)}, crc_);
}

void RowChecksum::Integer(absl::string_view name, int64_t value) {
  Add(name, 'i', static_cast<uint64_t>(value));
}

void RowChecksum::Real(absl::string_view name, double value) {
  // SQLite keeps neither the sign of zero nor the bits of a NaN.
  const double kept = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value + 0.0;
  Add(name, 'r', std::bit_cast<uint64_t>(kept));
}

void RowChecksum::Bytes(absl::string_view name, absl::string_view value) {
  Add(name, 'b', value.size());
  crc_ = Crc32c(value, crc_);
}

int64_t ToInteger(absl::Time time) {
  if (time == absl::InfinitePast()) return kMin;
  return time == absl::InfiniteFuture() ? kMax : absl::ToUnixMicros(time);
}

int64_t ToInteger(absl::Duration duration) {
  return duration == absl::InfiniteDuration() ? kMax : absl::ToInt64Microseconds(duration);
}

void FromInteger(int64_t value, absl::Time& time) {
  time = value == kMin   ? absl::InfinitePast()
         : value == kMax ? absl::InfiniteFuture()
                         : absl::FromUnixMicros(value);
}

void FromInteger(int64_t value, absl::Duration& duration) {
  duration = value == kMax ? absl::InfiniteDuration() : absl::Microseconds(value);
}

std::string ToText(const std::vector<int32_t>& numbers) { return absl::StrJoin(numbers, ","); }
std::string ToText(const std::vector<int64_t>& numbers) { return absl::StrJoin(numbers, ","); }
void FromText(absl::string_view text, std::vector<int32_t>& numbers) {
  ParseNumbers(text, numbers);
}
void FromText(absl::string_view text, std::vector<int64_t>& numbers) {
  ParseNumbers(text, numbers);
}

std::string ToText(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) absl::StrAppend(&text, absl::Utf8SafeCEscape(line), "\n");
  return text;
}

void FromText(absl::string_view text, std::vector<std::string>& lines) {
  lines.clear();
  if (text.empty()) return;
  text.remove_suffix(1);  // The end of the last line.
  for (const absl::string_view escaped : absl::StrSplit(text, '\n')) {
    std::string line;
    if (absl::CUnescape(escaped, &line)) lines.push_back(std::move(line));
  }
}

std::string ColumnNames::List(absl::string_view prefix) const {
  std::string list;
  for (const std::string& name : names_) absl::StrAppend(&list, prefix, name, ", ");
  return absl::StrCat(list, prefix, kChecksumColumn);
}

std::string ColumnNames::Parameters() const {
  std::string list = "?1";
  for (size_t parameter = 2; parameter <= names_.size() + 1; ++parameter)
    absl::StrAppend(&list, ", ?", parameter);
  return list;
}

std::string ColumnNames::InsertSql(absl::string_view table) const {
  return absl::StrCat("INSERT INTO ", table, " (", List(), ") VALUES (", Parameters(), ")");
}

std::string ColumnNames::UpdateSql(absl::string_view table, absl::string_view key) const {
  return absl::StrCat("UPDATE ", table, " SET (", List(), ") = (", Parameters(), ") WHERE ", key);
}

void RowWriter::Integer(absl::string_view name, int64_t value) {
  statement_.Bind(parameter_++, value);
  checksum_.Integer(name, value);
}

void RowWriter::Real(absl::string_view name, double value) {
  statement_.Bind(parameter_++, value);
  checksum_.Real(name, value);
}

void RowWriter::Text(absl::string_view name, absl::string_view value) {
  statement_.Bind(parameter_++, value);
  checksum_.Bytes(name, value);
}

void RowWriter::Blob(absl::string_view name, absl::string_view value) {
  statement_.BindBlob(parameter_++, value);
  checksum_.Bytes(name, value);
}

void RowWriter::Finish() { statement_.Bind(parameter_++, int64_t{checksum_.value()}); }

int64_t RowReader::Integer(absl::string_view name) {
  const int64_t value = statement_.Integer(column_++);
  checksum_.Integer(name, value);
  return value;
}

double RowReader::Real(absl::string_view name) {
  const double value = statement_.Real(column_++);
  checksum_.Real(name, value);
  return value;
}

absl::string_view RowReader::Text(absl::string_view name) {
  const absl::string_view value = statement_.Text(column_++);
  checksum_.Bytes(name, value);
  return value;
}

absl::string_view RowReader::Blob(absl::string_view name) {
  const absl::string_view value = statement_.Blob(column_++);
  checksum_.Bytes(name, value);
  return value;
}

bool RowReader::Finish() { return statement_.Integer(column_++) == int64_t{checksum_.value()}; }

absl::Status CorruptRecord(absl::string_view name) {
  return WithReason(absl::DataLossError(absl::StrCat(
                        name, ": the stored record is damaged: its checksum is wrong")),
                    "RECORD_CORRUPT");
}

absl::Status MissingRecord(absl::string_view name) {
  return WithReason(absl::DataLossError(absl::StrCat(name, ": the stored record is missing")),
                    "RECORD_CORRUPT");
}

}  // namespace percept::storage
