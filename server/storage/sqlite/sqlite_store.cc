#include "server/storage/sqlite/sqlite_store.h"

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
#include "server/storage/sqlite/write_ahead_log.h"
#include "server/storage/sqlite/writer.h"

namespace percept::storage {
namespace {

// The log is cut back to 64 MiB where a long read has let it grow. Foreign keys are not enforced:
// their cascades would remove all of a deleted job at once, which may take seconds;
// deleted_job_rows.h does it piece by piece. What is deleted is not overwritten with zeros, as
// Debian's SQLite would: that costs as much as storing it and, on a full disk, room.
constexpr char kSettings[] =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = OFF;";

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::string& path, std::unique_ptr<Connection> connection)
      : path_(path), writer_(path, std::move(connection)), readers_(path) {}

  ~SqliteStore() override {
    const absl::Status marked = writer_.MarkClosed();
    if (!marked.ok()) {
      log::Warning("the database could not be closed cleanly; nothing stored is lost",
                   {{"file", path_}, {"error", marked.message()}});
    }
  }

  // A long read by another program, such as a backup, is no reason not to start.
  absl::Status MarkOpen() {
    const absl::Status marked = writer_.MarkOpen();
    if (!absl::IsUnavailable(marked)) return marked;
    log::Warning(
        "until another program has read the database, a write-ahead log that gets lost "
        "may go unnoticed",
        {{"file", path_}, {"reason", marked.message()}});
    return absl::OkStatus();
  }

  JobRepository& jobs() override { return jobs_; }
  SnapshotRepository& snapshots() override { return snapshots_; }
  data::DatasetRepository& datasets() override { return datasets_; }
  data::UploadRepository& uploads() override { return uploads_; }
  absl::Status Flush() override { return writer_.Flush(); }

  absl::StatusOr<int64_t> UsedBytes() const override {
    PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
    return connection->QueryInteger(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
        "pragma_freelist_count, pragma_page_size");
  }

 private:
  const std::string path_;
  // The readers go first, so that the writer's connection is the last and tidies up.
  Writer writer_;
  mutable ReadPool readers_;
  SqliteJobRepository jobs_{&writer_, &readers_};
  SqliteSnapshotRepository snapshots_{&writer_, &readers_};
  SqliteDatasetRepository datasets_{&writer_, &readers_};
  SqliteUploadRepository uploads_{&writer_, &readers_};
};

absl::Status PrepareDatabase(Connection& connection, const std::string& path) {
  PERCEPT_RETURN_IF_ERROR(CheckSchema(connection, path, Migrations()));
  PERCEPT_RETURN_IF_ERROR(connection.RunOnce("PRAGMA journal_mode = WAL"));
  PERCEPT_RETURN_IF_ERROR(connection.Execute(kSettings));
  return Migrate(connection, Migrations());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path) {
  PERCEPT_RETURN_IF_ERROR(CheckLog(path));
  PERCEPT_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                           Connection::Open(path, Connection::Mode::kCreate));
  PERCEPT_RETURN_IF_ERROR(PrepareDatabase(*connection, path));
  auto store = std::make_unique<SqliteStore>(path, std::move(connection));
  const absl::Status marked = store->MarkOpen();
  if (!marked.ok()) return Annotate(marked, path);
  return store;
}

}  // namespace percept::storage
