#ifndef PERCEPT_SERVER_STORAGE_SQLITE_DATASET_REPOSITORY_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_DATASET_REPOSITORY_H_

#include <vector>

#include "absl/strings/string_view.h"

#include "server/data/repositories.h"
#include "server/storage/sqlite/read_pool.h"
#include "server/storage/sqlite/writer.h"

namespace percept::storage {

// The tables `datasets` and `test_reads`.
class SqliteDatasetRepository final : public data::DatasetRepository {
 public:
  // Both must outlive the repository.
  SqliteDatasetRepository(Writer* writer, ReadPool* readers)
      : writer_(*writer), readers_(*readers) {}

  absl::Status Insert(const data::DatasetRecord& record) override;
  absl::StatusOr<data::DatasetRecord> Get(absl::string_view id) const override;
  absl::StatusOr<std::vector<data::DatasetRecord>> List(
      absl::string_view after, int limit, const std::optional<Reader>& reader) const override;
  absl::Status SetVisibility(absl::string_view id, Visibility visibility) override;
  absl::StatusOr<int64_t> TotalBytes(std::optional<absl::string_view> owner) const override;
  absl::StatusOr<int64_t> Count() const override;
  absl::StatusOr<int64_t> CountByDigest(absl::string_view digest) const override;
  absl::Status Delete(absl::string_view id) override;
  absl::Status RecordTestRead(absl::string_view id, absl::Time time) override;
  absl::StatusOr<data::TestReads> GetTestReads(absl::string_view id) const override;

 private:
  Writer& writer_;
  ReadPool& readers_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_DATASET_REPOSITORY_H_
