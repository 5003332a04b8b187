#include "server/storage/sqlite/sqlite_store.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/dataset_repository.h"
#include "server/storage/sqlite/job_repository.h"
#include "server/storage/sqlite/read_pool.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/snapshot_repository.h"
#include "server/storage/sqlite/upload_repository.h"
#include "server/storage/sqlite/writer.h"

namespace percept::storage {
namespace {

// The log is brought into the main file about every 16 MiB, and cut back to 64 MiB where a long
// read has let it grow.
constexpr char kSettings[] =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
    "PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864;";

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::string& path, std::unique_ptr<Connection> connection)
      : path_(path), writer_(std::move(connection)), readers_(path) {}

  ~SqliteStore() override {
    const absl::Status marked = writer_.Mark(/*is_open=*/false);
    if (!marked.ok()) {
      log::Warning("the database could not be closed cleanly; nothing stored is lost",
                   {{"file", path_}, {"error", marked.message()}});
    }
  }

  absl::Status MarkOpen() { return writer_.Mark(/*is_open=*/true); }

  JobRepository& jobs() override { return jobs_; }
  SnapshotRepository& snapshots() override { return snapshots_; }
  data::DatasetRepository& datasets() override { return datasets_; }
  data::UploadRepository& uploads() override { return uploads_; }
  absl::Status Flush() override { return writer_.Flush(); }

 private:
  const std::string path_;
  // The readers go first, so that the writer's connection is the last and tidies up.
  Writer writer_;
  ReadPool readers_;
  SqliteJobRepository jobs_{&writer_, &readers_};
  SqliteSnapshotRepository snapshots_{&writer_, &readers_};
  SqliteDatasetRepository datasets_{&writer_, &readers_};
  SqliteUploadRepository uploads_{&writer_, &readers_};
};

int64_t FileSize(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 ? int64_t{found.st_size} : -1;
}

// A store that was not closed cleanly has a write-ahead log, and without it lacks what was
// acknowledged last. SQLite itself would start as if nothing had happened.
absl::Status CheckLogIsThere(const std::string& path) {
  const std::string log_path = absl::StrCat(path, "-wal");
  if (FileSize(path) <= 0 || FileSize(log_path) >= 0) return absl::OkStatus();
  PERCEPT_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           Connection::Open(path, Connection::Mode::kReadAlone));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t application_id,
                           connection->QueryInteger("PRAGMA application_id"));
  if (application_id != kApplicationId) return absl::OkStatus();  // Refused when it is opened.
  PERCEPT_ASSIGN_OR_RETURN(const int64_t is_open,
                           connection->QueryInteger("SELECT is_open FROM store"));
  if (is_open == 0) return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        path, ": was not closed cleanly, and its write-ahead log ", log_path,
                        " is missing, with what was stored last; "
                        "put the log back, or, to go on without what it held, run: sqlite3 ",
                        path, " 'UPDATE store SET is_open = 0'")),
                    "WRITE_AHEAD_LOG_MISSING");
}

absl::Status PrepareDatabase(Connection& connection, const std::string& path) {
  PERCEPT_RETURN_IF_ERROR(CheckSchema(connection, path, Migrations()));
  PERCEPT_RETURN_IF_ERROR(connection.RunOnce("PRAGMA journal_mode = WAL"));
  PERCEPT_RETURN_IF_ERROR(connection.Execute(kSettings));
  return Migrate(connection, Migrations());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path) {
  PERCEPT_RETURN_IF_ERROR(CheckLogIsThere(path));
  PERCEPT_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                           Connection::Open(path, Connection::Mode::kCreate));
  PERCEPT_RETURN_IF_ERROR(PrepareDatabase(*connection, path));
  auto store = std::make_unique<SqliteStore>(path, std::move(connection));
  const absl::Status marked = store->MarkOpen();
  if (!marked.ok()) return Annotate(marked, path);
  return store;
}

}  // namespace percept::storage
