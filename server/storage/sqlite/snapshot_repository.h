#ifndef PERCEPT_SERVER_STORAGE_SQLITE_SNAPSHOT_REPOSITORY_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_SNAPSHOT_REPOSITORY_H_

#include <vector>

#include "absl/strings/string_view.h"

#include "server/storage/repositories.h"
#include "server/storage/sqlite/read_pool.h"
#include "server/storage/sqlite/writer.h"

namespace percept::storage {

// The tables `snapshot_blocks`, `parameter_blocks`, `epochs` and those of checkpoints.
class SqliteSnapshotRepository final : public SnapshotRepository {
 public:
  // Both must outlive the repository.
  SqliteSnapshotRepository(Writer* writer, ReadPool* readers)
      : writer_(*writer), readers_(*readers) {}

  absl::Status Append(absl::Span<const PendingSnapshots> blocks) override;
  absl::Status AppendEpochs(absl::Span<const PendingEpoch> epochs) override;
  absl::StatusOr<std::vector<EpochRecord>> ReadEpochs(absl::string_view job_id, int32_t first_epoch,
                                                      int limit) const override;
  absl::StatusOr<std::vector<SnapshotRecord>> Read(absl::string_view job_id, int64_t start_index,
                                                   int limit, View view,
                                                   int64_t max_bytes) const override;
  absl::Status VisitHeads(absl::string_view job_id, int64_t start_index, int64_t end_index,
                          absl::FunctionRef<void(const SnapshotHead&)> visit) const override;
  absl::StatusOr<int64_t> Thin(absl::string_view job_id, int64_t begin_index, int64_t end_index,
                               absl::FunctionRef<bool(int64_t)> keeps) override;
  absl::Status SaveCheckpoint(absl::string_view job_id,
                              const CheckpointRecord& checkpoint) override;
  absl::StatusOr<std::optional<CheckpointRecord>> ReadCheckpoint(
      absl::string_view job_id) const override;
  absl::StatusOr<int64_t> BestIndex(absl::string_view job_id) const override;

 private:
  Writer& writer_;
  ReadPool& readers_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_SNAPSHOT_REPOSITORY_H_
