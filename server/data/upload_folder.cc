#include "server/data/upload_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/disk.h"

namespace percept::data {
namespace {

absl::Status MakeEmptyFiles(const UploadFolder& folder, absl::string_view id, size_t files) {
  for (size_t file = 0; file < files; ++file) {
    PERCEPT_RETURN_IF_ERROR(
        OpenFile::Open(folder.PathOf(id, file), O_WRONLY | O_CREAT | O_EXCL).status());
  }
  return absl::OkStatus();
}

}  // namespace

std::string UploadFolder::FolderOf(absl::string_view id) const {
  return absl::StrCat(path_, "/", id);
}

std::string UploadFolder::PathOf(absl::string_view id, size_t file) const {
  return absl::StrCat(FolderOf(id), "/", file);
}

std::string UploadFolder::UnpackedPathOf(absl::string_view id, size_t file) const {
  return absl::StrCat(PathOf(id, file), ".unpacked");
}

absl::Status UploadFolder::Make() { return MakeFolder(path_); }

absl::StatusOr<std::vector<std::string>> UploadFolder::List() const {
  std::vector<std::string> ids;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) ids.push_back(entry->path().filename().string());
  }
  if (error) return DiskError(error.value(), path_, "cannot be listed");
  return ids;
}

absl::Status UploadFolder::Add(absl::string_view id, size_t files) {
  const std::string folder = FolderOf(id);
  if (mkdir(folder.c_str(), 0755) != 0) return DiskError(errno, folder, "cannot be made");
  absl::Status status = MakeEmptyFiles(*this, id, files);
  if (status.ok()) status = SyncFolder(folder);
  if (status.ok()) status = SyncFolder(path_);
  if (!status.ok()) Remove(id).IgnoreError();
  return status;
}

absl::Status UploadFolder::Remove(absl::string_view id) { return RemoveAll(FolderOf(id)); }

absl::StatusOr<int64_t> UploadFolder::Size(absl::string_view id, size_t file) const {
  const std::string path = PathOf(id, file);
  struct stat found;
  if (stat(path.c_str(), &found) == 0) return found.st_size;
  if (errno == ENOENT) return 0;
  return DiskError(errno, path, "cannot be read");
}

absl::Status UploadFolder::Append(absl::string_view id, size_t file, int64_t offset,
                                  absl::string_view bytes) {
  PERCEPT_ASSIGN_OR_RETURN(const OpenFile opened, OpenFile::Open(PathOf(id, file), O_WRONLY));
  absl::Status status = opened.Write(offset, bytes);
  if (status.ok()) status = opened.Sync();
  if (!status.ok()) opened.Truncate(offset).IgnoreError();
  return status;
}

}  // namespace percept::data
