#ifndef PERCEPT_CLIENT_LIB_LOCAL_FILE_H_
#define PERCEPT_CLIENT_LIB_LOCAL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::client {

// A file on this machine, open for reading; it is never held in memory as a whole. Errors are
// DataLoss with the path and the system's reason. Not thread-safe.
class LocalFile {
 public:
  // Only regular files, whose size is known before they are read.
  static absl::StatusOr<LocalFile> Open(const std::string& path);

  LocalFile(LocalFile&& other) noexcept;
  LocalFile& operator=(LocalFile&&) = delete;
  ~LocalFile();

  const std::string& path() const { return path_; }
  // The part of the path after the last slash.
  std::string file_name() const;
  // As it was when the file was opened.
  int64_t size_bytes() const { return size_bytes_; }

  // The bytes from `offset` on, `size` of them; all must lie within `size_bytes`. Also an error
  // when the file has become shorter.
  absl::StatusOr<std::string> Read(int64_t offset, int64_t size) const;

  // SHA-256 of the file, 32 bytes. `proceed` is told, every mebibyte, how many bytes were read; its
  // error ends the reading and is returned.
  absl::StatusOr<std::string> Sha256(absl::FunctionRef<absl::Status(int64_t)> proceed) const;

 private:
  LocalFile(std::string path, int fd, int64_t size_bytes);

  const std::string path_;
  int fd_;
  const int64_t size_bytes_;
};

// What failed for a file of this machine, such as "x.csv: cannot be read: No such file or
// directory".
absl::Status LocalFileError(absl::string_view path, absl::string_view what, int error_number);

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_LOCAL_FILE_H_
