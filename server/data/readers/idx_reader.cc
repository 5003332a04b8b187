#include "server/data/readers/idx_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include "server/base/digest.h"
#include "server/base/status.h"
#include "server/data/readers/sparse_rows.h"

namespace percept::data {
namespace {

constexpr uint32_t kImagesMagic = 0x00000803;
constexpr uint32_t kLabelsMagic = 0x00000801;
constexpr int32_t kMaxByteClasses = 256;
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
  PERCEPT_ASSIGN_OR_RETURN(const int64_t file_size, FileSize(reader.file()));
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
  PERCEPT_ASSIGN_OR_RETURN(const int64_t file_size, FileSize(reader.file()));
  const int64_t announced = reader.offset() + values;
  reader.file().in.seekg(reader.offset());
  if (file_size == announced) return absl::OkStatus();
  return Malformed(
      reader.file(), std::min(file_size, announced),
      absl::StrCat(file_size < announced ? "the file ends early" : "bytes follow the last value",
                   ": its header announces ", announced, " bytes, it has ", file_size));
}

absl::StatusOr<std::vector<int32_t>> ReadLabels(DigestingReader& reader, int32_t classes,
                                                const ReadLimits& limits) {
  PERCEPT_ASSIGN_OR_RETURN(const auto dimensions, ReadHeader<1>(reader, kLabelsMagic, "labels"));
  const int64_t count = dimensions[0];
  PERCEPT_RETURN_IF_ERROR(CheckSize(reader, count));
  if (count > limits.content_bytes / static_cast<int64_t>(sizeof(int32_t)))
    return TooLargeForMemory(reader.file().name, limits);
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
                         absl::StrCat("row ", labels.size(), ": a label must be in [0, ",
                                      classes - 1, "], got ", label));
      }
      labels.push_back(label);
    }
    done += size;
  }
  return labels;
}

// Nothing where the rows take more than `max_bytes`.
absl::StatusOr<std::optional<SparseBytes>> ReadRows(DigestingReader& reader, int64_t count,
                                                    int64_t inputs, int64_t max_bytes) {
  SparseRowsBuilder rows(count, inputs, max_bytes);
  const int64_t rows_per_read = std::max<int64_t>(1, kBufferBytes / inputs);
  std::vector<char> buffer(static_cast<size_t>(std::min(count, rows_per_read) * inputs));
  for (int64_t done = 0; done < count;) {
    const int64_t read_rows = std::min(count - done, rows_per_read);
    PERCEPT_RETURN_IF_ERROR(reader.Read(buffer.data(), read_rows * inputs));
    if (!rows.Append(buffer.data(), read_rows)) return std::nullopt;
    done += read_rows;
  }
  return rows.Take();
}

// As `ReadIdx`, in `limits.content_bytes`.
absl::StatusOr<IdxSplit> ReadSplit(const InputFile& images, const InputFile& labels,
                                   int32_t classes, const ReadLimits& limits) {
  IdxSplit result;
  DigestingReader label_reader(labels);
  PERCEPT_ASSIGN_OR_RETURN(result.split.labels, ReadLabels(label_reader, classes, limits));

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
  const int64_t label_bytes = count * static_cast<int64_t>(sizeof(int32_t));
  PERCEPT_ASSIGN_OR_RETURN(
      std::optional<SparseBytes> sparse,
      ReadRows(image_reader, count, inputs, limits.content_bytes - label_bytes));
  if (!sparse.has_value()) return TooLargeForMemory(images.name, limits);
  result.split.sparse = *std::move(sparse);

  result.split.examples = count;
  result.image_shape = {static_cast<int32_t>(height), static_cast<int32_t>(width), 1};
  result.images_sha256 = image_reader.HexDigest();
  result.labels_sha256 = label_reader.HexDigest();
  return result;
}

absl::Status CheckSizes(absl::Span<const InputFile> files, const ReadLimits& limits) {
  int64_t total = 0;
  for (const InputFile& file : files) {
    PERCEPT_ASSIGN_OR_RETURN(const int64_t size, FileSize(file));
    total += size;
    PERCEPT_RETURN_IF_ERROR(CheckDecompressedSize(file.name, total, limits));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IdxSplit> ReadIdx(const InputFile& images, const InputFile& labels,
                                 int32_t classes) {
  ReadLimits unlimited;
  unlimited.content_bytes = std::numeric_limits<int64_t>::max();
  return ReadSplit(images, labels, classes, unlimited);
}

absl::StatusOr<Dataset> ReadIdxDataset(absl::Span<const InputFile> files,
                                       const ReadLimits& limits) {
  if (files.size() != 2 && files.size() != 4) {
    return absl::InvalidArgumentError(absl::StrCat(
        "files: must be 2 or 4: train images, train labels[, validation images, validation "
        "labels], got ",
        files.size()));
  }
  PERCEPT_RETURN_IF_ERROR(CheckSizes(files, limits));
  const InputFile& train_images = files[0];
  PERCEPT_ASSIGN_OR_RETURN(IdxSplit train,
                           ReadSplit(train_images, files[1], kMaxByteClasses, limits));
  Dataset dataset;
  dataset.is_sparse = true;
  dataset.image_shape = train.image_shape;
  dataset.inputs = train.image_shape.height * train.image_shape.width;
  dataset.split(SplitKind::kTrain) = std::move(train.split);
  PERCEPT_RETURN_IF_ERROR(SetClasses(train_images.name, dataset));
  if (files.size() == 2) return dataset;

  const InputFile& images = files[2];
  ReadLimits left = limits;
  left.content_bytes -= dataset.size_bytes();
  absl::StatusOr<IdxSplit> validation = ReadSplit(images, files[3], dataset.classes, left);
  if (absl::IsResourceExhausted(validation.status())) {
    return TooLargeForMemory(absl::StrCat(train_images.name, " and ", images.name), limits);
  }
  PERCEPT_RETURN_IF_ERROR(validation.status());
  if (validation->image_shape != train.image_shape) {
    return Malformed(
        images, 8,
        absl::StrCat("must be images as in ", train_images.name, ", ", train.image_shape.height,
                     " x ", train.image_shape.width, ", got ", validation->image_shape.height,
                     " x ", validation->image_shape.width));
  }
  dataset.split(SplitKind::kValidation) = std::move(validation->split);
  return dataset;
}

}  // namespace percept::data
