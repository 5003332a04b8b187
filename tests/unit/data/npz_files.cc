#include "tests/unit/data/npz_files.h"

#include "absl/strings/str_cat.h"
#include <zlib.h>

namespace percept::testing {
namespace {

constexpr uint16_t kSizesFollow = 8;

std::string Little(uint64_t value, int size) {
  std::string bytes;
  for (int place = 0; place < size; ++place)
    bytes.push_back(static_cast<char>(value >> (8 * place)));
  return bytes;
}

uint64_t Or(int64_t wanted, uint64_t real) {
  return wanted < 0 ? real : static_cast<uint64_t>(wanted);
}

}  // namespace

std::string NpyFile(absl::string_view dictionary, absl::string_view bytes, int version) {
  return absl::StrCat("\x93NUMPY", Little(static_cast<uint64_t>(version), 1), Little(0, 1),
                      Little(dictionary.size(), version == 1 ? 2 : 4), dictionary, bytes);
}

std::string Npy(absl::string_view descr, absl::string_view shape, absl::string_view bytes) {
  return NpyFile(absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape,
                              ", }          \n"),
                 bytes);
}

std::string Deflate(absl::string_view bytes, int window_bits) {
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string input(bytes);
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  deflate(&stream, Z_FINISH);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

std::string ZipFile(absl::Span<const ZipFileMember> members, absl::string_view comment) {
  std::string archive;
  std::string directory;
  for (const ZipFileMember& member : members) {
    const std::string stored = member.deflate ? Deflate(member.contents, -15) : member.contents;
    const uint64_t method = Or(member.method, member.deflate ? 8 : 0);
    const auto crc = static_cast<uint64_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(member.contents.data()), member.contents.size()));
    const std::string checked = Little(Or(member.crc32, crc), 4);
    const std::string sizes = Little(Or(member.compressed_size, stored.size()), 4) +
                              Little(Or(member.size, member.contents.size()), 4);
    const std::string version_to_date =
        Little(20, 2) + Little(member.flags | (member.sizes_follow ? kSizesFollow : 0), 2) +
        Little(method, 2) + Little(0, 2) + Little(33, 2);
    directory += "PK\x01\x02" + Little(20, 2) + version_to_date + checked + sizes +
                 Little(member.name.size(), 2) + Little(0, 2) + Little(0, 2) + Little(0, 2) +
                 Little(0, 2) + Little(0, 4) + Little(Or(member.offset, archive.size()), 4) +
                 member.name;

    const std::string name = member.local_name.empty() ? member.name : member.local_name;
    const std::string extra = member.zip64_header
                                  ? Little(1, 2) + Little(16, 2) +
                                        Little(member.contents.size(), 8) + Little(stored.size(), 8)
                                  : "";
    const std::string local_sizes = member.zip64_header   ? std::string(8, '\xff')
                                    : member.sizes_follow ? std::string(8, '\0')
                                                          : sizes;
    archive += "PK\x03\x04" + version_to_date + (member.sizes_follow ? Little(0, 4) : checked) +
               local_sizes + Little(name.size(), 2) + Little(extra.size(), 2) + name + extra +
               stored;
    if (member.sizes_follow) archive += "PK\x07\x08" + checked + sizes;
  }
  const std::string counts = Little(members.size(), 2) + Little(members.size(), 2);
  return archive + directory + "PK\x05\x06" + Little(0, 4) + counts + Little(directory.size(), 4) +
         Little(archive.size(), 4) + Little(comment.size(), 2) + std::string(comment);
}

}  // namespace percept::testing
