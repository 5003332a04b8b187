#include "server/storage/sqlite/connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "server/base/status.h"

namespace percept::storage {
namespace {

constexpr int kBusyTimeoutMs = 5000;  // Somebody looking with another program may hold a lock.

// A `file:` address of a path, with what has a meaning in addresses escaped.
std::string AddressOf(const std::string& path, absl::string_view options) {
  return absl::StrCat(
      "file:", absl::StrReplaceAll(path, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}}), "?", options);
}

absl::StatusOr<sqlite3*> OpenDatabase(const std::string& path, Connection::Mode mode) {
  const std::string address =
      AddressOf(path, mode == Connection::Mode::kReadAlone ? "immutable=1" : "");
  const int access = mode == Connection::Mode::kCreate ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                       : SQLITE_OPEN_READONLY;
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(
      address.c_str(), &database,
      access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code == SQLITE_OK) return database;
  if (database == nullptr)
    return absl::ResourceExhaustedError(absl::StrCat(path, ": not enough memory to open it"));
  const absl::Status status = ErrorOf(database, code, path);
  sqlite3_close(database);
  return status;
}

void BindAll(Statement& statement, absl::Span<const absl::string_view> texts) {
  int parameter = 1;
  for (const absl::string_view text : texts) statement.Bind(parameter++, text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path, Mode mode) {
  PERCEPT_ASSIGN_OR_RETURN(sqlite3* const database, OpenDatabase(path, mode));
  auto connection = std::unique_ptr<Connection>(new Connection(database));
  sqlite3_busy_timeout(database, kBusyTimeoutMs);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

absl::Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(database_, code);
}

absl::StatusOr<int64_t> Connection::QueryInteger(absl::string_view sql,
                                                 absl::Span<const absl::string_view> texts) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  BindAll(statement, texts);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return absl::InternalError(absl::StrCat("no row for ", sql));
  return statement.Integer(0);
}

absl::Status Connection::RunOnce(absl::string_view sql, absl::Span<const absl::string_view> texts) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  BindAll(statement, texts);
  return statement.Run();
}

absl::Status Connection::InTransaction(absl::FunctionRef<absl::Status()> body) {
  PERCEPT_RETURN_IF_ERROR(RunOnce("BEGIN IMMEDIATE"));
  absl::Status status = body();
  if (status.ok()) status = RunOnce("COMMIT");
  // Some errors have rolled back already.
  if (!status.ok() && sqlite3_get_autocommit(database_) == 0) RunOnce("ROLLBACK").IgnoreError();
  return status;
}

void Connection::CountLogFrames() {
  const auto note_frames = [](void* connection, sqlite3* /*database*/, const char* /*schema*/,
                              int frames) {
    static_cast<Connection*>(connection)->log_frames_ = frames;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_, note_frames, this);
}

std::optional<Connection::LogEnd> Connection::TakeLogEnd() {
  const std::optional<int64_t> frames = std::exchange(log_frames_, std::nullopt);
  sqlite3_file* log = nullptr;
  if (!frames.has_value() ||
      sqlite3_file_control(database_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK ||
      log == nullptr || log->pMethods == nullptr) {
    return std::nullopt;
  }
  constexpr sqlite3_int64 kSaltsOffset = 16;
  uint64_t salts = 0;  // Big-endian.
  if (log->pMethods->xRead(log, &salts, sizeof(salts), kSaltsOffset) != SQLITE_OK) {
    return std::nullopt;
  }
  return LogEnd{__builtin_bswap64(salts), *frames};
}

absl::StatusOr<Statement> Connection::Prepare(absl::string_view sql) {
  sqlite3_stmt*& statement = statements_[std::string(sql)];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
      const absl::Status status = ErrorOf(database_, code);
      statements_.erase(std::string(sql));
      return status;
    }
  }
  return Statement(statement);
}

}  // namespace percept::storage
