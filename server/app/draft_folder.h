#ifndef PERCEPT_SERVER_APP_DRAFT_FOLDER_H_
#define PERCEPT_SERVER_APP_DRAFT_FOLDER_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace percept::app {

// A data folder in the making, held against others who would make it, and deleted with what it
// holds unless it is given its final name. What a crash leaves has the draft's name.
class DraftFolder {
 public:
  // Makes the folder, and those above it, or takes over what a crash has left of it.
  // FailedPrecondition while another process writes to it, or when it holds what is no data
  // folder's; else as `data::DiskError` says.
  static absl::StatusOr<DraftFolder> Make(const std::string& path);

  DraftFolder(DraftFolder&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  DraftFolder& operator=(DraftFolder&&) = delete;
  ~DraftFolder();

  const std::string& path() const { return path_; }

  // Gives the folder its final name, which an empty folder may have; durable when it returns, as
  // far as the files in it are.
  absl::Status Publish(const std::string& final_path) &&;

 private:
  DraftFolder(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;  // Empty once it has its final name.
  int descriptor_;    // Whose lock is held.
};

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_DRAFT_FOLDER_H_
