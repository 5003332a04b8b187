#include "server/data/readers/zip_reader.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include <zlib.h>

#include "server/base/status.h"
#include "server/data/zip_format.h"

namespace percept::data {
namespace {

constexpr int64_t kMaxCommentBytes = 0xffff;
constexpr int64_t kBufferBytes = 64 << 10;
// Deflation makes of 258 bytes no less than 2 bits, so that a member cannot be longer than this.
constexpr int64_t kMaxDeflation = 1032;
constexpr uint16_t kEncryptedFlags = 0x2041;  // Also strongly, also the directory.

absl::Status NotAnArchive(const InputFile& file, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(file.name, ": must be a zip file: ", rule));
}

absl::Status IsZip64(const InputFile& file) {
  return NotAnArchive(file, "zip64, for members of 4 GiB and more, is not supported");
}

absl::Status CannotBeRead(const InputFile& file, int64_t offset) {
  return absl::UnavailableError(absl::StrCat(file.name, ": byte ", offset, ": cannot be read"));
}

// The bytes at `offset`, which the file has.
absl::Status ReadAt(const InputFile& file, int64_t offset, int64_t size, char* bytes) {
  if (file.in.bad()) return CannotBeRead(file, offset);
  file.in.clear();
  file.in.seekg(offset);
  file.in.read(bytes, size);
  if (!file.in.good() || file.in.gcount() != size) return CannotBeRead(file, offset);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadStringAt(const InputFile& file, int64_t offset, int64_t size) {
  std::string bytes(static_cast<size_t>(size), '\0');
  PERCEPT_RETURN_IF_ERROR(ReadAt(file, offset, size, bytes.data()));
  return bytes;
}

struct Directory {
  int64_t offset = 0;
  int64_t end = 0;
  int64_t members = 0;
};

absl::StatusOr<Directory> FindDirectory(const InputFile& file) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t file_size, FileSize(file));
  constexpr int64_t kEnd = kZipEndBytes;
  if (file_size < kEnd)
    return NotAnArchive(file, absl::StrCat("it has only ", file_size, " bytes"));
  const int64_t tail_size = std::min(file_size, kEnd + kMaxCommentBytes);
  PERCEPT_ASSIGN_OR_RETURN(const std::string tail,
                           ReadStringAt(file, file_size - tail_size, tail_size));
  // The record of the end is followed by a comment whose length it tells.
  std::optional<size_t> found;
  for (size_t place = tail.size() - kZipEndBytes + 1; place-- > 0 && !found.has_value();) {
    if (LoadLong(tail, place) == kZipEndSignature &&
        place + kZipEndBytes + LoadShort(tail, place + 20) == tail.size()) {
      found = place;
    }
  }
  if (!found.has_value()) return NotAnArchive(file, "its end has no record of the directory");
  const absl::string_view record = absl::string_view(tail).substr(*found, kZipEndBytes);
  const int64_t record_offset = file_size - tail_size + static_cast<int64_t>(*found);

  const uint16_t members = LoadShort(record, 10);
  const uint32_t size = LoadLong(record, 12);
  const uint32_t offset = LoadLong(record, 16);
  if (members == kZip64Short || size == kZip64Long || offset == kZip64Long) return IsZip64(file);
  if (LoadShort(record, 4) != 0 || LoadShort(record, 6) != 0 || LoadShort(record, 8) != members)
    return NotAnArchive(file, "archives in several parts are not supported");
  Directory directory;
  directory.offset = offset;
  directory.end = int64_t{offset} + size;
  directory.members = members;
  if (directory.end > record_offset) {
    return NotAnArchive(file, absl::StrCat("its directory, ", size, " bytes from byte ", offset,
                                           " on, must end before byte ", record_offset));
  }
  return directory;
}

// Checks what the directory says of a member.
absl::Status CheckMember(const InputFile& file, const ZipMember& member, uint16_t flags,
                         uint16_t method) {
  const std::string name = QuotedBytes(member.name);
  if ((flags & kEncryptedFlags) != 0)
    return NotAnArchive(file, absl::StrCat("its member ", name, " is encrypted"));
  if (method != kZipStored && method != kZipDeflated) {
    return NotAnArchive(
        file, absl::StrCat("its member ", name, " must be stored (0) or deflated (8), got method ",
                           method));
  }
  for (const int64_t number : {member.compressed_size, member.size, member.header_offset}) {
    if (number == kZip64Long) return IsZip64(file);
  }
  if (member.header_offset + static_cast<int64_t>(kZipLocalBytes) + member.compressed_size >
      member.directory_offset) {
    return NotAnArchive(
        file, absl::StrCat("its member ", name, ", ", member.compressed_size, " bytes from byte ",
                           member.header_offset, " on, must end before its directory, at byte ",
                           member.directory_offset));
  }
  const int64_t most =
      member.is_deflated ? member.compressed_size * kMaxDeflation : member.compressed_size;
  if (member.size > most || (!member.is_deflated && member.size != most)) {
    return NotAnArchive(
        file, absl::StrCat("its member ", name, " cannot be of ", member.size, " bytes, taking ",
                           member.compressed_size, member.is_deflated ? " deflated" : " stored"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadZipDirectory(const InputFile& file,
                              absl::FunctionRef<absl::Status(const ZipMember&)> visit) {
  PERCEPT_ASSIGN_OR_RETURN(const Directory directory, FindDirectory(file));
  int64_t place = directory.offset;
  for (int64_t number = 0; number < directory.members; ++number) {
    const auto cut_short = [&] {
      return NotAnArchive(file, absl::StrCat("its directory must have ", directory.members,
                                             " records, and ends within record ", number + 1));
    };
    constexpr int64_t kRecord = kZipDirectoryBytes;
    if (directory.end - place < kRecord) return cut_short();
    const absl::StatusOr<std::string> read = ReadStringAt(file, place, kRecord);
    PERCEPT_RETURN_IF_ERROR(read.status());
    const std::string& record = *read;
    if (LoadLong(record, 0) != kZipDirectorySignature) {
      return NotAnArchive(file, absl::StrCat("its directory has no record at byte ", place));
    }
    const int64_t name_size = LoadShort(record, 28);
    const int64_t record_size = kRecord + name_size + LoadShort(record, 30) + LoadShort(record, 32);
    if (directory.end - place < record_size) return cut_short();
    ZipMember member;
    PERCEPT_ASSIGN_OR_RETURN(member.name, ReadStringAt(file, place + kRecord, name_size));
    const uint16_t method = LoadShort(record, 10);
    member.is_deflated = method == kZipDeflated;
    member.crc32 = LoadLong(record, 16);
    member.compressed_size = LoadLong(record, 20);
    member.size = LoadLong(record, 24);
    member.header_offset = LoadLong(record, 42);
    member.directory_offset = directory.offset;
    PERCEPT_RETURN_IF_ERROR(CheckMember(file, member, LoadShort(record, 8), method));
    PERCEPT_RETURN_IF_ERROR(visit(member));
    place += record_size;
  }
  return absl::OkStatus();
}

ZipMemberReader::ZipMemberReader(const InputFile& file, const ZipMember& member,
                                 absl::string_view label)
    : file_(file), member_(member), label_(label) {}

absl::Status ZipMemberReader::Damaged(absl::string_view rule) const {
  return absl::InvalidArgumentError(absl::StrCat(file_.name, ": ", label_, ": damaged: ", rule));
}

absl::Status ZipMemberReader::Open() {
  const absl::StatusOr<std::string> read =
      ReadStringAt(file_, member_.header_offset, kZipLocalBytes);
  PERCEPT_RETURN_IF_ERROR(read.status());
  const std::string& header = *read;
  // Its sizes are another matter: what writes to a stream does not know them yet.
  if (LoadLong(header, 0) != kZipLocalSignature)
    return Damaged(absl::StrCat("byte ", member_.header_offset, " must begin a member"));
  if (LoadShort(header, 8) != (member_.is_deflated ? kZipDeflated : kZipStored))
    return Damaged("its header and the directory must name the same compression");
  const int64_t name_size = LoadShort(header, 26);
  place_ = member_.header_offset + static_cast<int64_t>(kZipLocalBytes) + name_size +
           LoadShort(header, 28);
  if (place_ + member_.compressed_size > member_.directory_offset)
    return Damaged("it must end before the directory");
  PERCEPT_ASSIGN_OR_RETURN(
      const std::string name,
      ReadStringAt(file_, member_.header_offset + static_cast<int64_t>(kZipLocalBytes), name_size));
  if (name != member_.name) {
    return Damaged(absl::StrCat("its header and the directory must name the same file, got ",
                                QuotedBytes(name)));
  }
  compressed_ = member_.compressed_size;
  crc32_ = static_cast<uint32_t>(crc32_z(0, nullptr, 0));
  if (member_.is_deflated) {
    inflater_ = std::make_unique<Inflater>(Inflater::Format::kRaw);
    buffer_.resize(static_cast<size_t>(std::min(kBufferBytes, compressed_)));
  }
  return absl::OkStatus();
}

absl::Status ZipMemberReader::Read(char* bytes, int64_t size) {
  if (size > remaining()) return Damaged(absl::StrCat("it ends early, at its byte ", member_.size));
  if (size == 0) return absl::OkStatus();
  PERCEPT_RETURN_IF_ERROR(member_.is_deflated ? ReadDeflated(bytes, size)
                                              : ReadStored(bytes, size));
  offset_ += size;
  crc32_ = static_cast<uint32_t>(
      crc32_z(crc32_, reinterpret_cast<const Bytef*>(bytes), static_cast<size_t>(size)));
  return absl::OkStatus();
}

absl::Status ZipMemberReader::Skip(int64_t size) {
  if (size > remaining()) return Damaged(absl::StrCat("it ends early, at its byte ", member_.size));
  if (!member_.is_deflated) {
    place_ += size;
    offset_ += size;
    return absl::OkStatus();
  }
  std::vector<char> passed(static_cast<size_t>(std::min(size, kBufferBytes)));
  for (int64_t done = 0; done < size;) {
    const int64_t count = std::min(size - done, static_cast<int64_t>(passed.size()));
    PERCEPT_RETURN_IF_ERROR(Read(passed.data(), count));
    done += count;
  }
  return absl::OkStatus();
}

absl::Status ZipMemberReader::ReadStored(char* bytes, int64_t size) {
  PERCEPT_RETURN_IF_ERROR(ReadAt(file_, place_, size, bytes));
  place_ += size;
  return absl::OkStatus();
}

absl::Status ZipMemberReader::Refill() {
  const int64_t size = std::min(compressed_, static_cast<int64_t>(buffer_.size()));
  PERCEPT_RETURN_IF_ERROR(ReadAt(file_, place_, size, buffer_.data()));
  place_ += size;
  compressed_ -= size;
  input_ = {buffer_.data(), static_cast<size_t>(size)};
  return absl::OkStatus();
}

absl::Status ZipMemberReader::ReadDeflated(char* bytes, int64_t size) {
  int64_t done = 0;
  while (done < size) {
    if (input_.empty() && compressed_ > 0) PERCEPT_RETURN_IF_ERROR(Refill());
    const bool at_end = input_.empty();
    const std::optional<size_t> written =
        inflater_->Inflate(input_, bytes + done, static_cast<size_t>(size - done));
    if (!written.has_value()) {
      return Damaged(
          absl::StrCat("its compressed bytes make no sense after its byte ", offset_ + done));
    }
    done += static_cast<int64_t>(*written);
    if (done < size && (inflater_->ended() || (at_end && *written == 0)))
      return Damaged(absl::StrCat("it must have ", member_.size, " bytes, got ", offset_ + done));
  }
  return absl::OkStatus();
}

absl::Status ZipMemberReader::Finish() {
  if (remaining() > 0) return Damaged(absl::StrCat(remaining(), " bytes follow the last value"));
  while (member_.is_deflated && !inflater_->ended()) {
    if (input_.empty() && compressed_ > 0) PERCEPT_RETURN_IF_ERROR(Refill());
    const bool at_end = input_.empty();
    char beyond;
    const std::optional<size_t> written = inflater_->Inflate(input_, &beyond, 1);
    if (!written.has_value() || *written > 0 || (at_end && !inflater_->ended()))
      return Damaged(absl::StrCat("it must end after ", member_.size, " bytes"));
  }
  if (!input_.empty() || (member_.is_deflated && compressed_ > 0))
    return Damaged("bytes follow the end of what is compressed");
  if (crc32_ != member_.crc32) {
    return Damaged(absl::StrFormat("its CRC-32 must be 0x%08x, got 0x%08x", member_.crc32, crc32_));
  }
  return absl::OkStatus();
}

}  // namespace percept::data
