#include "server/app/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/status.h"

namespace percept::app {
namespace {

absl::Status SystemError(absl::string_view what, const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", path));
}

// The process that wrote itself into the lock file.
std::string Holder(int lock_file) {
  std::array<char, 32> text{};
  const ssize_t length = pread(lock_file, text.data(), text.size() - 1, 0);
  const std::string process(absl::StripAsciiWhitespace(
      absl::string_view(text.data(), static_cast<size_t>(std::max<ssize_t>(0, length)))));
  return process.empty() ? "another server" : absl::StrCat("another server, process ", process);
}

// Whole or not at all: a reader never sees half of it.
absl::Status WriteAddress(const std::string& address, const std::string& path) {
  const std::string draft = path + ".new";
  std::FILE* file = std::fopen(draft.c_str(), "we");
  if (file == nullptr) return SystemError("cannot write", draft, errno);
  const bool written = std::fprintf(file, "%s\n", address.c_str()) > 0;
  if (std::fclose(file) != 0 || !written || std::rename(draft.c_str(), path.c_str()) != 0) {
    return SystemError("cannot write", path, errno);
  }
  return absl::OkStatus();
}

}  // namespace

std::string DatabasePath(const std::string& data_dir) { return data_dir + "/percept.db"; }

std::string DatasetsPath(const std::string& data_dir) { return data_dir + "/datasets"; }

absl::StatusOr<std::unique_ptr<DataFolder>> DataFolder::Open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return SystemError("--data-dir: cannot make the folder", path, error.value());
  const std::string lock_path = path + "/lock";
  const int lock_file = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_file < 0) return SystemError("--data-dir: cannot write to the folder", path, errno);
  if (flock(lock_file, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const std::string holder = Holder(lock_file);
    close(lock_file);
    if (reason != EWOULDBLOCK) return SystemError("--data-dir: cannot lock", lock_path, reason);
    return absl::FailedPreconditionError(
        absl::StrCat("--data-dir: ", path, " is in use by ", holder));
  }
  std::unique_ptr<DataFolder> folder(new DataFolder(path, lock_file));
  const std::string process = absl::StrCat(getpid(), "\n");
  if (ftruncate(lock_file, 0) != 0 || pwrite(lock_file, process.data(), process.size(), 0) < 0) {
    return SystemError("--data-dir: cannot write to", lock_path, errno);
  }
  folder->ForgetAddresses();
  return folder;
}

DataFolder::~DataFolder() {
  ForgetAddresses();
  close(lock_file_);
}

void DataFolder::ForgetAddresses() const {
  unlink(grpc_address_path().c_str());
  unlink(http_address_path().c_str());
}

absl::Status DataFolder::PublishGrpcAddress(const std::string& address) const {
  return WriteAddress(address, grpc_address_path());
}

absl::Status DataFolder::PublishHttpAddress(const std::string& address) const {
  return WriteAddress(address, http_address_path());
}

}  // namespace percept::app
