#ifndef PERCEPT_SERVER_STORAGE_SQLITE_CONNECTION_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include <sqlite3.h>

#include "server/storage/sqlite/statement.h"

namespace percept::storage {

// One connection to a database file, with its prepared statements. Used by one thread at a time.
class Connection {
 public:
  enum class Mode {
    kCreate,     // Reads and writes; makes the file when there is none.
    kRead,       // Reads what others write.
    kReadAlone,  // Reads the main file only, as if nobody wrote, and touches no other.
  };
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, Mode mode);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one or more statements that yield no rows.
  absl::Status Execute(const std::string& sql);

  // Runs one statement that yields no rows, prepared as by Prepare, with its parameters 1, 2, …
  // bound to `texts`.
  absl::Status RunOnce(absl::string_view sql, absl::Span<const absl::string_view> texts = {});

  // Runs `body` between BEGIN and COMMIT; when either fails, nothing is changed.
  absl::Status InTransaction(absl::FunctionRef<absl::Status()> body);

  // The single integer that `sql` yields, likewise.
  absl::StatusOr<int64_t> QueryInteger(absl::string_view sql,
                                       absl::Span<const absl::string_view> texts = {});

  // From now on counts the frames of the write-ahead log, and no longer brings the log into the
  // main file by itself.
  void CountLogFrames();

  // What the log holds after the last commit; unset when none was made since the last call.
  struct LogEnd {
    uint64_t salts = 0;  // As in log_note.h.
    int64_t frames = 0;
  };
  std::optional<LogEnd> TakeLogEnd();

  // Prepares on first use and keeps for the next. No two uses of the same text at once.
  absl::StatusOr<Statement> Prepare(absl::string_view sql);

 private:
  explicit Connection(sqlite3* database) : database_(database) {}

  sqlite3* const database_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
  std::optional<int64_t> log_frames_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_CONNECTION_H_
