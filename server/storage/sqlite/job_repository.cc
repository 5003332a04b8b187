#include "server/storage/sqlite/job_repository.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

// A job and its place in the order of creation.
struct StoredJob {
  int64_t sequence = 0;
  JobRecord job;
};

// `Stored` is StoredJob, const or not.
template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  auto& job = stored.job;
  auto& spec = job.spec;
  row.Column("sequence", stored.sequence);
  row.Column("id", job.id);
  row.Column("owner", job.owner);
  row.Column("request_id", job.request_id);
  row.Column("dataset", spec.dataset);
  row.Column("model", spec.model.kind);
  row.Column("hidden_units", spec.model.hidden_units);
  row.Column("activation", spec.model.activation);
  row.Column("initialization", spec.model.initialization);
  row.Column("learning_rate", spec.training.learning_rate);
  row.Column("epochs", spec.training.epochs);
  row.Column("batch_size", spec.training.batch_size);
  row.Column("shuffle", spec.training.shuffle);
  row.Column("report_frequency", spec.training.report_frequency);
  row.Column("evaluate_every", spec.training.evaluate_every);
  row.Column("evaluate", spec.training.evaluate);
  row.Column("optimizer", spec.training.optimizer);
  row.Column("schedule", spec.training.schedule);
  row.Column("seed", spec.seed);
  row.Column("label", spec.label);
  row.Column("priority", spec.priority);
  row.Column("time_limit_us", spec.time_limit);
  row.Column("state", job.state);
  row.Column("create_time_us", job.create_time);
  row.Column("start_time_us", job.start_time);
  row.Column("end_time_us", job.end_time);
  row.Column("error_reason", job.error_reason);
  row.Column("error_message", job.error_message);
  row.Column("cancel_requested", job.cancel_requested);
  row.Column("attempt", job.attempt);
  row.Column("run_time_us", job.run_time);
  row.Column("instruction_set", job.instruction_set);
  row.Column("dataset_digest", job.dataset_digest);
  row.Column("inputs", job.inputs);
  row.Column("classes", job.classes);
  row.Column("train_examples", job.train_examples);
  row.Column("parameter_count", job.parameter_count);
  row.Column("memory_estimate_bytes", job.memory_estimate_bytes);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const StoredJob none;
    VisitColumns(*names, none);
    return names;
  }();
  return *columns;
}

// "SELECT …, snapshot_count FROM jobs " and `rest`.
std::string SelectSql(absl::string_view rest) {
  static const std::string* const beginning =
      new std::string(absl::StrCat("SELECT ", Columns().List(),
                                   ", (SELECT max(snapshot_index) + 1 FROM snapshots WHERE "
                                   "snapshots.job = jobs.sequence) FROM jobs "));
  return absl::StrCat(*beginning, rest);
}

absl::Status Write(Statement statement, const StoredJob& stored) {
  RowWriter row(statement);
  VisitColumns(row, stored);
  row.Finish();
  return statement.Run();
}

// Reads the row that a statement of SelectSql stands on.
absl::StatusOr<StoredJob> Read(Statement& statement) {
  StoredJob stored;
  RowReader row(statement);
  VisitColumns(row, stored);
  if (!row.Finish()) return CorruptRecord(absl::StrCat("jobs/", stored.job.id));
  stored.job.snapshot_count = statement.Integer(row.next_column());  // 0 for NULL.
  return stored;
}

absl::Status NotFound(absl::string_view what) {
  return WithReason(absl::NotFoundError(absl::StrCat(what, ": no such job")), "JOB_NOT_FOUND");
}

// Reads the one row of a bound statement; NotFound, naming `what`, when there is none.
absl::StatusOr<StoredJob> ReadOne(Statement& statement, absl::string_view what) {
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return NotFound(what);
  return Read(statement);
}

// `connection` is a Connection* or a lease on one.
template <typename Handle>
absl::StatusOr<StoredJob> FindById(Handle& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection->Prepare(SelectSql("WHERE id = ?1")));
  statement.Bind(1, id);
  return ReadOne(statement, absl::StrCat("jobs/", id));
}

template <typename Handle>
absl::StatusOr<StoredJob> FindByRequestId(Handle& connection, absl::string_view owner,
                                          absl::string_view request_id) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection->Prepare(SelectSql("WHERE owner = ?1 AND request_id = ?2 AND request_id <> ''")));
  statement.Bind(1, owner);
  statement.Bind(2, request_id);
  return ReadOne(statement, absl::StrCat("request_id ", request_id));
}

// AlreadyExists when either key of `job` is taken.
absl::Status CheckUnused(Connection* connection, const JobRecord& job) {
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

// What Update overwrites.
void CopyChangeable(const JobRecord& from, JobRecord& to) {
  to.state = from.state;
  to.start_time = from.start_time;
  to.end_time = from.end_time;
  to.error_reason = from.error_reason;
  to.error_message = from.error_message;
  to.cancel_requested = from.cancel_requested;
  to.attempt = from.attempt;
  to.run_time = from.run_time;
  to.instruction_set = from.instruction_set;
}

// The conditions of a list, and the values that its parameters 1, 2, … take.
struct Conditions {
  std::vector<std::string> terms;
  std::vector<int64_t> integers;   // The first parameters.
  std::vector<std::string> texts;  // The parameters after those.

  std::string Where() const {
    return terms.empty() ? "" : absl::StrCat("WHERE ", absl::StrJoin(terms, " AND "), " ");
  }
};

Conditions ConditionsOf(const JobFilter& filter, bool newest_first,
                        std::optional<JobRepository::Cursor> cursor, int limit) {
  Conditions conditions;
  conditions.integers.push_back(limit);
  if (cursor.has_value()) {
    conditions.integers.push_back(cursor->sequence);
    conditions.terms.push_back(
        absl::StrCat("sequence ", newest_first ? "<" : ">", " ?", conditions.integers.size()));
  }
  if (filter.state.has_value()) {
    conditions.integers.push_back(static_cast<int64_t>(*filter.state));
    conditions.terms.push_back(absl::StrCat("state = ?", conditions.integers.size()));
  }
  const std::pair<const char*, const std::optional<std::string>&> texts[] = {
      {"owner", filter.owner}, {"dataset", filter.dataset}, {"label", filter.label}};
  for (const auto& [column, wanted] : texts) {
    if (!wanted.has_value()) continue;
    conditions.texts.push_back(*wanted);
    conditions.terms.push_back(
        absl::StrCat(column, " = ?", conditions.integers.size() + conditions.texts.size()));
  }
  return conditions;
}

}  // namespace

absl::Status SqliteJobRepository::Insert(const JobRecord& job) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_RETURN_IF_ERROR(CheckUnused(&connection, job));
        PERCEPT_ASSIGN_OR_RETURN(
            const int64_t newest,
            connection.QueryInteger("SELECT coalesce(max(sequence), 0) FROM jobs"));
        PERCEPT_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(Columns().InsertSql("jobs")));
        return Write(std::move(insert), {newest + 1, job});
      });
}

absl::Status SqliteJobRepository::Update(const JobRecord& job, JobState expected) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        Connection* const handle = &connection;
        PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindById(handle, job.id));
        if (stored.job.state != expected) {
          return WithReason(absl::FailedPreconditionError(absl::StrCat(
                                "jobs/", job.id, ": state must be ", JobStateName(expected),
                                " for this, got ", JobStateName(stored.job.state))),
                            "JOB_STATE_CHANGED");
        }
        CopyChangeable(job, stored.job);
        PERCEPT_ASSIGN_OR_RETURN(Statement update,
                                 connection.Prepare(Columns().UpdateSql("jobs", "sequence = ?1")));
        return Write(std::move(update), stored);
      });
}

absl::StatusOr<JobRecord> SqliteJobRepository::Get(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindById(connection, id));
  return std::move(stored.job);
}

absl::StatusOr<JobRecord> SqliteJobRepository::GetByRequestId(absl::string_view owner,
                                                              absl::string_view request_id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, FindByRequestId(connection, owner, request_id));
  return std::move(stored.job);
}

absl::StatusOr<JobRepository::Page> SqliteJobRepository::List(const JobFilter& filter,
                                                              bool newest_first,
                                                              std::optional<Cursor> cursor,
                                                              int limit) const {
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  // One row more than asked for tells whether there is a next page.
  const Conditions conditions = ConditionsOf(filter, newest_first, cursor, limit);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection->Prepare(SelectSql(absl::StrCat(conditions.Where(), "ORDER BY sequence ",
                                                 newest_first ? "DESC" : "ASC", " LIMIT ?1 + 1"))));
  int parameter = 1;
  for (const int64_t value : conditions.integers) statement.Bind(parameter++, value);
  for (const std::string& value : conditions.texts)
    statement.Bind(parameter++, absl::string_view(value));

  Page page;
  Cursor last;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return page;
    if (static_cast<int>(page.jobs.size()) == limit) break;
    PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, Read(statement));
    last.sequence = stored.sequence;
    page.jobs.push_back(std::move(stored.job));
  }
  page.next = last;
  return page;
}

absl::StatusOr<std::vector<JobRecord>> SqliteJobRepository::ListUnfinished() const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection->Prepare(SelectSql("WHERE state IN (?1, ?2, ?3) ORDER BY sequence")));
  int parameter = 1;
  for (const JobState state : {JobState::kQueued, JobState::kRunning, JobState::kPaused}) {
    statement.Bind(parameter++, static_cast<int64_t>(state));
  }
  std::vector<JobRecord> jobs;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return jobs;
    PERCEPT_ASSIGN_OR_RETURN(StoredJob stored, Read(statement));
    jobs.push_back(std::move(stored.job));
  }
}

absl::Status SqliteJobRepository::AppendTestEvaluation(absl::string_view, const TestEvaluation&) {
  return absl::UnimplementedError("");
}

absl::StatusOr<int64_t> SqliteJobRepository::CountByDataset(absl::string_view dataset) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           connection->Prepare("SELECT COUNT(*) FROM jobs WHERE dataset = ?1"));
  statement.Bind(1, dataset);
  PERCEPT_RETURN_IF_ERROR(statement.Step().status());
  return statement.Integer(0);
}

}  // namespace percept::storage
