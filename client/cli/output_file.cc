#include "client/cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"

#include "client/lib/local_file.h"

namespace percept::cli {
namespace {

constexpr char kCannotWrite[] = "cannot be written";

// Where a chain of symbolic links leads, so that the link stays; `path` itself when there is none.
std::string Resolved(const std::string& path) {
  char* const real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string resolved = real;
  std::free(real);
  return resolved;
}

// ".NAME.5f3a….part" beside the path.
std::string TemporaryPath(const std::string& path) {
  absl::BitGen random;
  const size_t name = path.rfind('/') + 1;  // npos + 1 is 0.
  return absl::StrCat(path.substr(0, name), ".", path.substr(name), ".",
                      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16), ".part");
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  if (path == "-") {
    const int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return client::LocalFileError("stdout", kCannotWrite, errno);
    return std::unique_ptr<OutputFile>(new OutputFile("stdout", "", fd));
  }
  const std::string target = Resolved(path);
  struct stat facts {};
  const bool exists = stat(target.c_str(), &facts) == 0;
  const bool at_once = exists && !S_ISREG(facts.st_mode);
  const std::string temporary = at_once ? "" : TemporaryPath(target);
  const int fd = at_once ? open(target.c_str(), O_WRONLY | O_CLOEXEC)
                         : open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return client::LocalFileError(path, kCannotWrite, errno);
  return std::unique_ptr<OutputFile>(new OutputFile(target, temporary, fd));
}

OutputFile::OutputFile(std::string path, std::string temporary_path, int fd)
    : path_(std::move(path)), temporary_path_(std::move(temporary_path)), fd_(fd) {}

OutputFile::~OutputFile() {
  if (fd_ >= 0) close(fd_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

absl::Status OutputFile::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return client::LocalFileError(path_, kCannotWrite, errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Commit() {
  if (close(std::exchange(fd_, -1)) != 0) {
    return client::LocalFileError(path_, kCannotWrite, errno);
  }
  if (temporary_path_.empty()) return absl::OkStatus();
  if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return client::LocalFileError(path_, kCannotWrite, errno);
  }
  temporary_path_.clear();
  return absl::OkStatus();
}

}  // namespace percept::cli
