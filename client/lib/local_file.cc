#include "client/lib/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include <openssl/evp.h>

namespace percept::client {
namespace {

constexpr int64_t kPieceBytes = int64_t{1} << 20;

}  // namespace

absl::Status LocalFileError(absl::string_view path, absl::string_view what, int error_number) {
  return absl::DataLossError(absl::StrCat(path, ": ", what, ": ", std::strerror(error_number)));
}

absl::StatusOr<LocalFile> LocalFile::Open(const std::string& path) {
  // Without O_NONBLOCK a pipe that nobody writes to would be waited for.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return LocalFileError(path, "cannot be read", errno);
  struct stat facts {};
  if (fstat(fd, &facts) != 0) {
    const int error_number = errno;
    close(fd);
    return LocalFileError(path, "cannot be read", error_number);
  }
  if (!S_ISREG(facts.st_mode)) {
    close(fd);
    return absl::DataLossError(absl::StrCat(path, ": is not a regular file"));
  }
  return LocalFile(path, fd, facts.st_size);
}

LocalFile::LocalFile(std::string path, int fd, int64_t size_bytes)
    : path_(std::move(path)), fd_(fd), size_bytes_(size_bytes) {}

LocalFile::LocalFile(LocalFile&& other) noexcept
    : path_(other.path_), fd_(std::exchange(other.fd_, -1)), size_bytes_(other.size_bytes_) {}

LocalFile::~LocalFile() {
  if (fd_ >= 0) close(fd_);
}

std::string LocalFile::file_name() const {
  return path_.substr(path_.rfind('/') + 1);  // npos + 1 is 0.
}

absl::StatusOr<std::string> LocalFile::Read(int64_t offset, int64_t size) const {
  std::string bytes(static_cast<size_t>(size), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = pread(fd_, bytes.data() + filled, bytes.size() - filled,
                                offset + static_cast<int64_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return LocalFileError(path_, "cannot be read", errno);
    if (count == 0) {
      return absl::DataLossError(absl::StrCat(path_, ": became shorter while it was read"));
    }
    filled += static_cast<size_t>(count);
  }
  return bytes;
}

absl::StatusOr<std::string> LocalFile::Sha256(
    absl::FunctionRef<absl::Status(int64_t)> proceed) const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  bool hashed = hash != nullptr && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1;
  for (int64_t offset = 0; hashed && offset < size_bytes_;) {
    const absl::StatusOr<std::string> piece =
        Read(offset, std::min(kPieceBytes, size_bytes_ - offset));
    if (!piece.ok()) return piece.status();
    hashed = EVP_DigestUpdate(hash.get(), piece->data(), piece->size()) == 1;
    offset += static_cast<int64_t>(piece->size());
    const absl::Status status = proceed(offset);
    if (!status.ok()) return status;
  }
  hashed = hashed && EVP_DigestFinal_ex(hash.get(), digest, &length) == 1;
  if (!hashed) return absl::InternalError("SHA-256 is not at hand in this build of OpenSSL");
  return std::string(reinterpret_cast<const char*>(digest), length);
}

}  // namespace percept::client
