#include "server/storage/sqlite/backup.h"

#include <fcntl.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/data/disk.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/write_ahead_log.h"

namespace percept::storage {
namespace {

absl::Status CheckIsThere(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return absl::OkStatus();
  if (error) return data::DiskError(error.value(), path, "cannot be read");
  return absl::NotFoundError(absl::StrCat(path, ": there is no database"));
}

// One statement, hence one read transaction.
absl::Status CopyTables(const std::string& from, const std::string& to) {
  PERCEPT_RETURN_IF_ERROR(CheckIsThere(from));
  // Before anything opens it, which would put an empty log in the place of a missing one.
  PERCEPT_RETURN_IF_ERROR(CheckLog(from));
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> source,
                           Connection::Open(from, Connection::Mode::kRead));
  PERCEPT_RETURN_IF_ERROR(CheckSchema(*source, from, Migrations()));
  return Annotate(source->RunOnce("VACUUM INTO ?1", {to}), absl::StrCat("cannot copy to ", to));
}

absl::StatusOr<bool> HasTable(Connection& connection, absl::string_view name) {
  PERCEPT_ASSIGN_OR_RETURN(
      const int64_t tables,
      connection.QueryInteger(
          "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1", {name}));
  return tables > 0;
}

// Leaves what a server would have left that has just been stopped. The files of uploads are not
// copied, so that their rows would be of no use.
absl::Status Close(Connection& copy) {
  PERCEPT_RETURN_IF_ERROR(copy.Execute("PRAGMA foreign_keys = ON"));
  PERCEPT_ASSIGN_OR_RETURN(const bool has_uploads, HasTable(copy, "uploads"));
  return copy.InTransaction([&]() -> absl::Status {
    if (has_uploads)
      PERCEPT_RETURN_IF_ERROR(copy.RunOnce("DELETE FROM uploads WHERE finished = 0"));
    return copy.RunOnce("UPDATE store SET is_open = 0");
  });
}

absl::Status CheckStructure(Connection& copy, const std::string& path) {
  PERCEPT_ASSIGN_OR_RETURN(Statement check, copy.Prepare("PRAGMA quick_check(1)"));
  PERCEPT_ASSIGN_OR_RETURN(const bool found, check.Step());
  const std::string result(found ? check.Text(0) : "");
  if (result == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, ": is damaged: ", result));
}

absl::StatusOr<DatabaseCopy> Describe(Connection& copy) {
  DatabaseCopy summary;
  PERCEPT_ASSIGN_OR_RETURN(summary.jobs, copy.QueryInteger("SELECT count(*) FROM jobs"));
  PERCEPT_ASSIGN_OR_RETURN(const bool has_blocks, HasTable(copy, "snapshot_blocks"));
  PERCEPT_ASSIGN_OR_RETURN(
      summary.snapshots,
      copy.QueryInteger(has_blocks ? "SELECT coalesce(sum(snapshots), 0) FROM snapshot_blocks "
                                     "WHERE job IN (SELECT sequence FROM jobs)"
                                   : "SELECT count(*) FROM snapshots"));
  PERCEPT_ASSIGN_OR_RETURN(summary.datasets, copy.QueryInteger("SELECT count(*) FROM datasets"));
  PERCEPT_ASSIGN_OR_RETURN(
      Statement digests,
      copy.Prepare("SELECT DISTINCT digest FROM datasets WHERE generator = 0 ORDER BY digest"));
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, digests.Step());
    if (!found) return summary;
    summary.contents.emplace_back(digests.Text(0));
  }
}

absl::StatusOr<DatabaseCopy> CloseAndDescribe(const std::string& path) {
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> copy,
                           Connection::Open(path, Connection::Mode::kCreate));
  PERCEPT_RETURN_IF_ERROR(Close(*copy));
  PERCEPT_RETURN_IF_ERROR(CheckStructure(*copy, path));
  return Describe(*copy);
}

// SQLite does not flush what it copies.
absl::Status Sync(const std::string& path) {
  PERCEPT_ASSIGN_OR_RETURN(const data::OpenFile file, data::OpenFile::Open(path, O_RDONLY));
  return file.Sync();
}

}  // namespace

absl::StatusOr<DatabaseCopy> CopyDatabase(const std::string& from, const std::string& to) {
  PERCEPT_RETURN_IF_ERROR(CopyTables(from, to));
  PERCEPT_ASSIGN_OR_RETURN(DatabaseCopy copy, CloseAndDescribe(to));
  PERCEPT_RETURN_IF_ERROR(Sync(to));
  return copy;
}

}  // namespace percept::storage
