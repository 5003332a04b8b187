#include "client/cli/picture_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/lib/local_file.h"

namespace percept::cli {

bool IsPictureName(const std::string& path) {
  const std::string lower = absl::AsciiStrToLower(path);
  return absl::EndsWith(lower, ".png") || absl::EndsWith(lower, ".jpg") ||
         absl::EndsWith(lower, ".jpeg");
}

absl::StatusOr<std::string> ReadPictureFile(const std::string& path) {
  const absl::StatusOr<client::LocalFile> file = client::LocalFile::Open(path);
  if (!file.ok()) return file.status();
  if (file->size_bytes() > kMostMessageBytes) {
    return absl::DataLossError(absl::StrCat(path, ": must have at most ",
                                            FormatCount(kMostMessageBytes), " bytes, got ",
                                            FormatCount(file->size_bytes())));
  }
  return file->Read(0, file->size_bytes());
}

}  // namespace percept::cli
