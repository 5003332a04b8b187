#ifndef PERCEPT_SERVER_DATA_UPLOAD_FOLDER_H_
#define PERCEPT_SERVER_DATA_UPLOAD_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::data {

// The files of uploads on the disk: a folder for each upload, with a file 0, 1, … for each of its
// files. Errors are those of `DiskError`. Different uploads may be used at the same time.
class UploadFolder {
 public:
  explicit UploadFolder(std::string path) : path_(std::move(path)) {}

  // Makes the folder of all uploads.
  absl::Status Make();

  // The uploads that have a folder.
  absl::StatusOr<std::vector<std::string>> List() const;

  // Makes an upload's folder with `files` empty files, durable when it returns, or leaves nothing.
  absl::Status Add(absl::string_view id, size_t files);

  // Deletes an upload's folder with all it holds; Ok also when there is none.
  absl::Status Remove(absl::string_view id);

  // Length of a file so far; 0 where it is missing.
  absl::StatusOr<int64_t> Size(absl::string_view id, size_t file) const;

  // Adds bytes at the file's end, which is at `offset`, durable when it returns, or adds none.
  absl::Status Append(absl::string_view id, size_t file, int64_t offset, absl::string_view bytes);

  // Where a file lies, and where its contents lie once decompressed.
  std::string PathOf(absl::string_view id, size_t file) const;
  std::string UnpackedPathOf(absl::string_view id, size_t file) const;

 private:
  std::string FolderOf(absl::string_view id) const;

  const std::string path_;
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_UPLOAD_FOLDER_H_
