#ifndef PERCEPT_SERVER_STORAGE_SQLITE_UPLOAD_REPOSITORY_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_UPLOAD_REPOSITORY_H_

#include <vector>

#include "absl/strings/string_view.h"

#include "server/data/repositories.h"
#include "server/storage/sqlite/read_pool.h"
#include "server/storage/sqlite/writer.h"

namespace percept::storage {

// The tables `uploads` and `upload_files`.
class SqliteUploadRepository final : public data::UploadRepository {
 public:
  // Both must outlive the repository.
  SqliteUploadRepository(Writer* writer, ReadPool* readers)
      : writer_(*writer), readers_(*readers) {}

  absl::Status Insert(const data::UploadRecord& record) override;
  absl::StatusOr<data::UploadRecord> Get(absl::string_view id) const override;
  absl::StatusOr<Listing> List() const override;
  absl::Status Update(const data::UploadRecord& record) override;
  absl::Status Delete(absl::string_view id) override;

 private:
  Writer& writer_;
  ReadPool& readers_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_UPLOAD_REPOSITORY_H_
