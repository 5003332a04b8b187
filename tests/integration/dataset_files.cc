#include "tests/integration/dataset_files.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include <zlib.h>

namespace percept::testing {
namespace {

void AppendBigEndian(uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void AppendLittleEndian(uint64_t value, int bytes, std::string& out) {
  for (int place = 0; place < bytes; ++place) out.push_back(static_cast<char>(value >> 8 * place));
}

// What zlib makes of the bytes; `window_bits` as deflateInit2 takes them.
std::string Deflate(const std::string& bytes, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    std::abort();
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// What the two headers of a zip entry have in common, from the version needed on.
std::string ZipFields(const ZipEntry& entry, const std::string& stored) {
  std::string fields;
  AppendLittleEndian(20, 2, fields);                      // Version.
  AppendLittleEndian(0, 2, fields);                       // Flags.
  AppendLittleEndian(entry.deflated ? 8 : 0, 2, fields);  // Method.
  AppendLittleEndian(0x00210000, 4, fields);              // Midnight, 1 January 1980.
  AppendLittleEndian(crc32(0, reinterpret_cast<const Bytef*>(entry.bytes.data()),
                           static_cast<uInt>(entry.bytes.size())),
                     4, fields);
  AppendLittleEndian(stored.size(), 4, fields);
  AppendLittleEndian(entry.bytes.size(), 4, fields);
  AppendLittleEndian(entry.name.size(), 2, fields);
  AppendLittleEndian(0, 2, fields);  // No extra field.
  return fields;
}

}  // namespace

std::string IdxImages(uint32_t count, uint32_t height, uint32_t width, const std::string& pixels) {
  std::string file("\0\0\x08\x03", 4);
  for (const uint32_t extent : {count, height, width}) AppendBigEndian(extent, file);
  return file + pixels;
}

std::string IdxLabels(const std::string& labels) {
  std::string file("\0\0\x08\x01", 4);
  AppendBigEndian(static_cast<uint32_t>(labels.size()), file);
  return file + labels;
}

std::string Gzip(const std::string& bytes) {
  constexpr int kGzipWindowBits = 15 + 16;
  return Deflate(bytes, kGzipWindowBits);
}

std::string Zip(const std::vector<ZipEntry>& entries) {
  constexpr int kRawWindowBits = -15;
  std::string archive;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    const std::string stored = entry.deflated ? Deflate(entry.bytes, kRawWindowBits) : entry.bytes;
    const std::string fields = ZipFields(entry, stored);
    const size_t offset = archive.size();
    absl::StrAppend(&archive, "PK\x03\x04", fields, entry.name, stored);
    std::string tail;
    AppendLittleEndian(0, 2, tail);  // No comment,
    AppendLittleEndian(0, 2, tail);  // disk 0,
    AppendLittleEndian(0, 2, tail);  // and no attributes within,
    AppendLittleEndian(0, 4, tail);  // or without.
    AppendLittleEndian(offset, 4, tail);
    absl::StrAppend(&directory, "PK\x01\x02", std::string("\x14\0", 2), fields, tail, entry.name);
  }
  std::string end = "PK\x05\x06";
  AppendLittleEndian(0, 4, end);  // Disks.
  AppendLittleEndian(entries.size(), 2, end);
  AppendLittleEndian(entries.size(), 2, end);
  AppendLittleEndian(directory.size(), 4, end);
  AppendLittleEndian(archive.size(), 4, end);
  AppendLittleEndian(0, 2, end);  // No comment.
  return archive + directory + end;
}

std::string Npy(const std::string& dictionary, const std::string& bytes) {
  std::string file("\x93NUMPY\x01\0", 8);
  AppendLittleEndian(dictionary.size() + 1, 2, file);
  return absl::StrCat(file, dictionary, "\n", bytes);
}

std::string NpyDictionary(const std::string& descr, const std::string& shape) {
  return absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape, ", }");
}

std::string NpyFloats(const std::string& shape, const std::vector<float>& values) {
  return Npy(NpyDictionary("<f4", shape),
             std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size()));
}

std::string NpyLabels(const std::vector<int64_t>& labels) {
  return Npy(NpyDictionary("<i8", absl::StrCat("(", labels.size(), ",)")),
             std::string(reinterpret_cast<const char*>(labels.data()), 8 * labels.size()));
}

std::string NpyBytes(const std::string& shape, const std::string& values) {
  return Npy(NpyDictionary("|u1", shape), values);
}

}  // namespace percept::testing
