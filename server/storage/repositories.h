#ifndef PERCEPT_SERVER_STORAGE_REPOSITORIES_H_
#define PERCEPT_SERVER_STORAGE_REPOSITORIES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/access.h"
#include "server/data/repositories.h"
#include "server/storage/records.h"
#include "server/storage/snapshot_block.h"

// Where jobs and snapshots are kept. All of it is thread-safe and may block on the disk. A record
// whose checksum does not match is DataLoss, naming the record; a full or read-only disk is
// ResourceExhausted or Unavailable with the operating system's words. What a failed call was to
// write is not there.
namespace percept::storage {

// Which jobs a list holds; unset members match all.
struct JobFilter {
  std::optional<JobState> state;
  std::optional<std::string> owner;
  std::optional<std::string> dataset;
  std::optional<std::string> label;
  std::optional<Reader> readable_by;
};

class JobRepository {
 public:
  virtual ~JobRepository() = default;

  // Durable (survives power failure) when it returns. AlreadyExists when `request_id` is not empty
  // and the owner used it before, or the id is taken; nothing is changed then.
  virtual absl::Status Insert(const JobRecord& job) = 0;

  // Overwrites what may change of a job (state, times, error, what is requested of it, attempt,
  // run_time, instruction set and engine), durable when it returns. Once the state is final,
  // removes its checkpoint, and misses what goes from then on of its snapshots and epochs.
  // FailedPrecondition, with nothing changed, unless the stored state is `expected`; NotFound.
  virtual absl::Status Update(const JobRecord& job, JobState expected) = 0;

  // NotFound, which goes through all jobs: one that its index has lost is DataLoss.
  virtual absl::StatusOr<JobRecord> Get(absl::string_view id) const = 0;

  // NotFound.
  virtual absl::StatusOr<JobRecord> GetByRequestId(absl::string_view owner,
                                                   absl::string_view request_id) const = 0;

  // Place in the order of creation; `sequence` orders jobs created in the same instant.
  struct Cursor {
    int64_t sequence = 0;
  };
  struct Page {
    std::vector<JobRecord> jobs;
    std::vector<std::string> damaged;  // Ids of jobs of this page that cannot be read.
    std::optional<Cursor> next;        // Unset on the last page.
  };
  // Up to `limit` jobs in order of creation, newest or oldest first, from after `cursor` on.
  virtual absl::StatusOr<Page> List(const JobFilter& filter, bool newest_first,
                                    std::optional<Cursor> cursor, int limit) const = 0;

  // All jobs that are not in a final state, oldest first, on one page.
  virtual absl::StatusOr<Page> ListUnfinished() const = 0;

  // Deletes a job with all that belongs to it: nobody finds it once this returns, which is durable.
  // `Purge` frees its room. NotFound; FailedPrecondition, with nothing changed, while it or another
  // job that starts from one of its snapshots is not in a final state.
  virtual absl::Status Delete(absl::string_view id) = 0;

  // Frees a part, of some megabytes, of the room that deleted jobs take; false when none is left to
  // free.
  virtual absl::StatusOr<bool> Purge() = 0;

  // Puts a use of the test split on record with a job, durable when it returns. NotFound.
  virtual absl::Status AppendTestEvaluation(absl::string_view id,
                                            const TestEvaluation& evaluation) = 0;

  // Durable when it returns. NotFound.
  virtual absl::Status SetVisibility(absl::string_view id, Visibility visibility) = 0;

  // Bytes of the parameters that are kept of one owner's jobs.
  virtual absl::StatusOr<int64_t> KeptBytes(absl::string_view owner) const = 0;

  // Number of jobs that match a filter, damaged ones too.
  virtual absl::StatusOr<int64_t> Count(const JobFilter& filter) const = 0;
};

// Snapshots on their way to the store.
struct PendingSnapshots {
  std::string job_id;
  std::shared_ptr<const SnapshotBlock> block;  // At least one snapshot.
};

// An epoch's record on its way to the store.
struct PendingEpoch {
  std::string job_id;
  EpochRecord epoch;
};

class SnapshotRepository {
 public:
  virtual ~SnapshotRepository() = default;

  // Stores all or none, in one commit that survives a crash of the server at once, and a power
  // failure once anything durable was written after it (or `Store::Flush` was called).
  // FailedPrecondition unless each block begins after the job's newest; NotFound for an unknown
  // job. The cost is by block more than by snapshot.
  virtual absl::Status Append(absl::Span<const PendingSnapshots> blocks) = 0;

  // Stores records of epochs, all or none, with the same durability. Those that are there already
  // stay as they are. NotFound for an unknown job.
  virtual absl::Status AppendEpochs(absl::Span<const PendingEpoch> epochs) = 0;

  // The job's epochs from `first_epoch` on, in order, at most `limit` of them. Empty past the
  // newest and for an unknown job.
  virtual absl::StatusOr<std::vector<EpochRecord>> ReadEpochs(absl::string_view job_id,
                                                              int32_t first_epoch,
                                                              int limit) const = 0;

  enum class View { kMetrics, kFull };
  // The job's snapshots from `start_index` on, in order, at most `limit` of them. In the full view
  // it stops after the first that takes the parameters read to `max_bytes` or more, and before one
  // whose parameters are no longer kept: OutOfRange, naming the nearest that are, where that is the
  // first. Empty past the newest and for an unknown job.
  virtual absl::StatusOr<std::vector<SnapshotRecord>> Read(absl::string_view job_id,
                                                           int64_t start_index, int limit,
                                                           View view, int64_t max_bytes) const = 0;

  // Calls `visit` for each of the job's snapshots with an index in [start_index, end_index), in
  // order, without holding more than a block of them.
  virtual absl::Status VisitHeads(absl::string_view job_id, int64_t start_index, int64_t end_index,
                                  absl::FunctionRef<void(const SnapshotHead&)> visit) const = 0;

  // Drops the parameters and batch indices of the job's snapshots with an index in
  // [begin_index, end_index) for which `keeps` is false, in one commit; but never those of the
  // first, the newest and the best, nor of those from which a job that is not finished starts.
  // Returns how many lost theirs. NotFound for an unknown job.
  virtual absl::StatusOr<int64_t> Thin(absl::string_view job_id, int64_t begin_index,
                                       int64_t end_index,
                                       absl::FunctionRef<bool(int64_t)> keeps) = 0;

  // Stores what a later attempt goes on from, in place of what was there, with the durability of
  // `Append`: it is never there without the snapshots before it. FailedPrecondition unless those
  // are stored and the job's state is not final; NotFound for an unknown job.
  virtual absl::Status SaveCheckpoint(absl::string_view job_id,
                                      const CheckpointRecord& checkpoint) = 0;

  // Unset where there is none. DataLoss where it is damaged.
  virtual absl::StatusOr<std::optional<CheckpointRecord>> ReadCheckpoint(
      absl::string_view job_id) const = 0;

  // Index of the job's best snapshot: highest validation accuracy, then lowest loss, then earliest;
  // the newest when none was evaluated. NotFound when it has none; DataLoss where one of those that
  // it is chosen from is damaged or missing.
  virtual absl::StatusOr<int64_t> BestIndex(absl::string_view job_id) const = 0;
};

// A data folder's whole store. Members live as long as it does.
class Store {
 public:
  virtual ~Store() = default;

  virtual JobRepository& jobs() = 0;
  virtual SnapshotRepository& snapshots() = 0;
  virtual data::DatasetRepository& datasets() = 0;
  virtual data::UploadRepository& uploads() = 0;

  // Makes everything stored so far survive a power failure.
  virtual absl::Status Flush() = 0;

  // Bytes of the disk that jobs, snapshots and records fill, without the log and what was freed.
  virtual absl::StatusOr<int64_t> UsedBytes() const = 0;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_REPOSITORIES_H_
