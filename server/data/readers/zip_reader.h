#ifndef PERCEPT_SERVER_DATA_READERS_ZIP_READER_H_
#define PERCEPT_SERVER_DATA_READERS_ZIP_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/readers/inflater.h"
#include "server/data/readers/input_file.h"

// Reads zip files by their directory, which is what tells where members lie and how long they are.
namespace percept::data {

// A member as the directory describes it.
struct ZipMember {
  std::string name;
  bool is_deflated = false;
  uint32_t crc32 = 0;
  int64_t compressed_size = 0;
  int64_t size = 0;
  int64_t header_offset = 0;     // Of its local header.
  int64_t directory_offset = 0;  // Of the directory: members end before it.
};

// Calls `visit` for each member in the order of the directory, until it returns an error, which is
// then returned. InvalidArgument, naming file and rule, for what is no zip file or a zip64 one, for
// members that are encrypted or compressed otherwise than by deflation, and for sizes that the file
// cannot hold; Unavailable: cannot be read.
absl::Status ReadZipDirectory(const InputFile& file,
                              absl::FunctionRef<absl::Status(const ZipMember&)> visit);

// Reads the bytes of one member from its beginning. Several readers may take turns on a file.
class ZipMemberReader {
 public:
  // `file` must outlive it; `label` follows the file's name in every message.
  ZipMemberReader(const InputFile& file, const ZipMember& member, absl::string_view label);

  // Checks the local header. InvalidArgument; Unavailable.
  absl::Status Open();

  // Reads exactly `size` bytes. InvalidArgument, naming file and label: damaged, or the member has
  // fewer; Unavailable.
  absl::Status Read(char* bytes, int64_t size);

  // Passes over `size` bytes; quick where the member is not compressed. As `Read`. `Finish` finds
  // another CRC-32 then.
  absl::Status Skip(int64_t size);

  // To be called after the last byte: InvalidArgument where the member goes on or its CRC-32
  // differs.
  absl::Status Finish();

  int64_t remaining() const { return member_.size - offset_; }

 private:
  absl::Status Damaged(absl::string_view rule) const;
  absl::Status ReadStored(char* bytes, int64_t size);
  absl::Status ReadDeflated(char* bytes, int64_t size);
  absl::Status Refill();

  const InputFile& file_;
  const ZipMember member_;
  const std::string label_;
  int64_t place_ = 0;       // In the file, of the next byte to read.
  int64_t compressed_ = 0;  // Bytes of the member left to read from the file.
  int64_t offset_ = 0;      // In the decompressed member.
  uint32_t crc32_ = 0;
  std::unique_ptr<Inflater> inflater_;  // Of deflated members.
  std::vector<char> buffer_;
  absl::string_view input_;  // What the inflater has not taken of the buffer.
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_ZIP_READER_H_
