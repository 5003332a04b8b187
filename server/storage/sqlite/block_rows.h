#ifndef PERCEPT_SERVER_STORAGE_SQLITE_BLOCK_ROWS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_BLOCK_ROWS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/best_snapshot.h"
#include "server/storage/repositories.h"
#include "server/storage/snapshot_block.h"
#include "server/storage/sqlite/connection.h"

// The rows of the tables `snapshot_blocks` and `parameter_blocks`.
namespace percept::storage {

// The number of snapshots of the job whose sequence the SQL expression `job` gives, or NULL.
std::string SnapshotCountSql(absl::string_view job);

// `job` is the job's sequence.
absl::Status InsertBlock(Connection& connection, int64_t job, const SnapshotBlockView& block);

// Puts what is left of a block's parameters in their place.
absl::Status OverwriteParameters(Connection& connection, int64_t job, const ThinnedBlock& block);

// Walks over the blocks of a job, in order, from the one that holds `start_index` on.
class BlockCursor {
 public:
  // `connection` and `job_id` must outlive the cursor.
  static absl::StatusOr<BlockCursor> Open(Connection& connection, absl::string_view job_id,
                                          int64_t start_index, SnapshotRepository::View view);

  // Goes to the next block, which is whole, with parameters in the full view; false when there is
  // none. DataLoss, naming the job and the indices, for a block that is damaged or missing.
  absl::StatusOr<bool> Next();

  // The block it stands on, valid until the next call of `Next`, and the first of its indices that
  // is not before the start.
  const SnapshotBlockView& block() const { return block_; }
  int64_t begin_index() const { return begin_; }

  // The best of its snapshots.
  const BestCandidate& best() const { return best_; }

 private:
  BlockCursor(Connection* connection, Statement statement, absl::string_view job_id,
              int64_t start_index, int64_t required, SnapshotRepository::View view)
      : connection_(connection),
        statement_(std::move(statement)),
        job_id_(job_id),
        required_(required),
        view_(view),
        next_(start_index) {}

  absl::Status ReadRow();
  absl::Status Corrupt() const;

  Connection* connection_;
  Statement statement_;
  absl::string_view job_id_;
  int64_t required_;  // Snapshots of the job.
  SnapshotRepository::View view_;
  int64_t next_;  // The next block's first index, but for the first, which may begin before.
  int64_t begin_ = 0;
  SnapshotBlockView block_;
  BestCandidate best_;
  std::string batch_indices_;  // What the block's view looks at.
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_BLOCK_ROWS_H_
