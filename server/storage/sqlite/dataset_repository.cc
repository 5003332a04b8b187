#include "server/storage/sqlite/dataset_repository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"
#include "server/storage/sqlite/source_columns.h"
#include "server/storage/sqlite/test_reads_rows.h"

namespace percept::storage {
namespace {

using data::DatasetRecord;

absl::Status NotFound(absl::string_view id) {
  return WithReason(absl::NotFoundError(absl::StrCat("datasets/", id, ": no such data set")),
                    "DATASET_NOT_FOUND");
}

// A record with its optional parts spread out.
struct StoredDataset {
  DatasetRecord record;
  SourceColumns source;
  std::optional<int32_t> image_height;
  std::optional<int32_t> image_width;
  std::optional<int32_t> image_channels;
};

// `Stored` is StoredDataset, const or not.
template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  auto& record = stored.record;
  row.Column("id", record.id);
  VisitSourceColumns(row, stored.source);
  row.Column("inputs", record.inputs);
  row.Column("classes", record.classes);
  row.Column("image_height", stored.image_height);
  row.Column("image_width", stored.image_width);
  row.Column("image_channels", stored.image_channels);
  for (size_t kind = 0; kind < data::kSplitCount; ++kind) {
    const std::string split = data::SplitName(static_cast<data::SplitKind>(kind));
    row.Column(split + "_examples", record.splits[kind].examples);
    row.Column(split + "_class_counts", record.splits[kind].class_counts);
  }
  row.Column("digest", record.digest);
  row.Column("size_bytes", record.size_bytes);
  row.Column("create_time_us", record.create_time);
  row.Column("owner", record.owner);
  row.Column("visibility", record.visibility, Visibility::kClass);
}

const ColumnNames& Columns() {
  static const ColumnNames* const columns = [] {
    auto* names = new ColumnNames;
    const StoredDataset none;
    VisitColumns(*names, none);
    return names;
  }();
  return *columns;
}

StoredDataset Spread(const DatasetRecord& record) {
  StoredDataset stored;
  stored.record = record;
  stored.source = SpreadSource(record.source);
  if (record.image_shape.has_value()) {
    stored.image_height = record.image_shape->height;
    stored.image_width = record.image_shape->width;
    stored.image_channels = record.image_shape->channels;
  }
  return stored;
}

// A SELECT of data sets, with what was counted of each, that ends in `rest`.
std::string SelectSql(absl::string_view rest) {
  static const std::string* const beginning = new std::string(absl::StrCat(
      "SELECT ", Columns().List("datasets."), ", ", TestReadsColumns().List("test_reads."),
      " FROM datasets LEFT JOIN test_reads ON test_reads.dataset = datasets.id "));
  return absl::StrCat(*beginning, rest);
}

// Reads the row that a statement of SelectSql stands on.
absl::StatusOr<DatasetRecord> Read(Statement& statement) {
  StoredDataset stored;
  RowReader row(statement);
  VisitColumns(row, stored);
  DatasetRecord& record = stored.record;
  const std::string name = absl::StrCat("datasets/", record.id);
  if (!row.Finish()) return CorruptRecord(name);
  std::optional<data::Source> source = GatherSource(std::move(stored.source));
  if (!source.has_value()) return CorruptRecord(name);
  record.source = *std::move(source);
  if (stored.image_height.has_value()) {
    record.image_shape = {*stored.image_height, stored.image_width.value_or(0),
                          stored.image_channels.value_or(0)};
  }
  if (!statement.IsNull(row.next_column())) {
    PERCEPT_ASSIGN_OR_RETURN(const data::TestReads reads,
                             ReadTestReads(statement, row.next_column(), record.id));
    record.test_read_count = reads.count;
    record.last_test_read_time = reads.last_time;
  }
  return std::move(record);
}

absl::StatusOr<DatasetRecord> Find(Connection& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(SelectSql("WHERE id = ?1")));
  statement.Bind(1, id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return NotFound(id);
  return Read(statement);
}

}  // namespace

absl::Status SqliteDatasetRepository::Insert(const DatasetRecord& record) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        const absl::StatusOr<DatasetRecord> existing = Find(connection, record.id);
        if (existing.ok()) {
          return WithReason(
              absl::AlreadyExistsError(absl::StrCat("datasets/", record.id, ": exists already")),
              "DATASET_EXISTS");
        }
        if (!absl::IsNotFound(existing.status())) return existing.status();
        // A use that was counted late, after a set of this name was deleted, is not of this one.
        PERCEPT_RETURN_IF_ERROR(DeleteTestReads(connection, record.id));
        PERCEPT_ASSIGN_OR_RETURN(Statement insert,
                                 connection.Prepare(Columns().InsertSql("datasets")));
        RowWriter row(insert);
        const StoredDataset stored = Spread(record);
        VisitColumns(row, stored);
        row.Finish();
        return insert.Run();
      });
}

absl::StatusOr<DatasetRecord> SqliteDatasetRepository::Get(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return Find(*connection, id);
}

absl::StatusOr<std::vector<DatasetRecord>> SqliteDatasetRepository::List(
    absl::string_view after, int limit, const std::optional<Reader>& reader) const {
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  const std::string readable = reader.has_value()
                                   ? absl::StrCat("AND (owner = ?3 OR coalesce(visibility, ",
                                                  static_cast<int>(Visibility::kClass), ") >= ?4) ")
                                   : "";
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           connection->Prepare(SelectSql(
                               absl::StrCat("WHERE id > ?1 ", readable, "ORDER BY id LIMIT ?2"))));
  statement.Bind(1, after);
  statement.Bind(2, int64_t{limit});
  if (reader.has_value()) {
    statement.Bind(3, reader->name);
    statement.Bind(4, static_cast<int64_t>(reader->least));
  }
  std::vector<DatasetRecord> records;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return records;
    PERCEPT_ASSIGN_OR_RETURN(DatasetRecord record, Read(statement));
    records.push_back(std::move(record));
  }
}

absl::Status SqliteDatasetRepository::SetVisibility(absl::string_view id, Visibility visibility) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(DatasetRecord record, Find(connection, id));
        record.visibility = visibility;
        PERCEPT_ASSIGN_OR_RETURN(Statement update,
                                 connection.Prepare(Columns().UpdateSql("datasets", "id = ?1")));
        RowWriter row(update);
        const StoredDataset stored = Spread(record);
        VisitColumns(row, stored);
        row.Finish();
        return update.Run();
      });
}

absl::StatusOr<int64_t> SqliteDatasetRepository::TotalBytes(
    std::optional<absl::string_view> owner) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  if (!owner.has_value()) {
    return connection->QueryInteger("SELECT coalesce(sum(size_bytes), 0) FROM datasets");
  }
  return connection->QueryInteger(
      "SELECT coalesce(sum(size_bytes), 0) FROM datasets WHERE owner = ?1", {*owner});
}

absl::StatusOr<int64_t> SqliteDatasetRepository::Count() const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return connection->QueryInteger("SELECT count(*) FROM datasets");
}

absl::StatusOr<int64_t> SqliteDatasetRepository::CountByDigest(absl::string_view digest) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return connection->QueryInteger("SELECT count(*) FROM datasets WHERE digest = ?1", {digest});
}

absl::Status SqliteDatasetRepository::Delete(absl::string_view id) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        PERCEPT_ASSIGN_OR_RETURN(
            const int64_t found,
            connection.QueryInteger("SELECT count(*) FROM datasets WHERE id = ?1", {id}));
        if (found == 0) return NotFound(id);
        PERCEPT_ASSIGN_OR_RETURN(
            const int64_t jobs,
            connection.QueryInteger("SELECT count(*) FROM jobs WHERE dataset = ?1", {id}));
        if (jobs > 0) {
          return WithReason(absl::FailedPreconditionError(absl::StrCat(
                                "datasets/", id, ": must not be in use to be deleted, got ", jobs,
                                jobs == 1 ? " job that refers to it" : " jobs that refer to it")),
                            "DATASET_IN_USE");
        }
        PERCEPT_RETURN_IF_ERROR(DeleteTestReads(connection, id));
        return connection.RunOnce("DELETE FROM datasets WHERE id = ?1", {id});
      });
}

absl::Status SqliteDatasetRepository::RecordTestRead(absl::string_view id, absl::Time time) {
  return writer_.Write(Writer::Durability::kPowerFailure,
                       [&](Connection& connection) { return AddTestRead(connection, id, time); });
}

absl::StatusOr<data::TestReads> SqliteDatasetRepository::GetTestReads(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return FindTestReads(*connection, id);
}

}  // namespace percept::storage
