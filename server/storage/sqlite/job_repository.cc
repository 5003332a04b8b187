#include "server/storage/sqlite/job_repository.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/block_rows.h"
#include "server/storage/sqlite/checkpoint_rows.h"
#include "server/storage/sqlite/deleted_job_rows.h"
#include "server/storage/sqlite/epoch_rows.h"
#include "server/storage/sqlite/job_list_query.h"
#include "server/storage/sqlite/job_row.h"
#include "server/storage/sqlite/row.h"
#include "server/storage/sqlite/test_evaluation_rows.h"
#include "server/storage/sqlite/thinning.h"

namespace percept::storage {
namespace {

constexpr absl::string_view kIsUnfinished = "state IN (1, 2, 3)";
static_assert(static_cast<int>(JobState::kQueued) == 1 &&
              static_cast<int>(JobState::kRunning) == 2 &&
              static_cast<int>(JobState::kPaused) == 3);

// Reads the one row of a bound statement; NotFound, naming `what`, when there is none.
absl::StatusOr<StoredJob> ReadOne(Connection& connection, Statement& statement,
                                  absl::string_view what) {
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return JobNotFound(what);
  return ReadJob(connection, statement);
}

absl::StatusOr<StoredJob> FindById(Connection& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(SelectJobsSql("WHERE id = ?1")));
  statement.Bind(1, id);
  return ReadOne(connection, statement, absl::StrCat("jobs/", id));
}

absl::StatusOr<StoredJob> FindByRequestId(Connection& connection, absl::string_view owner,
                                          absl::string_view request_id) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           connection.Prepare(SelectJobsSql(
                               "WHERE owner = ?1 AND request_id = ?2 AND request_id <> ''")));
  statement.Bind(1, owner);
  statement.Bind(2, request_id);
  return ReadOne(connection, statement, absl::StrCat("request_id ", request_id));
}

// AlreadyExists when either key of `job` is taken.
absl::Status CheckUnused(Connection& connection, const JobRecord& job) {
  const absl::StatusOr<StoredJob> same_id = FindById(connection, job.id);
  if (same_id.ok()) {
    return WithReason(absl::AlreadyExistsError(absl::StrCat("jobs/", job.id, ": exists already")),
                      "JOB_EXISTS");
  }
  if (!absl::IsNotFound(same_id.status())) return same_id.status();
  if (job.request_id.empty()) return absl::OkStatus();
  const absl::StatusOr<StoredJob> same_request =
      FindByRequestId(connection, job.owner, job.request_id);
  if (same_request.ok()) {
    return WithReason(
        absl::AlreadyExistsError(absl::StrCat("request_id: must be a new one, got ", job.request_id,
                                              ", which made jobs/", same_request->job.id)),
        "REQUEST_ID_USED");
  }
  return absl::IsNotFound(same_request.status()) ? absl::OkStatus() : same_request.status();
}

// NotFound when `job` is to start from one that has gone, OutOfRange from a snapshot whose
// parameters have. They stay for as long as the job is not finished.
absl::Status CheckOrigin(Connection& connection, const JobRecord& job) {
  if (!job.spec.init_from.has_value()) return absl::OkStatus();
  const SnapshotRef& origin = *job.spec.init_from;
  PERCEPT_RETURN_IF_ERROR(Annotate(FindJobSequence(connection, origin.job).status(), "init_from"));
  return Annotate(CheckKept(connection, origin.job, origin.index), "init_from");
}

// FailedPrecondition while a job is not finished. One that is damaged may go in whatever state its
// row shows: no server can go on with it.
absl::Status CheckFinished(Connection& connection, absl::string_view id) {
  const absl::StatusOr<StoredJob> stored = FindById(connection, id);
  if (absl::IsDataLoss(stored.status())) return absl::OkStatus();
  PERCEPT_RETURN_IF_ERROR(stored.status());
  if (IsTerminal(stored->job.state)) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "jobs/", id, ": state must be final for it to be deleted, got ",
                        JobStateName(stored->job.state), "; cancel it first")),
                    "JOB_NOT_FINISHED");
}

// FailedPrecondition, naming one, while jobs that are not finished start from snapshots of a job.
absl::Status CheckNoneStartsFrom(Connection& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(absl::StrCat("SELECT id FROM jobs WHERE init_from_job = ?1 AND ",
                                      kIsUnfinished, " ORDER BY sequence LIMIT 1")));
  statement.Bind(1, id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(
                        absl::StrCat("jobs/", id, ": must not be deleted while jobs/",
                                     statement.Text(0), ", which starts from it, is not finished")),
                    "JOB_IN_USE");
}

// What Update overwrites.
void CopyChangeable(const JobRecord& from, JobRecord& to) {
  to.state = from.state;
  to.start_time = from.start_time;
  to.end_time = from.end_time;
  to.error_reason = from.error_reason;
  to.error_message = from.error_message;
  to.cancel_requested = from.cancel_requested;
  to.pause_requested = from.pause_requested;
  to.attempt = from.attempt;
  to.run_time = from.run_time;
  to.instruction_set = from.instruction_set;
  to.engine_revision = from.engine_revision;
  to.engine_changed = from.engine_changed;
}

// DataLoss for a job that is there, but not found by its id: an entry of that index is damaged.
// Goes through all rows.
absl::Status CheckNotThere(Connection& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(
      const int64_t rows,
      connection.QueryInteger("SELECT count(*) FROM jobs NOT INDEXED WHERE id = ?1", {id}));
  return rows == 0 ? absl::OkStatus() : MissingRecord(absl::StrCat("jobs/", id, ": index of ids"));
}

// What is stored of a job that ends is what it must hold from then on.
absl::Status RequireWhatIsThere(Connection& connection, StoredJob& stored) {
  stored.required.snapshots = stored.job.snapshot_count;
  PERCEPT_ASSIGN_OR_RETURN(stored.required.epochs, CountEpochs(connection, stored.sequence));
  return absl::OkStatus();
}

// Puts a job that was read on a page, or the id of one that is damaged.
absl::Status AddToPage(absl::StatusOr<StoredJob> read, const JobKey& key,
                       JobRepository::Page& page) {
  if (absl::IsDataLoss(read.status())) {
    page.damaged.push_back(key.id);
    return absl::OkStatus();
  }
  PERCEPT_RETURN_IF_ERROR(read.status());
  page.jobs.push_back(std::move(read->job));
  return absl::OkStatus();
}

}  // namespace

absl::Status SqliteJobRepository::Insert(const JobRecord& job) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_RETURN_IF_ERROR(CheckUnused(connection, job));
        PERCEPT_RETURN_IF_ERROR(CheckOrigin(connection, job));
        PERCEPT_ASSIGN_OR_RETURN(const int64_t sequence, NextJobSequence(connection));
        StoredJob stored{sequence, job, {.test_evaluations = 0}};
        stored.job.thinned_count = 0;
        return InsertJob(connection, stored);
      });
}

absl::Status SqliteJobRepository::Update(const JobRecord& job, JobState expected) {
  const auto update = [&](Connection& connection) -> absl::Status {
    PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindById(connection, job.id));
    if (stored.job.state != expected) {
      return WithReason(absl::FailedPreconditionError(absl::StrCat(
                            "jobs/", job.id, ": state must be ", JobStateName(expected),
                            " for this, got ", JobStateName(stored.job.state))),
                        "JOB_STATE_CHANGED");
    }
    CopyChangeable(job, stored.job);
    if (IsTerminal(stored.job.state)) {
      PERCEPT_RETURN_IF_ERROR(DeleteCheckpoint(connection, stored.sequence));
      PERCEPT_RETURN_IF_ERROR(RequireWhatIsThere(connection, stored));
    }
    return OverwriteJob(connection, stored);
  };
  return writer_.WriteInReserve(Writer::Durability::kPowerFailure, update);
}

absl::StatusOr<JobRecord> SqliteJobRepository::Get(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  absl::StatusOr<StoredJob> stored = FindById(*connection, id);
  if (absl::IsNotFound(stored.status())) {
    PERCEPT_RETURN_IF_ERROR(CheckNotThere(*connection, id));
  }
  PERCEPT_RETURN_IF_ERROR(stored.status());
  return std::move(stored->job);
}

absl::StatusOr<JobRecord> SqliteJobRepository::GetByRequestId(absl::string_view owner,
                                                              absl::string_view request_id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindByRequestId(*connection, owner, request_id));
  return std::move(stored.job);
}

absl::StatusOr<JobRepository::Page> SqliteJobRepository::List(const JobFilter& filter,
                                                              bool newest_first,
                                                              std::optional<Cursor> cursor,
                                                              int limit) const {
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           PrepareJobList(*connection, filter, newest_first, cursor, limit));
  Page page;
  Cursor last;
  for (int rows = 0;; ++rows) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return page;
    if (rows == limit) break;
    const JobKey key = ReadJobKey(statement);
    PERCEPT_RETURN_IF_ERROR(AddToPage(ReadJob(*connection, statement), key, page));
    last.sequence = key.sequence;
  }
  page.next = last;
  return page;
}

absl::StatusOr<JobRepository::Page> SqliteJobRepository::ListUnfinished() const {
  // By the index and by the rows themselves: damage to either hides no job.
  static const std::string* const sql = new std::string(
      absl::StrCat("SELECT sequence, id FROM jobs INDEXED BY jobs_by_state WHERE ", kIsUnfinished,
                   " UNION SELECT sequence, id FROM jobs NOT INDEXED WHERE ", kIsUnfinished,
                   " ORDER BY sequence"));
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection->Prepare(*sql));
  Page page;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return page;
    const JobKey key = ReadJobKey(statement);
    PERCEPT_RETURN_IF_ERROR(AddToPage(FindJob(*connection, key.sequence), key, page));
  }
}

absl::Status SqliteJobRepository::Delete(absl::string_view id) {
  return writer_.WriteInReserve(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(const int64_t sequence, FindJobSequence(connection, id));
        PERCEPT_RETURN_IF_ERROR(CheckFinished(connection, id));
        PERCEPT_RETURN_IF_ERROR(CheckNoneStartsFrom(connection, id));
        return DeleteJobRow(connection, sequence);
      });
}

absl::StatusOr<bool> SqliteJobRepository::Purge() {
  bool has_freed = false;
  // A power failure may take the freeing back, but never the deletion.
  PERCEPT_RETURN_IF_ERROR(writer_.WriteInReserve(
      Writer::Durability::kCrash, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(has_freed, PurgeSome(connection));
        return absl::OkStatus();
      }));
  return has_freed;
}

absl::Status SqliteJobRepository::AppendTestEvaluation(absl::string_view id,
                                                       const TestEvaluation& evaluation) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindById(connection, id));
        std::optional<int64_t>& required = stored.required.test_evaluations;
        PERCEPT_ASSIGN_OR_RETURN(required,
                                 storage::AppendTestEvaluation(connection, stored.sequence,
                                                               required.value_or(0), evaluation));
        return OverwriteJob(connection, stored);
      });
}

absl::Status SqliteJobRepository::SetVisibility(absl::string_view id, Visibility visibility) {
  return writer_.Write(Writer::Durability::kPowerFailure,
                       [&](Connection& connection) -> absl::Status {
                         PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindById(connection, id));
                         stored.job.visibility = visibility;
                         return OverwriteJob(connection, stored);
                       });
}

absl::StatusOr<int64_t> SqliteJobRepository::KeptBytes(absl::string_view owner) const {
  static const std::string* const sql = new std::string(
      absl::StrCat("SELECT coalesce(sum(parameter_count * CASE model WHEN ",
                   static_cast<int>(ModelKind::kPerceptron), " THEN ", sizeof(double), " ELSE ",
                   sizeof(float), " END * max(0, coalesce(", SnapshotCountSql("jobs.sequence"),
                   ", 0) - coalesce(thinned_count, 0))), 0) FROM jobs INDEXED BY jobs_by_owner "
                   "WHERE owner = ?1"));
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return connection->QueryInteger(*sql, {owner});
}

absl::StatusOr<int64_t> SqliteJobRepository::Count(const JobFilter& filter) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, PrepareJobCount(*connection, filter));
  PERCEPT_RETURN_IF_ERROR(statement.Step().status());
  return statement.Integer(0);
}

}  // namespace percept::storage
