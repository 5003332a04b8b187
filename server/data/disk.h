#ifndef PERCEPT_SERVER_DATA_DISK_H_
#define PERCEPT_SERVER_DATA_DISK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Files and folders that must survive a power failure.
namespace percept::data {

// What the system said of `path`: ResourceExhausted for a disk or quota that is full and a file
// that may not grow so large, else Unavailable. `what` is a phrase such as "cannot be written".
absl::Status DiskError(int error, absl::string_view path, absl::string_view what);

// An open file, closed when this goes.
class OpenFile {
 public:
  // `flags` and a new file's mode are those of open(2). As `DiskError` says.
  static absl::StatusOr<OpenFile> Open(const std::string& path, int flags);

  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();

  absl::StatusOr<int64_t> Size() const;

  // Reads or writes all of the bytes; Read past the file's end is DataLoss.
  absl::Status Read(int64_t offset, char* bytes, int64_t size) const;
  absl::Status Write(int64_t offset, absl::string_view bytes) const;

  absl::Status Truncate(int64_t size) const;

  // Returns when the contents are on the disk.
  absl::Status Sync() const;

 private:
  OpenFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;
};

// Copies a file to a new one, whose contents are on the disk when it returns and which is deleted
// when it fails. NotFound where there is no file to copy.
absl::Status CopyFile(const std::string& from, const std::string& to);

// Makes a folder and those above it, durable when it returns.
absl::Status MakeFolder(const std::string& path);

// Returns when the names in a folder are on the disk.
absl::Status SyncFolder(const std::string& path);

// Deletes a file or a folder with all it holds; Ok also when there is none.
absl::Status RemoveAll(const std::string& path);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_DISK_H_
