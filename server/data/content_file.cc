#include "server/data/content_file.h"

#include <fcntl.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/base/id.h"
#include "server/base/status.h"
#include "server/data/disk.h"

namespace percept::data {
namespace {

// A header, and after it for each split its labels and inputs: as numbers lie in memory.
static_assert(std::endian::native == std::endian::little, "content files are little-endian");

constexpr char kMagic[8] = {'p', 'e', 'r', 'c', 'e', 'p', 't', '\n'};
constexpr uint32_t kVersion = 1;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t is_sparse;
  int32_t inputs;
  int32_t classes;
  int32_t image_height;  // 0, and those below too, where there is no picture.
  int32_t image_width;
  int32_t image_channels;
  uint32_t reserved;
  uint64_t examples[kSplitCount];
  uint64_t pixels[kSplitCount];  // Entries of the sparse rows.
};
static_assert(sizeof(Header) == 88 && std::is_trivially_copyable_v<Header>);

Header HeaderOf(const Dataset& dataset) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.is_sparse = dataset.is_sparse ? 1 : 0;
  header.inputs = dataset.inputs;
  header.classes = dataset.classes;
  const ImageShape shape = dataset.image_shape.value_or(ImageShape{});
  header.image_height = shape.height;
  header.image_width = shape.width;
  header.image_channels = shape.channels;
  for (size_t split = 0; split < kSplitCount; ++split) {
    header.examples[split] = static_cast<uint64_t>(dataset.splits[split].examples);
    header.pixels[split] = dataset.splits[split].sparse.values.size();
  }
  return header;
}

// Calls `visit` for each array of a split in the file's order, with the length the header gives it.
template <typename AnySplit, typename Visit>
absl::Status VisitArrays(const Header& header, size_t number, AnySplit& split, Visit visit) {
  const uint64_t examples = header.examples[number];
  PERCEPT_RETURN_IF_ERROR(visit(split.labels, examples));
  if (header.is_sparse == 0)
    return visit(split.dense, examples * static_cast<uint64_t>(header.inputs));
  PERCEPT_RETURN_IF_ERROR(visit(split.sparse.row_start, examples + 1));
  PERCEPT_RETURN_IF_ERROR(visit(split.sparse.columns, header.pixels[number]));
  return visit(split.sparse.values, header.pixels[number]);
}

absl::Status Damaged(const std::string& path, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, ": ", what));
}

// The size that a file of this header has.
absl::uint128 FileSize(const Header& header) {
  absl::uint128 size = sizeof(Header);
  for (size_t split = 0; split < kSplitCount; ++split) {
    const absl::uint128 examples = header.examples[split];
    size += examples * sizeof(int32_t);
    if (header.is_sparse == 0) {
      size += examples * static_cast<uint64_t>(header.inputs) * sizeof(float);
    } else {
      size += (examples + 1) * sizeof(uint32_t) +
              absl::uint128(header.pixels[split]) * (sizeof(uint16_t) + sizeof(uint8_t));
    }
  }
  return size;
}

absl::Status CheckHeader(const std::string& path, const Header& header, int64_t file_size) {
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0)
    return Damaged(path, "does not begin as the content of a data set");
  if (header.version != kVersion)
    return Damaged(path, absl::StrCat("must be of version ", kVersion, ", got ", header.version));
  if (header.is_sparse > 1 || header.inputs < 0 || header.classes < 0)
    return Damaged(path, "has a damaged header");
  if (FileSize(header) != static_cast<uint64_t>(file_size)) {
    return Damaged(path, absl::StrCat("has ", file_size, " bytes, other than its header says"));
  }
  return absl::OkStatus();
}

absl::Status WriteWhole(const std::string& path, const Dataset& dataset) {
  PERCEPT_ASSIGN_OR_RETURN(const OpenFile file, OpenFile::Open(path, O_WRONLY | O_CREAT | O_EXCL));
  const Header header = HeaderOf(dataset);
  PERCEPT_RETURN_IF_ERROR(file.Write(0, {reinterpret_cast<const char*>(&header), sizeof(header)}));
  int64_t offset = sizeof(header);
  const auto write = [&file, &offset](const auto& items, uint64_t /*length*/) -> absl::Status {
    const absl::string_view bytes(reinterpret_cast<const char*>(items.data()),
                                  items.size() * sizeof(items[0]));
    offset += static_cast<int64_t>(bytes.size());
    return file.Write(offset - static_cast<int64_t>(bytes.size()), bytes);
  };
  for (size_t number = 0; number < kSplitCount; ++number)
    PERCEPT_RETURN_IF_ERROR(VisitArrays(header, number, dataset.splits[number], write));
  return file.Sync();
}

}  // namespace

absl::Status WriteContentFile(const std::string& path, const Dataset& dataset) {
  const std::string draft = absl::StrCat(path, ".", NewId());
  absl::Status status = WriteWhole(draft, dataset);
  if (status.ok() && std::rename(draft.c_str(), path.c_str()) != 0)
    status = DiskError(errno, path, "cannot be written");
  if (!status.ok()) {
    RemoveAll(draft).IgnoreError();
    return status;
  }
  return SyncFolder(std::filesystem::path(path).parent_path().string());
}

absl::StatusOr<Dataset> ReadContentFile(const std::string& path) {
  if (std::error_code error; !std::filesystem::exists(path, error) && !error)
    return Damaged(path, "is not there");
  PERCEPT_ASSIGN_OR_RETURN(const OpenFile file, OpenFile::Open(path, O_RDONLY));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t size, file.Size());
  if (size < static_cast<int64_t>(sizeof(Header))) return Damaged(path, "ends within its header");
  Header header;
  PERCEPT_RETURN_IF_ERROR(file.Read(0, reinterpret_cast<char*>(&header), sizeof(header)));
  PERCEPT_RETURN_IF_ERROR(CheckHeader(path, header, size));

  Dataset dataset;
  dataset.inputs = header.inputs;
  dataset.classes = header.classes;
  dataset.is_sparse = header.is_sparse == 1;
  if (header.image_height != 0)
    dataset.image_shape = {header.image_height, header.image_width, header.image_channels};
  int64_t offset = sizeof(header);
  const auto read = [&file, &offset](auto& items, uint64_t length) -> absl::Status {
    items.resize(length);
    const auto bytes = static_cast<int64_t>(length * sizeof(items[0]));
    offset += bytes;
    return file.Read(offset - bytes, reinterpret_cast<char*>(items.data()), bytes);
  };
  for (size_t number = 0; number < kSplitCount; ++number) {
    dataset.splits[number].examples = static_cast<int64_t>(header.examples[number]);
    PERCEPT_RETURN_IF_ERROR(VisitArrays(header, number, dataset.splits[number], read));
  }
  // What the header says beyond need, such as a width without a height, must be as written too.
  const Header expected = HeaderOf(dataset);
  if (std::memcmp(&expected, &header, sizeof(header)) != 0)
    return Damaged(path, "has a damaged header");
  return dataset;
}

}  // namespace percept::data
