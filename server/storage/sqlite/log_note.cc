#include "server/storage/sqlite/log_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <type_traits>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/base/crc32c.h"

namespace percept::storage {
namespace {

// The file, all of it.
struct Contents {
  LogProgress progress;
  uint64_t crc32c = 0;  // Of the progress.
};
static_assert(std::is_trivially_copyable_v<Contents>);
static_assert(sizeof(Contents) == sizeof(LogProgress) + sizeof(uint64_t), "without gaps");

uint64_t ChecksumOf(const LogProgress& progress) {
  return Crc32c({reinterpret_cast<const char*>(&progress), sizeof(progress)});
}

}  // namespace

LogNote::LogNote(const std::string& database_path)
    : path_(absl::StrCat(database_path, "-log-note")) {}

std::optional<LogProgress> LogNote::Read() const {
  const absl::StatusOr<data::OpenFile> file = data::OpenFile::Open(path_, O_RDONLY);
  Contents contents;
  if (!file.ok() || !file->Read(0, reinterpret_cast<char*>(&contents), sizeof(contents)).ok() ||
      contents.crc32c != ChecksumOf(contents.progress)) {
    return std::nullopt;
  }
  return contents.progress;
}

void LogNote::Write(const LogProgress& progress) {
  if (!file_.has_value()) {
    absl::StatusOr<data::OpenFile> file = data::OpenFile::Open(path_, O_WRONLY | O_CREAT);
    if (!file.ok()) return;
    file_.emplace(*std::move(file));
  }
  const Contents contents{progress, ChecksumOf(progress)};
  file_->Write(0, {reinterpret_cast<const char*>(&contents), sizeof(contents)}).IgnoreError();
}

void LogNote::Remove() {
  file_.reset();
  unlink(path_.c_str());
}

}  // namespace percept::storage
