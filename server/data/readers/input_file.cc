#include "server/data/readers/input_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/readers/inflater.h"

namespace percept::data {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

// Length of the printable character of UTF-8 that `bytes` begin with; 0 where there is none.
size_t PrintableLength(absl::string_view bytes) {
  const auto byte = [bytes](size_t place) { return static_cast<uint8_t>(bytes[place]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return 0;
  for (size_t place = 1; place < length; ++place) {
    if ((byte(place) & 0xc0) != 0x80) return 0;
  }
  const bool is_overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool is_surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool is_too_large = first == 0xf4 && byte(1) >= 0x90;
  const bool is_control = first == 0xc2 && byte(1) < 0xa0;
  return is_overlong || is_surrogate || is_too_large || is_control ? 0 : length;
}

// The label of the split that is not in [0, end), if there is one.
std::optional<size_t> FindLabelOutside(const std::vector<int32_t>& labels, int32_t end) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [end](int32_t label) { return label < 0 || label >= end; });
  if (found == labels.end()) return std::nullopt;
  return static_cast<size_t>(found - labels.begin());
}

}  // namespace

absl::StatusOr<int64_t> FileSize(const InputFile& file) {
  if (!file.in.bad()) file.in.clear();
  file.in.seekg(0, std::ios::end);
  const int64_t size = file.in.tellg();
  file.in.seekg(0);
  if (!file.in.good()) return absl::UnavailableError(absl::StrCat(file.name, ": cannot be read"));
  return size;
}

bool IsPrintable(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t length = PrintableLength(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string QuotedBytes(absl::string_view bytes) {
  return Quoted(IsPrintable(bytes) ? std::string(bytes) : absl::CHexEscape(bytes.substr(0, 120)));
}

absl::Status TooLargeForMemory(absl::string_view what, const ReadLimits& limits) {
  return absl::ResourceExhaustedError(
      absl::StrCat(what, ": must take at most ", limits.content_bytes, " bytes in memory"));
}

absl::Status CheckDecompressedSize(absl::string_view what, int64_t size, const ReadLimits& limits) {
  if (size <= limits.decompressed_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(what, ": must be at most ",
                                                   limits.decompressed_bytes,
                                                   " bytes once decompressed, got ", size));
}

bool IsGzip(const InputFile& file) {
  std::array<char, 2> magic = {};
  file.in.clear();
  file.in.seekg(0);
  file.in.read(magic.data(), magic.size());
  const bool found = file.in.good() && magic[0] == '\x1f' && magic[1] == '\x8b';
  file.in.clear();
  file.in.seekg(0);
  return found;
}

absl::StatusOr<int64_t> Gunzip(const InputFile& file, std::ostream& out, int64_t max_bytes) {
  PERCEPT_RETURN_IF_ERROR(FileSize(file).status());
  Inflater inflater(Inflater::Format::kGzip);
  std::vector<char> in_buffer(kBufferBytes);
  std::vector<char> out_buffer(kBufferBytes);
  absl::string_view input;
  int64_t read = 0;
  int64_t length = 0;
  while (true) {
    if (input.empty()) {
      file.in.read(in_buffer.data(), static_cast<std::streamsize>(in_buffer.size()));
      if (file.in.bad()) {
        return absl::UnavailableError(absl::StrCat(file.name, ": byte ", read, ": cannot be read"));
      }
      input = {in_buffer.data(), static_cast<size_t>(file.in.gcount())};
      read += file.in.gcount();
    }
    if (inflater.ended()) {
      if (input.empty()) return length;
      inflater.Restart();  // Another member.
    }
    const bool at_end = input.empty();
    const std::optional<size_t> written =
        inflater.Inflate(input, out_buffer.data(), out_buffer.size());
    if (!written.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.name, ": must be a gzip file, but is damaged before byte ", read));
    }
    length += static_cast<int64_t>(*written);
    if (length > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(file.name, ": must be at most ", max_bytes,
                                                       " bytes once decompressed, and is more"));
    }
    out.write(out_buffer.data(), static_cast<std::streamsize>(*written));
    if (!out.good()) {
      return absl::UnavailableError(
          absl::StrCat(file.name, ": byte ", length, " of what it holds cannot be written"));
    }
    if (at_end && *written == 0 && !inflater.ended()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.name, ": must be a gzip file, but ends early, at byte ", read));
    }
  }
}

absl::Status SetClasses(const std::string& file_name, Dataset& dataset) {
  const std::vector<int32_t>& train = dataset.split(SplitKind::kTrain).labels;
  if (train.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_name, ": train: must have examples, got none"));
  }
  if (const auto row = FindLabelOutside(train, kMaxClasses); row.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(file_name, ": train: row ", *row,
                                                   ": a label must be in [0, ", kMaxClasses - 1,
                                                   "], got ", train[*row]));
  }
  dataset.classes = *std::max_element(train.begin(), train.end()) + 1;
  for (const SplitKind kind : {SplitKind::kValidation, SplitKind::kTest}) {
    const std::vector<int32_t>& labels = dataset.split(kind).labels;
    if (const auto row = FindLabelOutside(labels, dataset.classes); row.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          file_name, ": ", SplitName(kind), ": row ", *row, ": a label must be in [0, ",
          dataset.classes - 1, "], as in training, got ", labels[*row]));
    }
  }
  return absl::OkStatus();
}

}  // namespace percept::data
