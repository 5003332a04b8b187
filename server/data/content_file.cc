#include "server/data/content_file.h"

namespace percept::data {

absl::Status WriteContentFile(const std::string& path, const Dataset&) {
  return absl::UnimplementedError(path);
}

absl::StatusOr<Dataset> ReadContentFile(const std::string& path) {
  return absl::UnimplementedError(path);
}

}  // namespace percept::data
