#include "server/data/uploads.h"

#include <utility>

namespace percept::data {

Uploads::Uploads(Options options, UploadRepository* repository, Catalogue* catalogue,
                 const Clock* clock)
    : options_(std::move(options)),
      repository_(repository),
      catalogue_(catalogue),
      clock_(clock) {}

absl::Status Uploads::Recover() { return absl::OkStatus(); }
absl::StatusOr<UploadRecord> Uploads::Create(UploadRecord, absl::string_view) {
  return absl::UnimplementedError("");
}
absl::StatusOr<UploadRecord> Uploads::Get(absl::string_view) {
  return absl::UnimplementedError("");
}
absl::StatusOr<UploadRecord> Uploads::Append(absl::string_view, int32_t, int64_t, absl::string_view,
                                             std::optional<uint32_t>) {
  return absl::UnimplementedError("");
}
absl::StatusOr<DatasetRecord> Uploads::Finish(absl::string_view) {
  return absl::UnimplementedError("");
}
absl::Status Uploads::Delete(absl::string_view) { return absl::UnimplementedError(""); }

}  // namespace percept::data
