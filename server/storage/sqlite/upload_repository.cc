#include "server/storage/sqlite/upload_repository.h"

namespace percept::storage {

absl::Status SqliteUploadRepository::Insert(const data::UploadRecord&) {
  return absl::UnimplementedError("");
}
absl::StatusOr<data::UploadRecord> SqliteUploadRepository::Get(absl::string_view) const {
  return absl::UnimplementedError("");
}
absl::StatusOr<std::vector<data::UploadRecord>> SqliteUploadRepository::List() const {
  return std::vector<data::UploadRecord>{};
}
absl::Status SqliteUploadRepository::Update(const data::UploadRecord&) {
  return absl::UnimplementedError("");
}
absl::Status SqliteUploadRepository::Delete(absl::string_view) {
  return absl::UnimplementedError("");
}

}  // namespace percept::storage
