#include "server/data/npz_writer.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include <zlib.h>

#include "server/base/status.h"
#include "server/data/readers/npy_header.h"
#include "server/data/zip_format.h"

namespace percept::data {
namespace {

constexpr uint16_t kVersion = 20;      // Of the zip format: 2.0.
constexpr uint16_t kTime = 0;          // Midnight
constexpr uint16_t kDate = 0x0021;     // of 1 January 1980, the first day there is.
constexpr size_t kAlignment = 64;      // Of an array's values in its file.
constexpr size_t kPreambleBytes = 10;  // Magic bytes, version, length of the dictionary.
constexpr int64_t kMaxBytes = int64_t{kZip64Long} - 1;

// An array whose values are written when their place is there.
struct Member {
  std::string name;
  std::string descr;
  std::vector<int64_t> shape;
  int64_t size_bytes = 0;
  std::function<void(char*)> write;  // Writes `size_bytes` bytes.
};

std::string FileName(const Member& member) { return absl::StrCat(member.name, ".npy"); }

std::string NpyPreamble(const Member& member) {
  std::string dictionary =
      absl::StrCat("{'descr': '", member.descr,
                   "', 'fortran_order': False, 'shape': ", ShapeText(member.shape), ", }");
  // Padded so that the values are aligned; a line's end comes last.
  const size_t used = kPreambleBytes + dictionary.size() + 1;
  dictionary.append((kAlignment - used % kAlignment) % kAlignment, ' ');
  dictionary.push_back('\n');
  std::string preamble = "\x93NUMPY";
  preamble.push_back(1);
  preamble.push_back(0);
  AppendShort(static_cast<uint16_t>(dictionary.size()), preamble);
  return preamble + dictionary;
}

// What a local header and the directory say alike: from the version to the length of the name.
std::string CommonFields(uint32_t crc, uint32_t size, size_t name_size) {
  std::string fields;
  AppendShort(kVersion, fields);
  AppendShort(0, fields);  // Flags.
  AppendShort(kZipStored, fields);
  AppendShort(kTime, fields);
  AppendShort(kDate, fields);
  AppendLong(crc, fields);
  AppendLong(size, fields);  // Compressed.
  AppendLong(size, fields);
  AppendShort(static_cast<uint16_t>(name_size), fields);
  AppendShort(0, fields);  // Length of the extra field.
  return fields;
}

std::string DirectoryRecord(const std::string& common, uint32_t offset, const std::string& name) {
  std::string record;
  AppendLong(kZipDirectorySignature, record);
  AppendShort(kVersion, record);  // Made by.
  record += common;
  AppendShort(0, record);  // Length of the comment.
  AppendShort(0, record);  // Disk.
  AppendShort(0, record);  // Internal attributes.
  AppendLong(0, record);   // External attributes.
  AppendLong(offset, record);
  return record + name;
}

std::string EndRecord(size_t members, uint32_t size, uint32_t offset) {
  std::string record;
  AppendLong(kZipEndSignature, record);
  AppendShort(0, record);  // This disk.
  AppendShort(0, record);  // The directory's.
  AppendShort(static_cast<uint16_t>(members), record);
  AppendShort(static_cast<uint16_t>(members), record);
  AppendLong(size, record);
  AppendLong(offset, record);
  AppendShort(0, record);  // Length of the comment.
  return record;
}

// Length of the archive, or nothing where it cannot be written.
absl::StatusOr<int64_t> ArchiveBytes(absl::Span<const Member> members) {
  int64_t total = kZipEndBytes;
  for (const Member& member : members) {
    total += static_cast<int64_t>(kZipLocalBytes + kZipDirectoryBytes +
                                  2 * FileName(member).size() + NpyPreamble(member).size());
    if (member.size_bytes > kMaxBytes || total + member.size_bytes > kMaxBytes) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "an NPZ file must be smaller than 4 GiB; with ", member.name, " it is more"));
    }
    total += member.size_bytes;
  }
  if (members.size() >= kZip64Short) {
    return absl::ResourceExhaustedError(absl::StrCat("an NPZ file must have fewer than ",
                                                     kZip64Short, " arrays, got ", members.size()));
  }
  return total;
}

absl::StatusOr<std::string> WriteArchive(absl::Span<const Member> members) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t total, ArchiveBytes(members));
  std::string archive;
  archive.reserve(static_cast<size_t>(total));
  std::string directory;
  for (const Member& member : members) {
    const std::string name = FileName(member);
    const std::string preamble = NpyPreamble(member);
    const size_t offset = archive.size();
    const size_t begin = offset + kZipLocalBytes + name.size();
    const size_t size = preamble.size() + static_cast<size_t>(member.size_bytes);
    // The values come first: their checksum stands before them.
    archive.resize(begin + size);
    std::memcpy(archive.data() + begin, preamble.data(), preamble.size());
    member.write(archive.data() + begin + preamble.size());
    const auto crc = static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(archive.data() + begin), size));
    const std::string common = CommonFields(crc, static_cast<uint32_t>(size), name.size());
    std::string header;
    AppendLong(kZipLocalSignature, header);
    header += common + name;
    std::memcpy(archive.data() + offset, header.data(), header.size());
    directory += DirectoryRecord(common, static_cast<uint32_t>(offset), name);
  }
  const auto directory_offset = static_cast<uint32_t>(archive.size());
  archive += directory;
  archive += EndRecord(members.size(), static_cast<uint32_t>(directory.size()), directory_offset);
  return archive;
}

template <typename Item>
Member MemberOf(std::string name, std::string descr, std::vector<int64_t> shape,
                const std::vector<Item>& items) {
  const auto size_bytes = static_cast<int64_t>(items.size() * sizeof(Item));
  return {std::move(name), std::move(descr), std::move(shape), size_bytes, [&items](char* out) {
            if (!items.empty()) std::memcpy(out, items.data(), items.size() * sizeof(Item));
          }};
}

// Writes rows with their zeros; `out` holds zeros.
void WriteRows(const SparseBytes& rows, int64_t inputs, char* out) {
  for (size_t row = 0; row + 1 < rows.row_start.size(); ++row) {
    for (size_t place = rows.row_start[row]; place < rows.row_start[row + 1]; ++place) {
      out[static_cast<int64_t>(row) * inputs + rows.columns[place]] =
          static_cast<char>(rows.values[place]);
    }
  }
}

Member InputsOf(const Dataset& dataset, SplitKind kind) {
  const Split& split = dataset.split(kind);
  std::vector<int64_t> shape = {split.examples};
  if (!dataset.image_shape.has_value()) {
    shape.push_back(dataset.inputs);
  } else {
    shape.push_back(dataset.image_shape->height);
    shape.push_back(dataset.image_shape->width);
    if (dataset.image_shape->channels != 1) shape.push_back(dataset.image_shape->channels);
  }
  const std::string name = absl::StrCat("x_", SplitName(kind));
  if (!dataset.is_sparse) return MemberOf(name, "<f4", std::move(shape), split.dense);
  const int64_t inputs = dataset.inputs;
  return {name, "|u1", std::move(shape), split.examples * inputs,
          [&split, inputs](char* out) { WriteRows(split.sparse, inputs, out); }};
}

}  // namespace

absl::StatusOr<std::string> WriteNpz(absl::Span<const NpyArray> arrays) {
  std::vector<Member> members;
  members.reserve(arrays.size());
  for (const NpyArray& array : arrays) {
    members.push_back({array.name, array.descr, array.shape,
                       static_cast<int64_t>(array.bytes.size()), [&array](char* out) {
                         if (!array.bytes.empty())
                           std::memcpy(out, array.bytes.data(), array.bytes.size());
                       }});
  }
  return WriteArchive(members);
}

absl::StatusOr<std::string> WriteDatasetNpz(const Dataset& dataset, bool include_test) {
  std::vector<Member> members;
  for (const SplitKind kind : {SplitKind::kTrain, SplitKind::kValidation, SplitKind::kTest}) {
    const Split& split = dataset.split(kind);
    if (split.examples == 0 || (kind == SplitKind::kTest && !include_test)) continue;
    members.push_back(InputsOf(dataset, kind));
    members.push_back(
        MemberOf(absl::StrCat("y_", SplitName(kind)), "<i4", {split.examples}, split.labels));
  }
  return WriteArchive(members);
}

}  // namespace percept::data
