#include "server/storage/sqlite/statement.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"

namespace percept::storage {
namespace {

constexpr absl::string_view kNan = "nan";

absl::StatusCode CodeOf(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_CANTOPEN:
      return system_error == EACCES || system_error == EPERM ? absl::StatusCode::kPermissionDenied
                                                             : absl::StatusCode::kUnavailable;
    case SQLITE_IOERR:
      return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG
                 ? absl::StatusCode::kResourceExhausted
                 : absl::StatusCode::kUnavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

// The operating system's last error, or 0. SQLite does not pass on that of a commit, but the files
// remember it.
int SystemErrorOf(sqlite3* database) {
  int error = sqlite3_system_errno(database);
  sqlite3_file* log = nullptr;
  if (error == 0 &&
      sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
  }
  if (error == 0) sqlite3_file_control(database, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

}  // namespace

absl::Status ErrorOf(sqlite3* database, int code, absl::string_view file) {
  const bool is_system_error = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
  const int system_error = is_system_error ? SystemErrorOf(database) : 0;
  std::string message = absl::StrCat(file, ": ", sqlite3_errstr(code));
  const absl::string_view detail = sqlite3_errmsg(database);
  if (sqlite3_extended_errcode(database) == code && detail != sqlite3_errstr(code)) {
    absl::StrAppend(&message, " (", detail, ")");
  }
  if (system_error != 0) absl::StrAppend(&message, ": ", std::strerror(system_error));
  return absl::Status(CodeOf(code, system_error), message);
}

absl::Status ErrorOf(sqlite3* database, int code) {
  return ErrorOf(database, code, sqlite3_db_filename(database, "main"));
}

void Statement::Reset::operator()(sqlite3_stmt* statement) const {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

void Statement::Note(int code) {
  if (code != SQLITE_OK) failed_binding_ = code;
}

void Statement::Bind(int parameter, int64_t value) {
  Note(sqlite3_bind_int64(statement_.get(), parameter, value));
}

void Statement::Bind(int parameter, double value) {
  if (std::isnan(value)) return Bind(parameter, kNan);
  Note(sqlite3_bind_double(statement_.get(), parameter, value));
}

void Statement::Bind(int parameter, absl::string_view text) {
  Note(sqlite3_bind_text64(statement_.get(), parameter, text.data() == nullptr ? "" : text.data(),
                           text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::BindBlob(int parameter, absl::string_view bytes) {
  Note(sqlite3_bind_blob64(statement_.get(), parameter, bytes.data() == nullptr ? "" : bytes.data(),
                           bytes.size(), SQLITE_STATIC));
}

void Statement::BindNull(int parameter) { Note(sqlite3_bind_null(statement_.get(), parameter)); }

absl::StatusOr<bool> Statement::Step() {
  sqlite3* const database = sqlite3_db_handle(statement_.get());
  if (failed_binding_ != SQLITE_OK) return ErrorOf(database, failed_binding_);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return ErrorOf(database, code);
}

absl::Status Statement::Run() { return Step().status(); }

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::Real(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT)
    return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(statement_.get(), column);
}

absl::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return "";
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

absl::string_view Statement::Blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) return "";
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace percept::storage
