#ifndef PERCEPT_SERVER_STORAGE_SQLITE_STATEMENT_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_STATEMENT_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include <sqlite3.h>

namespace percept::storage {

// The status that an error of SQLite stands for: ResourceExhausted for a full disk, DataLoss for a
// corrupt file, PermissionDenied and Unavailable for the operating system's refusals, Internal for
// what only a fault of ours can cause. The message begins with `file`.
absl::Status ErrorOf(sqlite3* database, int code, absl::string_view file);

// The same for a database that is open, which knows its file.
absl::Status ErrorOf(sqlite3* database, int code);

// A prepared statement on loan from its connection, ready for another use when destroyed.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  // Parameters are counted from 1. The connection reports a failed binding when the statement runs.
  void Bind(int parameter, int64_t value);
  void Bind(int parameter,
            double value);  // A NaN, which SQLite would make NULL, becomes the text "nan".
  void Bind(int parameter, absl::string_view text);
  void BindBlob(int parameter,
                absl::string_view bytes);  // Borrowed until the statement is destroyed.
  void BindNull(int parameter);

  // True when there is a row to look at, false when there is none left.
  absl::StatusOr<bool> Step();

  // Runs a statement that yields no rows.
  absl::Status Run();

  // Columns are counted from 0. Text and blobs are valid until the next step.
  bool IsNull(int column) const;
  int64_t Integer(int column) const;
  double Real(int column) const;
  absl::string_view Text(int column) const;
  absl::string_view Blob(int column) const;

 private:
  struct Reset {
    void operator()(sqlite3_stmt* statement) const;
  };

  void Note(int code);

  std::unique_ptr<sqlite3_stmt, Reset> statement_;
  int failed_binding_ = SQLITE_OK;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_STATEMENT_H_
