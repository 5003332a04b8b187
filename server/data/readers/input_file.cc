#include "server/data/readers/input_file.h"

namespace percept::data {

bool IsGzip(const InputFile& file) {
  file.in.seekg(0);
  return false;
}

absl::StatusOr<int64_t> Gunzip(const InputFile& file, std::ostream& /*out*/,
                               int64_t /*max_bytes*/) {
  return absl::UnimplementedError(file.name);
}

absl::Status SetClasses(const std::string& /*file_name*/, Dataset& /*dataset*/) {
  return absl::OkStatus();
}

}  // namespace percept::data
