#include "server/data/readers/stored_array.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "server/base/status.h"
#include "server/data/readers/sparse_rows.h"

namespace percept::data {
namespace {

constexpr absl::string_view kMagic = "\x93NUMPY";
constexpr int64_t kMaxHeaderBytes = 10'000;  // As NumPy itself has it.
constexpr int64_t kBufferBytes = 256 << 10;
constexpr int64_t kMaxPictureSide = 4096;

struct TypeName {
  absl::string_view code;
  ElementType type;
  int64_t size;
};

constexpr TypeName kTypes[] = {
    {"i1", ElementType::kInt8, 1},    {"i2", ElementType::kInt16, 2},
    {"i4", ElementType::kInt32, 4},   {"i8", ElementType::kInt64, 8},
    {"u1", ElementType::kUint8, 1},   {"u2", ElementType::kUint16, 2},
    {"u4", ElementType::kUint32, 4},  {"u8", ElementType::kUint64, 8},
    {"f4", ElementType::kFloat32, 4}, {"f8", ElementType::kFloat64, 8},
};

bool IsLabelType(ElementType type) { return type < ElementType::kFloat32; }
bool IsInputType(ElementType type) { return type == ElementType::kUint8 || !IsLabelType(type); }

// Sets the type, which must be `allowed`.
absl::Status SetType(StoredArray& array, bool (*allowed)(ElementType), absl::string_view rule) {
  const absl::string_view descr = array.header.descr;
  if (descr.size() >= 2 && descr[1] == 'O')
    return RefuseArray(array, "objects are pickled, and never read: store numbers");
  const auto found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName& type) {
    return descr.size() == 3 && descr.substr(1) == type.code && allowed(type.type) &&
           absl::StrContains("<>=|", descr.substr(0, 1));
  });
  if (found == std::end(kTypes))
    return RefuseArray(array, absl::StrCat(rule, ", got ", QuotedBytes(descr)));
  if (found->size > 1 && descr[0] != '<') {
    return RefuseArray(array,
                       absl::StrCat("must be little-endian, as \"<", found->code,
                                    "\" (see numpy.ndarray.astype), got ", QuotedBytes(descr)));
  }
  array.type = found->type;
  array.element_size = found->size;
  return absl::OkStatus();
}

// Reads the header, up to the first value.
absl::Status ReadHeader(StoredArray& array) {
  ZipMemberReader& contents = *array.contents;
  PERCEPT_RETURN_IF_ERROR(contents.Open());
  std::array<char, 8> start;
  if (contents.remaining() < static_cast<int64_t>(start.size()))
    return RefuseArray(array, "must be a .npy file, but has not even a header");
  PERCEPT_RETURN_IF_ERROR(contents.Read(start.data(), start.size()));
  if (!absl::StartsWith({start.data(), start.size()}, kMagic))
    return RefuseArray(array, "must be a .npy file, which begins with \\x93NUMPY");
  const int version = static_cast<uint8_t>(start[6]);
  if (version < 1 || version > 3) {
    return RefuseArray(array,
                       absl::StrCat("must have the format version 1, 2 or 3, got ", version));
  }
  std::array<char, 4> length_bytes = {};
  const int64_t length_size = version == 1 ? 2 : 4;
  if (contents.remaining() < length_size) return RefuseArray(array, "ends within its header");
  PERCEPT_RETURN_IF_ERROR(contents.Read(length_bytes.data(), length_size));
  int64_t length = 0;
  for (size_t place = length_bytes.size(); place-- > 0;) {
    length = (length << 8) | static_cast<uint8_t>(length_bytes[place]);
  }
  if (length > kMaxHeaderBytes || length > contents.remaining()) {
    return RefuseArray(array, absl::StrCat("its header must be at most ",
                                           std::min(kMaxHeaderBytes, contents.remaining()),
                                           " bytes long, got ", length));
  }
  std::string text(static_cast<size_t>(length), '\0');
  PERCEPT_RETURN_IF_ERROR(contents.Read(text.data(), length));
  absl::StatusOr<NpyHeader> header = ParseNpyHeader(text);
  if (!header.ok()) return Annotate(header.status(), array.where);
  array.header = *std::move(header);
  if (array.header.fortran_order && array.header.shape.size() != 1) {
    return RefuseArray(array,
                       "must be in C order (see numpy.ascontiguousarray), got Fortran order");
  }
  return absl::OkStatus();
}

// Holds the shape to the bytes that are there. D is set and at most kMaxInputs.
absl::Status CheckBytes(StoredArray& array) {
  array.rows = array.header.shape[0];
  const int64_t row_bytes = array.columns * array.element_size;
  const int64_t bytes = array.contents->remaining();
  if (array.rows > std::numeric_limits<int64_t>::max() / row_bytes ||
      array.rows * row_bytes != bytes) {
    return RefuseArray(
        array, absl::StrCat("its shape ", ShapeText(array.header.shape), " of ", array.element_size,
                            "-byte numbers must be all of its bytes, got ", bytes, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckInputs(StoredArray& array) {
  PERCEPT_RETURN_IF_ERROR(SetType(array, IsInputType, "must be of type uint8, float32 or float64"));
  const std::vector<int64_t>& shape = array.header.shape;
  const bool is_shape = shape.size() >= 2 && shape.size() <= 4 &&
                        (shape.size() < 4 || shape[3] == 1 || shape[3] == 3);
  if (!is_shape) {
    return RefuseArray(array, absl::StrCat("must have the shape (N, D), (N, H, W), (N, H, W, 1) or "
                                           "(N, H, W, 3), got ",
                                           ShapeText(shape)));
  }
  for (size_t place = 1; place < shape.size(); ++place) {
    // Neither factor is above kMaxInputs when they are multiplied.
    if (shape[place] < 1 || shape[place] > kMaxInputs ||
        array.columns * shape[place] > kMaxInputs) {
      return RefuseArray(array, absl::StrCat("an example must have 1 to ", kMaxInputs,
                                             " inputs, got the shape ", ShapeText(shape)));
    }
    array.columns *= shape[place];
  }
  PERCEPT_RETURN_IF_ERROR(CheckBytes(array));
  if (array.rows > kMaxPixels / array.columns) {
    return RefuseArray(array, absl::StrCat("must be at most ", kMaxPixels, " inputs together, got ",
                                           ShapeText(shape)));
  }
  return absl::OkStatus();
}

absl::Status CheckLabels(StoredArray& array) {
  PERCEPT_RETURN_IF_ERROR(SetType(
      array, IsLabelType, "must be of an integer type, such as int64 (see numpy.ndarray.astype)"));
  const std::vector<int64_t>& shape = array.header.shape;
  if (shape.size() != 1 && !(shape.size() == 2 && shape[1] == 1)) {
    return RefuseArray(array,
                       absl::StrCat("must have the shape (N,) or (N, 1), got ", ShapeText(shape)));
  }
  return CheckBytes(array);
}

absl::Status CheckPictures(StoredArray& array) {
  PERCEPT_RETURN_IF_ERROR(SetType(array, IsInputType, "must be of type uint8, float32 or float64"));
  const std::vector<int64_t>& shape = array.header.shape;
  const auto is_side = [](int64_t side) { return side >= 1 && side <= kMaxPictureSide; };
  if (shape.size() != 4 || shape[3] != 3 || !is_side(shape[1]) || !is_side(shape[2])) {
    return RefuseArray(array, absl::StrCat("must have the shape (N, H, W, 3), H and W at most ",
                                           kMaxPictureSide, ", got ", ShapeText(shape)));
  }
  array.columns = shape[1] * shape[2] * shape[3];
  return CheckBytes(array);
}

// The number at `bytes`, of an integer type; one that is too large for int64 becomes its largest.
int64_t LoadInteger(const char* bytes, ElementType type) {
  const auto load = [bytes](auto value) {
    std::memcpy(&value, bytes, sizeof(value));
    return value;
  };
  switch (type) {
    case ElementType::kInt8:
      return load(int8_t{});
    case ElementType::kInt16:
      return load(int16_t{});
    case ElementType::kInt32:
      return load(int32_t{});
    case ElementType::kInt64:
      return load(int64_t{});
    case ElementType::kUint8:
      return load(uint8_t{});
    case ElementType::kUint16:
      return load(uint16_t{});
    case ElementType::kUint32:
      return load(uint32_t{});
    case ElementType::kUint64:
      return static_cast<int64_t>(
          std::min<uint64_t>(load(uint64_t{}), std::numeric_limits<int64_t>::max()));
    default:
      return -1;
  }
}

double LoadFloat(const char* bytes, ElementType type) {
  if (type == ElementType::kFloat64) {
    double value;
    std::memcpy(&value, bytes, sizeof(value));
    return value;
  }
  float value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

absl::Status NotFinite(const StoredArray& array, size_t place, double value) {
  const auto columns = static_cast<size_t>(array.columns);
  const absl::string_view rule =
      std::isfinite(value) ? "must be finite as float32, got " : "must be a finite number, got ";
  return RefuseArray(array, absl::StrCat("row ", place / columns, ", column ", place % columns,
                                         ": ", rule, absl::StrFormat("%.9g", value)));
}

absl::StatusOr<std::vector<float>> ReadSingles(StoredArray& array) {
  std::vector<float> values(static_cast<size_t>(array.rows * array.columns));
  PERCEPT_RETURN_IF_ERROR(array.contents->Read(reinterpret_cast<char*>(values.data()),
                                               array.rows * array.columns * array.element_size));
  PERCEPT_RETURN_IF_ERROR(array.contents->Finish());
  for (size_t place = 0; place < values.size(); ++place) {
    if (!std::isfinite(values[place])) return NotFinite(array, place, values[place]);
  }
  return values;
}

absl::StatusOr<std::vector<float>> ReadDoubles(StoredArray& array) {
  std::vector<float> values;
  const auto total = static_cast<size_t>(array.rows * array.columns);
  values.reserve(total);
  std::vector<double> buffer(kBufferBytes / sizeof(double));
  while (values.size() < total) {
    const size_t count = std::min(total - values.size(), buffer.size());
    PERCEPT_RETURN_IF_ERROR(array.contents->Read(reinterpret_cast<char*>(buffer.data()),
                                                 static_cast<int64_t>(count * sizeof(double))));
    for (size_t place = 0; place < count; ++place) {
      const double value = buffer[place];
      if (!(std::abs(value) <= std::numeric_limits<float>::max()))
        return NotFinite(array, values.size(), value);
      values.push_back(static_cast<float>(value));
    }
  }
  PERCEPT_RETURN_IF_ERROR(array.contents->Finish());
  return values;
}

absl::StatusOr<StoredArray> Open(const InputFile& file, const ZipMember& member,
                                 absl::string_view name) {
  StoredArray array;
  array.where = absl::StrCat(file.name, ": ", name);
  array.contents = std::make_unique<ZipMemberReader>(file, member, name);
  PERCEPT_RETURN_IF_ERROR(ReadHeader(array));
  return array;
}

}  // namespace

absl::Status RefuseArray(const StoredArray& array, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(array.where, ": ", rule));
}

absl::StatusOr<StoredArray> OpenInputs(const InputFile& file, const ZipMember& member,
                                       absl::string_view name) {
  PERCEPT_ASSIGN_OR_RETURN(StoredArray array, Open(file, member, name));
  PERCEPT_RETURN_IF_ERROR(CheckInputs(array));
  return array;
}

absl::StatusOr<StoredArray> OpenLabels(const InputFile& file, const ZipMember& member,
                                       absl::string_view name) {
  PERCEPT_ASSIGN_OR_RETURN(StoredArray array, Open(file, member, name));
  PERCEPT_RETURN_IF_ERROR(CheckLabels(array));
  return array;
}

absl::StatusOr<StoredArray> OpenPictures(const InputFile& file, const ZipMember& member,
                                         absl::string_view name) {
  PERCEPT_ASSIGN_OR_RETURN(StoredArray array, Open(file, member, name));
  PERCEPT_RETURN_IF_ERROR(CheckPictures(array));
  return array;
}

absl::StatusOr<Image> ReadPicture(StoredArray& pictures, int64_t index) {
  const int64_t bytes = pictures.columns * pictures.element_size;
  PERCEPT_RETURN_IF_ERROR(pictures.contents->Skip(index * bytes));
  std::vector<char> stored(static_cast<size_t>(bytes));
  PERCEPT_RETURN_IF_ERROR(pictures.contents->Read(stored.data(), bytes));
  Image image = {*ImageShapeOf(pictures), {}};
  for (int64_t place = 0; place < pictures.columns; ++place) {
    const char* value = stored.data() + place * pictures.element_size;
    if (pictures.type == ElementType::kUint8) {
      image.pixels.push_back(static_cast<uint8_t>(*value));
      continue;
    }
    const double number = LoadFloat(value, pictures.type);
    if (!(number >= 0.0 && number <= 1.0)) {
      return RefuseArray(pictures, absl::StrCat("picture ", index, ": must be in [0, 1], got ",
                                                absl::StrFormat("%.9g", number)));
    }
    image.pixels.push_back(static_cast<uint8_t>(std::lround(number * 255.0)));
  }
  return image;
}

std::optional<ImageShape> ImageShapeOf(const StoredArray& inputs) {
  const std::vector<int64_t>& shape = inputs.header.shape;
  if (shape.size() == 2) return std::nullopt;
  return ImageShape{static_cast<int32_t>(shape[1]), static_cast<int32_t>(shape[2]),
                    static_cast<int32_t>(shape.size() == 4 ? shape[3] : 1)};
}

absl::StatusOr<std::vector<int32_t>> ReadLabels(StoredArray& array, int32_t end,
                                                absl::string_view reason) {
  std::vector<int32_t> labels;
  labels.reserve(static_cast<size_t>(array.rows));
  const int64_t size = array.element_size;
  std::vector<char> buffer(static_cast<size_t>(kBufferBytes));
  while (static_cast<int64_t>(labels.size()) < array.rows) {
    const int64_t count =
        std::min(array.rows - static_cast<int64_t>(labels.size()), kBufferBytes / size);
    PERCEPT_RETURN_IF_ERROR(array.contents->Read(buffer.data(), count * size));
    for (int64_t place = 0; place < count; ++place) {
      const int64_t label = LoadInteger(buffer.data() + place * size, array.type);
      if (label < 0 || label >= end) {
        return RefuseArray(array, absl::StrCat("row ", labels.size(), ": a label must be in [0, ",
                                               end - 1, "]", reason, ", got ", label));
      }
      labels.push_back(static_cast<int32_t>(label));
    }
  }
  PERCEPT_RETURN_IF_ERROR(array.contents->Finish());
  return labels;
}

absl::StatusOr<std::vector<float>> ReadFloats(StoredArray& inputs) {
  return inputs.type == ElementType::kFloat32 ? ReadSingles(inputs) : ReadDoubles(inputs);
}

absl::StatusOr<SparseBytes> ReadBytes(StoredArray& array, int64_t max_bytes,
                                      const ReadLimits& limits) {
  SparseRowsBuilder rows(array.rows, array.columns, max_bytes);
  const int64_t rows_per_read = std::max<int64_t>(1, kBufferBytes / array.columns);
  std::vector<char> buffer(
      static_cast<size_t>(std::min(array.rows, rows_per_read) * array.columns));
  for (int64_t done = 0; done < array.rows;) {
    const int64_t count = std::min(array.rows - done, rows_per_read);
    PERCEPT_RETURN_IF_ERROR(array.contents->Read(buffer.data(), count * array.columns));
    if (!rows.Append(buffer.data(), count)) return TooLargeForMemory(array.where, limits);
    done += count;
  }
  PERCEPT_RETURN_IF_ERROR(array.contents->Finish());
  return rows.Take();
}

}  // namespace percept::data
