#ifndef PERCEPT_TESTS_UNIT_DATA_NPZ_FILES_H_
#define PERCEPT_TESTS_UNIT_DATA_NPZ_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

// Makes archives such as NumPy's and such as it would never make, apart from what the product has
// for this.
namespace percept::testing {

// Raw little-endian bytes of numbers.
template <typename Number>
std::string BytesOf(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

// A .npy file of format version `version` with this dictionary.
std::string NpyFile(absl::string_view dictionary, absl::string_view bytes, int version = 1);

// The same, with `shape` as Python writes it, such as "(2, 3)".
std::string Npy(absl::string_view descr, absl::string_view shape, absl::string_view bytes);

// A member of a zip file, and what is to be odd about it.
struct ZipFileMember {
  std::string name;
  std::string contents;
  bool deflate = false;
  bool zip64_header = false;  // The local header's sizes stand in an extra field, as NumPy has it.
  bool sizes_follow = false;  // The local header has no sizes; they follow the member.
  uint16_t flags = 0;         // Further ones.
  int method = -1;            // Another than it has.
  int64_t size = -1;          // Another than it has, in the directory.
  int64_t compressed_size = -1;  // Likewise.
  int64_t offset = -1;           // Likewise.
  int64_t crc32 = -1;            // Likewise.
  std::string local_name = {};   // Another than it has, in the local header.
};

// The archive.
std::string ZipFile(absl::Span<const ZipFileMember> members, absl::string_view comment = "");

// The compressed bytes without any header (zlib's window bits of -15) or as a gzip file (31).
std::string Deflate(absl::string_view bytes, int window_bits);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_UNIT_DATA_NPZ_FILES_H_
