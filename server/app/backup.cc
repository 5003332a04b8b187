#include "server/app/backup.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/app/data_folder.h"
#include "server/app/draft_folder.h"
#include "server/base/status.h"
#include "server/data/content_store.h"
#include "server/data/disk.h"
#include "server/storage/sqlite/backup.h"

namespace percept::app {
namespace {

namespace fs = std::filesystem;

// Tries at a copy from which no data set was deleted while it was made.
constexpr int kMaxAttempts = 10;

// Without links and without a slash at the end.
absl::StatusOr<fs::path> Resolve(const std::string& path) {
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) return data::DiskError(error.value(), path, "cannot be reached");
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

bool IsWithin(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

absl::Status CheckTarget(const fs::path& data_dir, const fs::path& target) {
  if (IsWithin(target, data_dir)) {
    return absl::FailedPreconditionError(
        absl::StrCat(target.string(), ": must not lie in the data folder ", data_dir.string()));
  }
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (!fs::exists(status)) return absl::OkStatus();
  if (fs::is_directory(status) && fs::is_empty(target, error)) return absl::OkStatus();
  if (error) return data::DiskError(error.value(), target.string(), "cannot be listed");
  return absl::FailedPreconditionError(
      absl::StrCat(target.string(), ": must be an empty folder, or not be there yet"));
}

// Copies contents from one folder to another, new one, and returns those that are not there.
absl::StatusOr<std::vector<std::string>> CopyContents(const std::vector<std::string>& digests,
                                                      const std::string& from,
                                                      const std::string& to) {
  PERCEPT_RETURN_IF_ERROR(data::RemoveAll(to));
  PERCEPT_RETURN_IF_ERROR(data::MakeFolder(to));
  std::vector<std::string> missing;
  for (const std::string& digest : digests) {
    const absl::Status copied = data::CopyContent(digest, from, to);
    if (!absl::IsNotFound(copied)) {
      PERCEPT_RETURN_IF_ERROR(copied);
    } else {
      missing.push_back(digest);
    }
  }
  return missing;
}

// Copies the database, then the contents that the copy refers to. One that is missing belongs to a
// data set that was deleted in between; the data folder has lost it when it is missing, and still
// referred to, at the next attempt.
absl::StatusOr<Backup> CopyAll(const std::string& data_dir, const std::string& draft) {
  std::vector<std::string> missing_before;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    PERCEPT_RETURN_IF_ERROR(data::RemoveAll(DatabasePath(draft)));
    PERCEPT_ASSIGN_OR_RETURN(const storage::DatabaseCopy copy,
                             storage::CopyDatabase(DatabasePath(data_dir), DatabasePath(draft)));
    PERCEPT_ASSIGN_OR_RETURN(
        std::vector<std::string> missing,
        CopyContents(copy.contents, DatasetsPath(data_dir), DatasetsPath(draft)));
    if (missing == missing_before || missing.empty()) {
      return Backup{.jobs = copy.jobs,
                    .snapshots = copy.snapshots,
                    .datasets = copy.datasets,
                    .lost_contents = std::move(missing)};
    }
    missing_before = std::move(missing);
  }
  return absl::UnavailableError(absl::StrCat(data_dir, ": data sets were deleted during each of ",
                                             kMaxAttempts,
                                             " attempts to copy it; try again later"));
}

absl::StatusOr<int64_t> SizeOf(const std::string& folder) {
  int64_t size_bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file()) size_bytes += static_cast<int64_t>(entry->file_size());
  }
  if (error) return data::DiskError(error.value(), folder, "cannot be listed");
  return size_bytes;
}

}  // namespace

absl::StatusOr<Backup> BackUp(const std::string& data_dir, const std::string& target) {
  PERCEPT_ASSIGN_OR_RETURN(const fs::path from, Resolve(data_dir));
  PERCEPT_ASSIGN_OR_RETURN(const fs::path to, Resolve(target));
  PERCEPT_RETURN_IF_ERROR(CheckTarget(from, to));
  PERCEPT_ASSIGN_OR_RETURN(DraftFolder draft, DraftFolder::Make(to.string() + ".partial"));
  PERCEPT_ASSIGN_OR_RETURN(Backup backup, CopyAll(from.string(), draft.path()));
  PERCEPT_ASSIGN_OR_RETURN(backup.size_bytes, SizeOf(draft.path()));
  PERCEPT_RETURN_IF_ERROR(std::move(draft).Publish(to.string()));
  return backup;
}

}  // namespace percept::app
