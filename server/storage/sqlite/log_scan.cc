#include "server/storage/sqlite/log_scan.h"

#include <fcntl.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/string_view.h"

#include "server/base/status.h"
#include "server/data/disk.h"

namespace percept::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "bytes are swapped where others are not");

constexpr int64_t kHeaderBytes = 32;
constexpr int64_t kFrameHeaderBytes = 24;
constexpr uint32_t kMagic = 0x377f0682;  // Plus 1 where checksums are over big-endian words.
constexpr uint32_t kSmallestPage = 512;
constexpr uint32_t kLargestPage = 65536;

uint32_t LoadBigEndian(const char* bytes) {
  uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return __builtin_bswap32(word);
}

uint64_t LoadSalts(const char* bytes) {
  return uint64_t{LoadBigEndian(bytes)} << 32 | LoadBigEndian(bytes + 4);
}

// The running checksum of a log's header and frames.
class LogChecksum {
 public:
  explicit LogChecksum(bool is_big_endian) : is_big_endian_(is_big_endian) {}

  // A multiple of 8 bytes.
  void Add(absl::string_view bytes) {
    for (size_t offset = 0; offset < bytes.size(); offset += 8) {
      first_ += Word(bytes.data() + offset) + second_;
      second_ += Word(bytes.data() + offset + 4) + first_;
    }
  }

  // Whether it is the one stored at `bytes`.
  bool Matches(const char* bytes) const {
    return LoadBigEndian(bytes) == first_ && LoadBigEndian(bytes + 4) == second_;
  }

 private:
  uint32_t Word(const char* bytes) const {
    const uint32_t word = LoadBigEndian(bytes);
    return is_big_endian_ ? word : __builtin_bswap32(word);
  }

  const bool is_big_endian_;
  uint32_t first_ = 0;
  uint32_t second_ = 0;
};

// Reads the frames behind a header that is whole.
absl::Status ScanFrames(const data::OpenFile& file, int64_t file_bytes, int64_t page_bytes,
                        LogChecksum checksum, int64_t enough, LogScan& scan) {
  const int64_t frame_bytes = kFrameHeaderBytes + page_bytes;
  std::string frame(static_cast<size_t>(frame_bytes), '\0');
  for (int64_t frames = 1; scan.committed < enough; ++frames) {
    const int64_t end_bytes = kHeaderBytes + frames * frame_bytes;
    if (end_bytes > file_bytes) break;
    PERCEPT_RETURN_IF_ERROR(file.Read(end_bytes - frame_bytes, frame.data(), frame_bytes));
    checksum.Add(absl::string_view(frame).substr(0, 8));
    checksum.Add(absl::string_view(frame).substr(kFrameHeaderBytes));
    if (LoadSalts(frame.data() + 8) != scan.salts || !checksum.Matches(frame.data() + 16)) break;
    const bool is_commit = LoadBigEndian(frame.data() + 4) != 0;
    if (!is_commit) continue;
    scan.committed = frames;
    scan.end_bytes = end_bytes;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LogScan> ScanLog(const std::string& log_path, int64_t enough) {
  LogScan scan;
  std::error_code error;
  if (!std::filesystem::exists(log_path, error)) return scan;
  PERCEPT_ASSIGN_OR_RETURN(const data::OpenFile file, data::OpenFile::Open(log_path, O_RDONLY));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t file_bytes, file.Size());
  if (file_bytes < kHeaderBytes) return scan;
  char header[kHeaderBytes];
  PERCEPT_RETURN_IF_ERROR(file.Read(0, header, kHeaderBytes));
  const uint32_t magic = LoadBigEndian(header);
  const uint32_t page_bytes = LoadBigEndian(header + 8);
  LogChecksum checksum(magic == kMagic + 1);
  checksum.Add({header, 24});
  if ((magic != kMagic && magic != kMagic + 1) || !checksum.Matches(header + 24) ||
      page_bytes < kSmallestPage || page_bytes > kLargestPage || !std::has_single_bit(page_bytes)) {
    return scan;
  }
  scan.salts = LoadSalts(header + 16);
  scan.end_bytes = kHeaderBytes;
  PERCEPT_RETURN_IF_ERROR(ScanFrames(file, file_bytes, page_bytes, checksum, enough, scan));
  return scan;
}

}  // namespace percept::storage
