#include "server/data/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::data {

absl::Status DiskError(int error, absl::string_view path, absl::string_view what) {
  const std::string message = absl::StrCat(path, ": ", what, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return absl::ResourceExhaustedError(message);
  return absl::UnavailableError(message);
}

absl::StatusOr<OpenFile> OpenFile::Open(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) return DiskError(errno, path, "cannot be opened");
  return OpenFile(descriptor, path);
}

OpenFile::OpenFile(OpenFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<int64_t> OpenFile::Size() const {
  struct stat found;
  if (fstat(descriptor_, &found) != 0) return DiskError(errno, path_, "cannot be read");
  return found.st_size;
}

absl::Status OpenFile::Read(int64_t offset, char* bytes, int64_t size) const {
  for (int64_t done = 0; done < size;) {
    const ssize_t read =
        pread(descriptor_, bytes + done, static_cast<size_t>(size - done), offset + done);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return DiskError(errno, path_, "cannot be read");
    if (read == 0) return absl::DataLossError(absl::StrCat(path_, ": ends early"));
    done += read;
  }
  return absl::OkStatus();
}

absl::Status OpenFile::Write(int64_t offset, absl::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskError(errno, path_, "cannot be written");
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return absl::OkStatus();
}

absl::Status OpenFile::Truncate(int64_t size) const {
  if (ftruncate(descriptor_, size) != 0) return DiskError(errno, path_, "cannot be written");
  return absl::OkStatus();
}

absl::Status OpenFile::Sync() const {
  if (fsync(descriptor_) != 0) return DiskError(errno, path_, "cannot be written");
  return absl::OkStatus();
}

namespace {

absl::Status CopyBytes(const OpenFile& source, const OpenFile& target) {
  constexpr int64_t kChunkBytes = 1 << 20;
  PERCEPT_ASSIGN_OR_RETURN(const int64_t size, source.Size());
  std::vector<char> chunk(static_cast<size_t>(std::min(size, kChunkBytes)));
  for (int64_t done = 0; done < size; done += kChunkBytes) {
    const int64_t length = std::min(size - done, kChunkBytes);
    PERCEPT_RETURN_IF_ERROR(source.Read(done, chunk.data(), length));
    PERCEPT_RETURN_IF_ERROR(target.Write(done, {chunk.data(), static_cast<size_t>(length)}));
  }
  return target.Sync();
}

}  // namespace

absl::Status CopyFile(const std::string& from, const std::string& to) {
  const absl::StatusOr<OpenFile> source = OpenFile::Open(from, O_RDONLY);
  if (!source.ok()) {
    std::error_code error;
    const bool missing = !std::filesystem::exists(from, error) && !error;
    return missing ? absl::NotFoundError(source.status().message()) : source.status();
  }
  PERCEPT_ASSIGN_OR_RETURN(const OpenFile target, OpenFile::Open(to, O_WRONLY | O_CREAT | O_EXCL));
  const absl::Status copied = CopyBytes(*source, target);
  if (!copied.ok()) RemoveAll(to).IgnoreError();
  return copied;
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) return DiskError(error.value(), path, "cannot be made");
  return made ? SyncFolder(std::filesystem::path(path).parent_path().string()) : absl::OkStatus();
}

absl::Status SyncFolder(const std::string& path) {
  PERCEPT_ASSIGN_OR_RETURN(const OpenFile folder, OpenFile::Open(path, O_RDONLY | O_DIRECTORY));
  return folder.Sync();
}

absl::Status RemoveAll(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return DiskError(error.value(), path, "cannot be deleted");
  return absl::OkStatus();
}

}  // namespace percept::data
