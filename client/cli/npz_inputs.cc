// Reads inputs out of NumPy's archives, which are ZIP files of arrays.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <zlib.h>

#include "client/cli/format.h"
#include "client/cli/input_table.h"

namespace percept::cli {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are read as they lie in memory");

// Sizes and marks of ZIP's records (PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16).
constexpr size_t kLocalHeader = 30;
constexpr size_t kDirectoryEntry = 46;
constexpr size_t kDirectoryEnd = 22;
constexpr size_t kMostComment = 65535;
constexpr uint16_t kStored = 0;
constexpr uint16_t kDeflated = 8;

// A number at `offset`; 0 beyond the end.
template <typename Number>
Number NumberAt(absl::string_view bytes, size_t offset) {
  Number number{};
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof(number)) {
    std::memcpy(&number, bytes.data() + offset, sizeof(number));
  }
  return number;
}

struct Entry {
  std::string name;
  uint16_t method = kStored;
  size_t packed_size = 0;
  size_t size = 0;
  size_t offset = 0;  // Of its local header.
};

// The entries of an archive's directory; nothing when it is no whole archive.
std::optional<std::vector<Entry>> Entries(absl::string_view content) {
  if (content.size() < kDirectoryEnd) return std::nullopt;
  const size_t from = content.size() - std::min(content.size(), kDirectoryEnd + kMostComment);
  const size_t end = content.rfind("PK\x05\x06");
  if (end == absl::string_view::npos || end < from || content.size() - end < kDirectoryEnd) {
    return std::nullopt;
  }
  const auto count = NumberAt<uint16_t>(content, end + 10);
  size_t at = NumberAt<uint32_t>(content, end + 16);
  std::vector<Entry> entries;
  for (int i = 0; i < count; ++i) {
    if (at > content.size() || content.size() - at < kDirectoryEntry ||
        content.substr(at, 4) != "PK\x01\x02") {
      return std::nullopt;
    }
    const auto name_size = NumberAt<uint16_t>(content, at + 28);
    const auto extra_size = NumberAt<uint16_t>(content, at + 30);
    const auto comment_size = NumberAt<uint16_t>(content, at + 32);
    const absl::string_view name = content.substr(at + kDirectoryEntry, name_size);
    if (name.size() != name_size) return std::nullopt;
    entries.push_back({std::string(name), NumberAt<uint16_t>(content, at + 10),
                       NumberAt<uint32_t>(content, at + 20), NumberAt<uint32_t>(content, at + 24),
                       NumberAt<uint32_t>(content, at + 42)});
    at += kDirectoryEntry + name_size + extra_size + comment_size;
  }
  return entries;
}

// The bytes of an entry, unpacked.
absl::StatusOr<std::string> Unpacked(absl::string_view content, const Entry& entry,
                                     absl::string_view where) {
  const absl::Status damaged = absl::DataLossError(absl::StrCat(where, ": is damaged"));
  if (entry.size > static_cast<size_t>(kMostInputBytes)) {
    return absl::DataLossError(absl::StrCat(where, ": must have at most ",
                                            FormatBytes(kMostInputBytes), ", got ",
                                            FormatBytes(static_cast<int64_t>(entry.size))));
  }
  if (content.substr(std::min(entry.offset, content.size()), 4) != "PK\x03\x04") return damaged;
  const size_t start = entry.offset + kLocalHeader +
                       NumberAt<uint16_t>(content, entry.offset + 26) +
                       NumberAt<uint16_t>(content, entry.offset + 28);
  if (start > content.size() || content.size() - start < entry.packed_size) return damaged;
  const absl::string_view packed = content.substr(start, entry.packed_size);
  if (entry.method == kStored) {
    if (packed.size() != entry.size) return damaged;
    return std::string(packed);
  }
  if (entry.method != kDeflated) {
    return absl::DataLossError(
        absl::StrCat(where, ": must be stored or deflated, got ZIP method ", entry.method));
  }
  std::string bytes(entry.size, '\0');
  z_stream stream = {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  // Raw deflate, without zlib's own header.
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return absl::InternalError("zlib has no memory");
  const int result = inflate(&stream, Z_FINISH);
  const bool is_whole = result == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  if (!is_whole) return damaged;
  return bytes;
}

// The text after `key` in an array's header, which is a Python dictionary such as
// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
absl::string_view HeaderValue(absl::string_view header, absl::string_view key) {
  const size_t at = header.find(absl::StrCat("'", key, "':"));
  if (at == absl::string_view::npos) return "";
  return absl::StripLeadingAsciiWhitespace(header.substr(at + key.size() + 3));
}

// The numbers of "(2, 3), ...".
std::optional<std::vector<int64_t>> ShapeOf(absl::string_view text) {
  const size_t end = text.find(')');
  if (!absl::ConsumePrefix(&text, "(") || end == absl::string_view::npos) return std::nullopt;
  std::vector<int64_t> shape;
  for (const absl::string_view part :
       absl::StrSplit(text.substr(0, end - 1), ',', absl::SkipWhitespace())) {
    int64_t length = 0;
    if (!absl::SimpleAtoi(part, &length) || length < 0 || length > kMostInputBytes) {
      return std::nullopt;
    }
    shape.push_back(length);
  }
  return shape;
}

// Rows and columns of an array; nothing where they are none or too many for their product.
std::optional<InputTable> TableOf(const std::vector<int64_t>& shape) {
  if (shape.empty()) return std::nullopt;
  InputTable table = {shape.size() == 1 ? 1 : shape[0], 1, {}};
  for (size_t i = shape.size() == 1 ? 0 : 1; i < shape.size(); ++i) {
    table.columns *= shape[i];
    if (table.columns > kMostInputBytes) return std::nullopt;
  }
  if (table.rows == 0 || table.columns == 0) return std::nullopt;
  return table;
}

template <typename Number>
void TakeValues(absl::string_view data, double scale, InputTable* table) {
  const size_t count = data.size() / sizeof(Number);
  table->values.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const auto number = static_cast<double>(NumberAt<Number>(data, i * sizeof(Number)));
    table->values.push_back(static_cast<float>(number * scale));
  }
}

absl::StatusOr<InputTable> ParseArray(absl::string_view bytes, absl::string_view where) {
  const absl::Status damaged = absl::DataLossError(absl::StrCat(where, ": is no array of NumPy"));
  if (!absl::StartsWith(bytes, "\x93NUMPY") || bytes.size() < 12) return damaged;
  const bool is_first_version = bytes[6] == 1;
  const size_t prefix = is_first_version ? 10 : 12;
  const size_t header_size =
      is_first_version ? NumberAt<uint16_t>(bytes, 8) : NumberAt<uint32_t>(bytes, 8);
  if (bytes.size() - prefix < header_size) return damaged;
  const absl::string_view header = bytes.substr(prefix, header_size);
  const absl::string_view data = bytes.substr(prefix + header_size);
  if (!absl::StartsWith(HeaderValue(header, "fortran_order"), "False")) {
    return absl::DataLossError(absl::StrCat(where, ": must be in C order"));
  }
  const std::optional<std::vector<int64_t>> shape = ShapeOf(HeaderValue(header, "shape"));
  if (!shape) return damaged;
  std::optional<InputTable> table = TableOf(*shape);
  if (!table) {
    return absl::DataLossError(
        absl::StrCat(where, ": must hold inputs, got shape (", absl::StrJoin(*shape, ", "), ")"));
  }
  if (table->rows > kMostInputRows) {
    return absl::DataLossError(absl::StrCat(where, ": must have at most ",
                                            FormatCount(kMostInputRows), " rows, got ",
                                            FormatCount(table->rows)));
  }
  const absl::string_view type = HeaderValue(header, "descr");
  const int64_t size = absl::StartsWith(type, "'<f4'")   ? 4
                       : absl::StartsWith(type, "'<f8'") ? 8
                       : absl::StartsWith(type, "'|u1'") ? 1
                                                         : 0;
  if (size == 0) {
    return absl::DataLossError(
        absl::StrCat(where, ": must be of float32, float64 or uint8, got ",
                     Printable(type.substr(0, std::min(type.find(','), size_t{20})))));
  }
  if (static_cast<int64_t>(data.size()) != table->rows * table->columns * size) return damaged;
  if (size == 4) TakeValues<float>(data, 1, &*table);
  if (size == 8) TakeValues<double>(data, 1, &*table);
  if (size == 1) TakeValues<uint8_t>(data, 1.0 / 255, &*table);
  for (size_t i = 0; i < table->values.size(); ++i) {
    if (!std::isfinite(table->values[i])) {
      const auto columns = static_cast<size_t>(table->columns);
      return absl::DataLossError(absl::StrCat(where, ": row ", i / columns + 1, ", column ",
                                              i % columns + 1, ": must be a finite number"));
    }
  }
  return *std::move(table);
}

}  // namespace

absl::StatusOr<InputTable> ParseNpzInputs(absl::string_view content, absl::string_view name) {
  const std::optional<std::vector<Entry>> entries = Entries(content);
  if (!entries) return absl::DataLossError(absl::StrCat(name, ": is no whole ZIP archive"));
  const Entry* chosen = entries->size() == 1 ? &entries->front() : nullptr;
  std::vector<std::string> names;
  for (const Entry& entry : *entries) {
    names.emplace_back(Printable(absl::StripSuffix(entry.name, ".npy")));
    if (entry.name == "x.npy") chosen = &entry;
  }
  if (chosen == nullptr) {
    names.resize(std::min<size_t>(names.size(), 10));
    return absl::DataLossError(absl::StrCat(name, ": must hold an array x, or only one, got ",
                                            names.empty() ? "none" : absl::StrJoin(names, ", ")));
  }
  const std::string where =
      absl::StrCat(name, ": array ", Printable(absl::StripSuffix(chosen->name, ".npy")));
  const absl::StatusOr<std::string> bytes = Unpacked(content, *chosen, where);
  if (!bytes.ok()) return bytes.status();
  return ParseArray(*bytes, where);
}

}  // namespace percept::cli
