#include "server/app/draft_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "server/app/data_folder.h"
#include "server/base/status.h"
#include "server/data/disk.h"

namespace percept::app {
namespace {

// Nothing that a data folder does not have, should the folder turn out to be somebody else's.
absl::Status RemoveContents(const std::string& path) {
  PERCEPT_RETURN_IF_ERROR(data::RemoveAll(DatasetsPath(path)));
  PERCEPT_RETURN_IF_ERROR(data::RemoveAll(DatabasePath(path)));
  return data::RemoveAll(DatabasePath(path) + "-journal");
}

absl::Status CheckIsEmpty(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_empty(path, error)) return absl::OkStatus();
  if (error) return data::DiskError(error.value(), path, "cannot be listed");
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": must hold no other files, as the backup is written there first"));
}

}  // namespace

absl::StatusOr<DraftFolder> DraftFolder::Make(const std::string& path) {
  PERCEPT_RETURN_IF_ERROR(data::MakeFolder(path));
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return data::DiskError(errno, path, "cannot be opened");
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor);
    return absl::FailedPreconditionError(absl::StrCat(path, ": another backup is writing to it"));
  }
  DraftFolder draft(path, descriptor);
  PERCEPT_RETURN_IF_ERROR(RemoveContents(path));
  PERCEPT_RETURN_IF_ERROR(CheckIsEmpty(path));
  return draft;
}

DraftFolder::~DraftFolder() {
  if (descriptor_ < 0) return;
  if (!path_.empty()) {
    RemoveContents(path_).IgnoreError();
    rmdir(path_.c_str());
  }
  close(descriptor_);
}

absl::Status DraftFolder::Publish(const std::string& final_path) && {
  PERCEPT_RETURN_IF_ERROR(data::SyncFolder(DatasetsPath(path_)));
  PERCEPT_RETURN_IF_ERROR(data::SyncFolder(path_));
  if (std::rename(path_.c_str(), final_path.c_str()) != 0)
    return data::DiskError(errno, final_path, "cannot become the name of the finished backup");
  path_.clear();
  return data::SyncFolder(std::filesystem::path(final_path).parent_path().string());
}

}  // namespace percept::app
