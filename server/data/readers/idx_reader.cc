#include "server/data/readers/idx_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include "server/base/digest.h"
#include "server/base/status.h"

namespace percept::data {
namespace {

constexpr uint32_t kImagesMagic = 0x00000803;
constexpr uint32_t kLabelsMagic = 0x00000801;
constexpr int64_t kMaxPixels = std::numeric_limits<uint32_t>::max();
constexpr int64_t kBufferBytes = 256 << 10;

absl::Status Malformed(const InputFile& file, int64_t offset, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(file.name, ": byte ", offset, ": ", rule));
}

uint32_t LoadBigEndian(const char* bytes) {
  uint32_t value = 0;
  for (int place = 0; place < 4; ++place) value = (value << 8) | static_cast<uint8_t>(bytes[place]);
  return value;
}

// Reads a file from its beginning and digests what it reads.
class DigestingReader {
 public:
  explicit DigestingReader(const InputFile& file) : file_(file) {}

  absl::StatusOr<int64_t> FileSize() {
    file_.in.seekg(0, std::ios::end);
    const int64_t size = file_.in.tellg();
    file_.in.seekg(0);
    if (!file_.in.good())
      return absl::UnavailableError(absl::StrCat(file_.name, ": cannot be read"));
    return size;
  }

  absl::Status Read(char* bytes, int64_t size) {
    file_.in.read(bytes, size);
    if (file_.in.bad()) {
      return absl::UnavailableError(
          absl::StrCat(file_.name, ": byte ", offset_, ": cannot be read"));
    }
    if (file_.in.gcount() != size) {
      return Malformed(file_, offset_ + file_.in.gcount(),
                       "the file ends before the values its header announces");
    }
    offset_ += size;
    digest_.Update({bytes, static_cast<size_t>(size)});
    return absl::OkStatus();
  }

  int64_t offset() const { return offset_; }
  const InputFile& file() const { return file_; }
  std::string HexDigest() { return digest_.HexDigest(); }

 private:
  const InputFile& file_;
  int64_t offset_ = 0;
  Sha256 digest_;
};

// Reads the header and holds the file's size to it.
template <size_t kDimensions>
absl::StatusOr<std::array<int64_t, kDimensions>> ReadHeader(DigestingReader& reader, uint32_t magic,
                                                            absl::string_view contents) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t file_size, reader.FileSize());
  std::array<char, 4 * (1 + kDimensions)> header;
  if (file_size < static_cast<int64_t>(header.size())) {
    return Malformed(reader.file(), file_size,
                     absl::StrCat("the file ends within its header of ", header.size(), " bytes"));
  }
  PERCEPT_RETURN_IF_ERROR(reader.Read(header.data(), header.size()));
  const uint32_t found = LoadBigEndian(header.data());
  if (found != magic) {
    return Malformed(reader.file(), 0,
                     absl::StrFormat("must be 0x%08x, for %s in IDX format, got 0x%08x", magic,
                                     contents, found));
  }
  std::array<int64_t, kDimensions> dimensions;
  for (size_t place = 0; place < kDimensions; ++place) {
    dimensions[place] = LoadBigEndian(header.data() + 4 * (place + 1));
  }
  return dimensions;
}

absl::Status CheckSize(DigestingReader& reader, int64_t values) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t file_size, reader.FileSize());
  const int64_t announced = reader.offset() + values;
  reader.file().in.seekg(reader.offset());
  if (file_size == announced) return absl::OkStatus();
  return Malformed(
      reader.file(), std::min(file_size, announced),
      absl::StrCat(file_size < announced ? "the file ends early" : "bytes follow the last value",
                   ": its header announces ", announced, " bytes, it has ", file_size));
}

absl::StatusOr<std::vector<int32_t>> ReadLabels(DigestingReader& reader, int32_t classes) {
  PERCEPT_ASSIGN_OR_RETURN(const auto dimensions, ReadHeader<1>(reader, kLabelsMagic, "labels"));
  const int64_t count = dimensions[0];
  PERCEPT_RETURN_IF_ERROR(CheckSize(reader, count));
  std::vector<int32_t> labels;
  labels.reserve(static_cast<size_t>(count));
  std::vector<char> buffer(static_cast<size_t>(std::min(count, kBufferBytes)));
  for (int64_t done = 0; done < count;) {
    const int64_t size = std::min(count - done, kBufferBytes);
    PERCEPT_RETURN_IF_ERROR(reader.Read(buffer.data(), size));
    for (int64_t place = 0; place < size; ++place) {
      const int32_t label = static_cast<uint8_t>(buffer[static_cast<size_t>(place)]);
      if (label >= classes) {
        return Malformed(reader.file(), reader.offset() - size + place,
                         absl::StrCat("a label must be in [0, ", classes - 1, "], got ", label));
      }
      labels.push_back(label);
    }
    done += size;
  }
  return labels;
}

// Appends the non-zero pixels of one row. `columns` and `values` have room for a whole row.
void AppendRow(const char* row, size_t inputs, std::vector<uint16_t>& columns,
               std::vector<uint8_t>& values, SparseBytes& rows) {
  constexpr size_t kWord = sizeof(uint64_t);
  size_t kept = 0;
  size_t column = 0;
  while (column < inputs) {
    if (inputs - column >= kWord) {
      uint64_t word;
      std::memcpy(&word, row + column, kWord);
      if (word == 0) {
        column += kWord;
        continue;
      }
    }
    const size_t end = std::min(column + kWord, inputs);
    for (; column < end; ++column) {
      // Always written, kept only when not zero: no branch to mispredict.
      columns[kept] = static_cast<uint16_t>(column);
      values[kept] = static_cast<uint8_t>(row[column]);
      kept += row[column] != 0 ? 1 : 0;
    }
  }
  rows.columns.insert(rows.columns.end(), columns.begin(),
                      columns.begin() + static_cast<ptrdiff_t>(kept));
  rows.values.insert(rows.values.end(), values.begin(),
                     values.begin() + static_cast<ptrdiff_t>(kept));
  rows.row_start.push_back(static_cast<uint32_t>(rows.values.size()));
}

// Makes room for the next `read_rows` rows, and, going by the rows so far, for those that follow:
// the arrays are allocated about once and hardly larger than they come to be.
void ReserveAhead(int64_t rows_done, int64_t count, int64_t read_bytes, SparseBytes& rows) {
  const size_t used = rows.values.size();
  if (rows.values.capacity() - used >= static_cast<size_t>(read_bytes)) return;
  const double per_row =
      rows_done == 0 ? 0.0 : static_cast<double>(used) / static_cast<double>(rows_done);
  const auto ahead = static_cast<size_t>(1.03 * per_row * static_cast<double>(count - rows_done));
  rows.values.reserve(used + std::max(ahead, static_cast<size_t>(read_bytes)));
  rows.columns.reserve(used + std::max(ahead, static_cast<size_t>(read_bytes)));
}

absl::StatusOr<SparseBytes> ReadRows(DigestingReader& reader, int64_t count, int64_t inputs) {
  SparseBytes rows;
  rows.row_start.reserve(static_cast<size_t>(count) + 1);
  const int64_t rows_per_read = std::max<int64_t>(1, kBufferBytes / inputs);
  std::vector<char> buffer(static_cast<size_t>(std::min(count, rows_per_read) * inputs));
  std::vector<uint16_t> columns(static_cast<size_t>(inputs));
  std::vector<uint8_t> values(static_cast<size_t>(inputs));
  for (int64_t done = 0; done < count;) {
    const int64_t read_rows = std::min(count - done, rows_per_read);
    PERCEPT_RETURN_IF_ERROR(reader.Read(buffer.data(), read_rows * inputs));
    ReserveAhead(done, count, read_rows * inputs, rows);
    for (int64_t row = 0; row < read_rows; ++row) {
      AppendRow(buffer.data() + row * inputs, static_cast<size_t>(inputs), columns, values, rows);
    }
    done += read_rows;
  }
  return rows;
}

}  // namespace

absl::StatusOr<IdxSplit> ReadIdx(const InputFile& images, const InputFile& labels,
                                 int32_t classes) {
  IdxSplit result;
  DigestingReader label_reader(labels);
  PERCEPT_ASSIGN_OR_RETURN(result.split.labels, ReadLabels(label_reader, classes));

  DigestingReader image_reader(images);
  PERCEPT_ASSIGN_OR_RETURN(const auto dimensions,
                           ReadHeader<3>(image_reader, kImagesMagic, "images"));
  const auto [count, height, width] = dimensions;
  if (count != static_cast<int64_t>(result.split.labels.size())) {
    return Malformed(images, 4,
                     absl::StrCat("must be the number of labels in ", labels.name, ", ",
                                  result.split.labels.size(), ", got ", count, " images"));
  }
  // Each at most 2^32 - 1, so that no product here overflows.
  if (height < 1 || width < 1 || height > kMaxInputs || width > kMaxInputs ||
      height * width > kMaxInputs) {
    return Malformed(images, 8,
                     absl::StrCat("an image must have 1 to ", kMaxInputs, " pixels, got ", height,
                                  " x ", width));
  }
  const int64_t inputs = height * width;
  if (count > kMaxPixels / inputs) {
    return Malformed(images, 4,
                     absl::StrCat("must be at most ", kMaxPixels / inputs, " images, got ", count));
  }
  PERCEPT_RETURN_IF_ERROR(CheckSize(image_reader, count * inputs));
  PERCEPT_ASSIGN_OR_RETURN(result.split.sparse, ReadRows(image_reader, count, inputs));

  result.split.examples = count;
  result.image_shape = {static_cast<int32_t>(height), static_cast<int32_t>(width), 1};
  result.images_sha256 = image_reader.HexDigest();
  result.labels_sha256 = label_reader.HexDigest();
  return result;
}

absl::StatusOr<Dataset> ReadIdxDataset(absl::Span<const InputFile> files,
                                       const ReadLimits& /*limits*/) {
  return absl::UnimplementedError(files.front().name);
}

}  // namespace percept::data
