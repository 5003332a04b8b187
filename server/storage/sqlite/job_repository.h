#ifndef PERCEPT_SERVER_STORAGE_SQLITE_JOB_REPOSITORY_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_JOB_REPOSITORY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "server/storage/repositories.h"
#include "server/storage/sqlite/read_pool.h"
#include "server/storage/sqlite/writer.h"

namespace percept::storage {

// The tables `jobs` and `test_evaluations`.
class SqliteJobRepository final : public JobRepository {
 public:
  // Both must outlive the repository.
  SqliteJobRepository(Writer* writer, ReadPool* readers) : writer_(*writer), readers_(*readers) {}

  absl::Status Insert(const JobRecord& job) override;
  absl::Status Update(const JobRecord& job, JobState expected) override;
  absl::StatusOr<JobRecord> Get(absl::string_view id) const override;
  absl::StatusOr<JobRecord> GetByRequestId(absl::string_view owner,
                                           absl::string_view request_id) const override;
  absl::StatusOr<Page> List(const JobFilter& filter, bool newest_first,
                            std::optional<Cursor> cursor, int limit) const override;
  absl::StatusOr<Page> ListUnfinished() const override;
  absl::Status Delete(absl::string_view id) override;
  absl::StatusOr<bool> Purge() override;
  absl::Status AppendTestEvaluation(absl::string_view id,
                                    const TestEvaluation& evaluation) override;
  absl::Status SetVisibility(absl::string_view id, Visibility visibility) override;
  absl::StatusOr<int64_t> KeptBytes(absl::string_view owner) const override;
  absl::StatusOr<int64_t> Count(const JobFilter& filter) const override;

 private:
  Writer& writer_;
  ReadPool& readers_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_JOB_REPOSITORY_H_
