#include "server/data/content_store.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/data/content_file.h"
#include "server/data/disk.h"

namespace percept::data {
namespace {

constexpr size_t kDigestLength = 64;
constexpr absl::string_view kSuffix = ".data";

std::string PathIn(absl::string_view folder, absl::string_view digest) {
  return absl::StrCat(folder, "/", digest, kSuffix);
}

// Whether the file is one of ours, or a draft of one.
bool IsContentFile(absl::string_view name) {
  return name.size() >= kDigestLength + kSuffix.size() &&
         absl::StartsWith(name.substr(kDigestLength), kSuffix) &&
         std::all_of(name.begin(), name.begin() + kDigestLength, [](char character) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(character));
         });
}

}  // namespace

ContentStore::ContentStore(std::string folder, DatasetRepository* repository)
    : folder_(std::move(folder)), repository_(repository) {}

std::string ContentStore::PathOf(absl::string_view digest) const { return PathIn(folder_, digest); }

absl::Status ContentStore::Recover() {
  PERCEPT_RETURN_IF_ERROR(MakeFolder(folder_));
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return DiskError(error.value(), folder_, "cannot be listed");
  for (const std::string& name : names) {
    if (!IsContentFile(name)) continue;
    const std::string digest = name.substr(0, kDigestLength);
    if (name.size() == kDigestLength + kSuffix.size()) {
      PERCEPT_ASSIGN_OR_RETURN(const int64_t records, repository_->CountByDigest(digest));
      if (records > 0) continue;
    }
    PERCEPT_RETURN_IF_ERROR(RemoveAll(absl::StrCat(folder_, "/", name)));
    log::Info("deleted the content of a data set that was never made or is deleted",
              {{"file", name}});
  }
  return absl::OkStatus();
}

absl::Status ContentStore::Insert(const DatasetRecord& record, const Dataset& content) {
  {
    absl::MutexLock lock(&mutex_);
    ++arriving_[record.digest];
  }
  absl::Status status = MakeFolder(folder_);
  if (status.ok()) status = WriteContentFile(PathOf(record.digest), content);
  if (status.ok()) status = repository_->Insert(record);
  absl::MutexLock lock(&mutex_);
  if (--arriving_[record.digest] == 0) arriving_.erase(record.digest);
  if (!status.ok()) RemoveUnlessUsed(record.digest);
  return status;
}

absl::Status ContentStore::Delete(const DatasetRecord& record) {
  PERCEPT_RETURN_IF_ERROR(repository_->Delete(record.id));
  absl::MutexLock lock(&mutex_);
  RemoveUnlessUsed(record.digest);
  return absl::OkStatus();
}

// A file that stays by mistake is deleted at the next start.
void ContentStore::RemoveUnlessUsed(const std::string& digest) {
  if (arriving_.contains(digest)) return;
  const absl::StatusOr<int64_t> records = repository_->CountByDigest(digest);
  absl::Status status = records.status();
  if (status.ok() && *records == 0) status = RemoveAll(PathOf(digest));
  if (!status.ok()) {
    log::Warning("a content that no data set has stays until the next start",
                 {{"digest", digest}, {"error", status.message()}});
  }
}

absl::StatusOr<Dataset> ContentStore::Read(absl::string_view digest) const {
  return ReadContentFile(PathOf(digest));
}

absl::Status CopyContent(absl::string_view digest, const std::string& from_folder,
                         const std::string& to_folder) {
  return CopyFile(PathIn(from_folder, digest), PathIn(to_folder, digest));
}

}  // namespace percept::data
