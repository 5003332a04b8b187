#ifndef PERCEPT_CLIENT_CLI_OUTPUT_FILE_H_
#define PERCEPT_CLIENT_CLI_OUTPUT_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::cli {

// A file being written that appears under its name only when it is complete: until then its bytes
// are in a hidden file beside it, which is removed when this object goes without a commit. A file
// of that name is replaced. `-` is stdout; that, and what is no regular file, such as a pipe, gets
// the bytes at once. Errors are DataLoss with the path and the system's reason. Not thread-safe.
class OutputFile {
 public:
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(const std::string& path);

  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  absl::Status Write(absl::string_view bytes);

  // Gives the file its name. To be called once, after the last write.
  absl::Status Commit();

 private:
  // `temporary_path` is empty when the bytes go to `path` at once.
  OutputFile(std::string path, std::string temporary_path, int fd);

  const std::string path_;
  std::string temporary_path_;
  int fd_;
};

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_OUTPUT_FILE_H_
