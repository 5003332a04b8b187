#ifndef PERCEPT_SERVER_DATA_ZIP_FORMAT_H_
#define PERCEPT_SERVER_DATA_ZIP_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// The parts of the zip file format (PKWARE's APPNOTE) that NumPy's archives use: each member behind
// a local header, then a directory with one record for each member, then the record of the end.
namespace percept::data {

inline constexpr uint32_t kZipLocalSignature = 0x04034b50;
inline constexpr uint32_t kZipDirectorySignature = 0x02014b50;
inline constexpr uint32_t kZipEndSignature = 0x06054b50;

// Sizes without the names, extra fields and comments that follow.
inline constexpr size_t kZipLocalBytes = 30;
inline constexpr size_t kZipDirectoryBytes = 46;
inline constexpr size_t kZipEndBytes = 22;

inline constexpr uint16_t kZipStored = 0;
inline constexpr uint16_t kZipDeflated = 8;

// Values that say that the number stands in a zip64 record.
inline constexpr uint16_t kZip64Short = 0xffff;
inline constexpr uint32_t kZip64Long = 0xffffffff;

// The little-endian number of `size` bytes at `offset`.
inline uint32_t LoadLittleEndian(absl::string_view bytes, size_t offset, size_t size) {
  uint32_t value = 0;
  for (size_t place = size; place > 0; --place) {
    value = (value << 8) | static_cast<uint8_t>(bytes[offset + place - 1]);
  }
  return value;
}
inline uint16_t LoadShort(absl::string_view bytes, size_t offset) {
  return static_cast<uint16_t>(LoadLittleEndian(bytes, offset, 2));
}
inline uint32_t LoadLong(absl::string_view bytes, size_t offset) {
  return LoadLittleEndian(bytes, offset, 4);
}

inline void AppendShort(uint16_t value, std::string& out) {
  out.push_back(static_cast<char>(value));
  out.push_back(static_cast<char>(value >> 8));
}
inline void AppendLong(uint32_t value, std::string& out) {
  AppendShort(static_cast<uint16_t>(value), out);
  AppendShort(static_cast<uint16_t>(value >> 16), out);
}

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_ZIP_FORMAT_H_
