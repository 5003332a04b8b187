#include "server/storage/sqlite/upload_repository.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

using data::UploadFile;
using data::UploadRecord;

// An upload without its files.
struct StoredUpload {
  UploadRecord record;
  int64_t file_count = 0;
};

// `Stored` is StoredUpload, const or not.
template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  auto& record = stored.record;
  row.Column("id", record.id);
  row.Column("dataset", record.dataset_id);
  row.Column("format", record.source.format);
  row.Column("label_column", record.source.label_column);
  row.Column("validation_fraction", record.source.validation_fraction);
  row.Column("test_fraction", record.source.test_fraction);
  row.Column("seed", record.source.seed);
  row.Column("owner", record.owner);
  row.Column("expire_time_us", record.expire_time);
  row.Column("finished", record.finished);
  row.Column("files", stored.file_count);
}

// A row of `upload_files`, whose SHA-256 is borrowed.
struct StoredFile {
  std::string upload;
  int64_t number = 0;
  std::string name;
  int64_t size_bytes = 0;
  BlobView sha256;
};

// `Stored` is StoredFile, const or not.
template <typename Row, typename Stored>
void VisitFileColumns(Row& row, Stored& stored) {
  row.Column("upload", stored.upload);
  row.Column("number", stored.number);
  row.Column("name", stored.name);
  row.Column("size_bytes", stored.size_bytes);
  row.Column("sha256", stored.sha256);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const StoredUpload none;
    VisitColumns(*names, none);
    return names;
  }();
  return *columns;
}

const ColumnNames& FileColumns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const StoredFile none;
    VisitFileColumns(*names, none);
    return names;
  }();
  return *columns;
}

std::string NameOf(absl::string_view id) { return absl::StrCat("uploads/", id); }

absl::Status Write(Statement statement, const StoredUpload& stored) {
  RowWriter row(statement);
  VisitColumns(row, stored);
  row.Finish();
  return statement.Run();
}

absl::Status InsertFile(Connection& connection, const StoredFile& stored) {
  PERCEPT_ASSIGN_OR_RETURN(Statement insert,
                           connection.Prepare(FileColumns().InsertSql("upload_files")));
  RowWriter row(insert);
  VisitFileColumns(row, stored);
  row.Finish();
  return insert.Run();
}

// Reads the files of an upload into its record; DataLoss also when some are missing.
absl::Status ReadFiles(Connection& connection, StoredUpload& stored) {
  static const std::string* const sql = new std::string(absl::StrCat(
      "SELECT ", FileColumns().List(), " FROM upload_files WHERE upload = ?1 ORDER BY number"));
  UploadRecord& record = stored.record;
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(*sql));
  statement.Bind(1, absl::string_view(record.id));
  for (int64_t number = 0; number < stored.file_count; ++number) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    StoredFile file;
    RowReader row(statement);
    if (found) VisitFileColumns(row, file);
    if (!found || !row.Finish() || file.number != number) {
      return CorruptRecord(absl::StrCat(NameOf(record.id), ": file ", number));
    }
    record.source.file_names.push_back(file.name);
    record.files.push_back(
        UploadFile{std::move(file.name), file.size_bytes, std::string(file.sha256.bytes)});
  }
  return absl::OkStatus();
}

// Reads the row that a SELECT of all columns stands on, and the files.
absl::StatusOr<StoredUpload> Read(Connection& connection, Statement& statement) {
  StoredUpload stored;
  RowReader row(statement);
  VisitColumns(row, stored);
  if (!row.Finish()) return CorruptRecord(NameOf(stored.record.id));
  PERCEPT_RETURN_IF_ERROR(ReadFiles(connection, stored));
  return stored;
}

absl::StatusOr<StoredUpload> Find(Connection& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(absl::StrCat("SELECT ", Columns().List(), " FROM uploads WHERE id = ?1")));
  statement.Bind(1, id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (found) return Read(connection, statement);
  return WithReason(absl::NotFoundError(absl::StrCat(NameOf(id), ": no such upload")),
                    "UPLOAD_NOT_FOUND");
}

}  // namespace

absl::Status SqliteUploadRepository::Insert(const UploadRecord& record) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(
            const int64_t existing,
            connection.QueryInteger("SELECT count(*) FROM uploads WHERE id = ?1", {record.id}));
        if (existing != 0) {
          return WithReason(
              absl::AlreadyExistsError(absl::StrCat(NameOf(record.id), ": exists already")),
              "UPLOAD_EXISTS");
        }
        PERCEPT_ASSIGN_OR_RETURN(Statement insert,
                                 connection.Prepare(Columns().InsertSql("uploads")));
        PERCEPT_RETURN_IF_ERROR(
            Write(std::move(insert), {record, static_cast<int64_t>(record.files.size())}));
        int64_t number = 0;
        for (const UploadFile& file : record.files) {
          PERCEPT_RETURN_IF_ERROR(InsertFile(
              connection, {record.id, number++, file.name, file.size_bytes, {file.sha256}}));
        }
        return absl::OkStatus();
      });
}

absl::StatusOr<UploadRecord> SqliteUploadRepository::Get(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(StoredUpload stored, Find(*connection, id));
  return std::move(stored.record);
}

absl::StatusOr<SqliteUploadRepository::Listing> SqliteUploadRepository::List() const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection->Prepare(absl::StrCat("SELECT ", Columns().List(), " FROM uploads ORDER BY id")));
  Listing listing;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return listing;
    std::string id(statement.Text(0));
    absl::StatusOr<StoredUpload> stored = Read(*connection, statement);
    if (absl::IsDataLoss(stored.status())) {
      listing.damaged.push_back(std::move(id));
      continue;
    }
    PERCEPT_RETURN_IF_ERROR(stored.status());
    listing.uploads.push_back(std::move(stored->record));
  }
}

absl::Status SqliteUploadRepository::Update(const UploadRecord& record) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(StoredUpload stored, Find(connection, record.id));
        stored.record.finished = record.finished;
        stored.record.expire_time = record.expire_time;
        PERCEPT_ASSIGN_OR_RETURN(Statement update,
                                 connection.Prepare(Columns().UpdateSql("uploads", "id = ?1")));
        return Write(std::move(update), stored);
      });
}

absl::Status SqliteUploadRepository::Delete(absl::string_view id) {
  return writer_.Write(Writer::Durability::kPowerFailure, [&](Connection& connection) {
    PERCEPT_RETURN_IF_ERROR(connection.RunOnce("DELETE FROM upload_files WHERE upload = ?1", {id}));
    return connection.RunOnce("DELETE FROM uploads WHERE id = ?1", {id});
  });
}

}  // namespace percept::storage
