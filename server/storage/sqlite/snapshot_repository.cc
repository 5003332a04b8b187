#include "server/storage/sqlite/snapshot_repository.h"

#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/block_rows.h"
#include "server/storage/sqlite/checkpoint_rows.h"
#include "server/storage/sqlite/epoch_rows.h"
#include "server/storage/sqlite/job_row.h"
#include "server/storage/sqlite/snapshot_rows.h"
#include "server/storage/sqlite/thinning.h"

namespace percept::storage {
namespace {

// Where the next snapshot of a job goes.
struct End {
  int64_t job = 0;  // Sequence.
  int64_t next_index = 0;
  JobState state = JobState::kQueued;
};

absl::StatusOr<End> FindEnd(Connection& connection, absl::string_view job_id) {
  static const std::string* const sql = new std::string(absl::StrCat(
      "SELECT sequence, ", SnapshotCountSql("sequence"), ", state FROM jobs WHERE id = ?1"));
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, job_id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return JobNotFound(absl::StrCat("jobs/", job_id));
  return End{statement.Integer(0), statement.Integer(1),  // 0 for NULL.
             static_cast<JobState>(statement.Integer(2))};
}

absl::Status CheckPending(absl::string_view job_id, const SnapshotBlockView& block,
                          int64_t next_index) {
  if (block.count > 0 && block.first_index == next_index) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("jobs/", job_id, "/snapshots/", block.first_index,
                   ": the job's next index must be ", next_index, ", got ", block.first_index));
}

absl::Status CheckCheckpoint(absl::string_view job_id, const CheckpointRecord& checkpoint,
                             const End& end) {
  if (IsTerminal(end.state)) {
    return absl::FailedPreconditionError(
        absl::StrCat("jobs/", job_id, ": state must not be final for a checkpoint, got ",
                     JobStateName(end.state)));
  }
  if (checkpoint.snapshot_count <= end.next_index) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("jobs/", job_id, ": a checkpoint's snapshot_count must be at most the ",
                   end.next_index, " that are stored, got ", checkpoint.snapshot_count));
}

}  // namespace

absl::Status SqliteSnapshotRepository::Append(absl::Span<const PendingSnapshots> blocks) {
  if (blocks.empty()) return absl::OkStatus();
  return writer_.Write(Writer::Durability::kCrash, [&](Connection& connection) -> absl::Status {
    std::map<absl::string_view, End> ends;
    for (const PendingSnapshots& pending : blocks) {
      const auto [found, is_new] = ends.try_emplace(pending.job_id);
      End& end = found->second;
      if (is_new) {
        PERCEPT_ASSIGN_OR_RETURN(end, FindEnd(connection, pending.job_id));
      }
      const SnapshotBlockView block = pending.block->view();
      PERCEPT_RETURN_IF_ERROR(CheckPending(pending.job_id, block, end.next_index));
      PERCEPT_RETURN_IF_ERROR(InsertBlock(connection, end.job, block));
      end.next_index = block.end_index();
    }
    return absl::OkStatus();
  });
}

absl::Status SqliteSnapshotRepository::AppendEpochs(absl::Span<const PendingEpoch> epochs) {
  if (epochs.empty()) return absl::OkStatus();
  return writer_.Write(Writer::Durability::kCrash, [&](Connection& connection) -> absl::Status {
    for (const PendingEpoch& pending : epochs) {
      PERCEPT_ASSIGN_OR_RETURN(const int64_t job, FindJobSequence(connection, pending.job_id));
      PERCEPT_RETURN_IF_ERROR(InsertEpochOnce(connection, job, pending.epoch));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<EpochRecord>> SqliteSnapshotRepository::ReadEpochs(
    absl::string_view job_id, int32_t first_epoch, int limit) const {
  if (first_epoch < 0) return InvalidField("first_epoch", "must be at least 0", first_epoch);
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return SelectEpochs(*connection, job_id, first_epoch, limit);
}

absl::StatusOr<std::vector<SnapshotRecord>> SqliteSnapshotRepository::Read(
    absl::string_view job_id, int64_t start_index, int limit, View view, int64_t max_bytes) const {
  if (start_index < 0) return InvalidField("start_index", "must be at least 0", start_index);
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return SelectSnapshots(*connection, {job_id, start_index, limit, view, max_bytes});
}

absl::Status SqliteSnapshotRepository::VisitHeads(
    absl::string_view job_id, int64_t start_index, int64_t end_index,
    absl::FunctionRef<void(const SnapshotHead&)> visit) const {
  if (start_index < 0) return InvalidField("start_index", "must be at least 0", start_index);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return VisitSnapshotHeads(*connection, job_id, start_index, end_index, visit);
}

absl::StatusOr<int64_t> SqliteSnapshotRepository::Thin(absl::string_view job_id,
                                                       int64_t begin_index, int64_t end_index,
                                                       absl::FunctionRef<bool(int64_t)> keeps) {
  if (begin_index < 0) return InvalidField("begin_index", "must be at least 0", begin_index);
  int64_t dropped = 0;
  PERCEPT_RETURN_IF_ERROR(
      writer_.Write(Writer::Durability::kCrash, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(dropped,
                                 ThinSnapshots(connection, job_id, begin_index, end_index, keeps));
        return absl::OkStatus();
      }));
  return dropped;
}

absl::Status SqliteSnapshotRepository::SaveCheckpoint(absl::string_view job_id,
                                                      const CheckpointRecord& checkpoint) {
  return writer_.Write(Writer::Durability::kCrash, [&](Connection& connection) -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(const End end, FindEnd(connection, job_id));
    PERCEPT_RETURN_IF_ERROR(CheckCheckpoint(job_id, checkpoint, end));
    return ReplaceCheckpoint(connection, end.job, checkpoint);
  });
}

absl::StatusOr<std::optional<CheckpointRecord>> SqliteSnapshotRepository::ReadCheckpoint(
    absl::string_view job_id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return SelectCheckpoint(*connection, job_id);
}

absl::StatusOr<int64_t> SqliteSnapshotRepository::BestIndex(absl::string_view job_id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(const std::optional<int64_t> best, SelectBestIndex(*connection, job_id));
  if (best.has_value()) return *best;
  return WithReason(absl::NotFoundError(absl::StrCat("jobs/", job_id, ": has no snapshots")),
                    "SNAPSHOT_NOT_FOUND");
}

}  // namespace percept::storage
