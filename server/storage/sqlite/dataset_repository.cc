#include "server/storage/sqlite/dataset_repository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

using data::DatasetRecord;

// A record with its optional parts spread out.
struct StoredDataset {
  DatasetRecord record;
  int64_t generator_kind = 0;  // 0: none.
  data::GeneratorSource generator;
  std::string description;  // Of an installed set.
  std::optional<int32_t> image_height;
  std::optional<int32_t> image_width;
  std::optional<int32_t> image_channels;
};

// `Stored` is StoredDataset, const or not.
template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  auto& record = stored.record;
  row.Column("id", record.id);
  row.Column("generator", stored.generator_kind);
  row.Column("train_per_class", stored.generator.train_per_class);
  row.Column("validation_per_class", stored.generator.validation_per_class);
  row.Column("test_per_class", stored.generator.test_per_class);
  row.Column("seed", stored.generator.seed);
  row.Column("description", stored.description);
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
  if (const auto* generator = std::get_if<data::GeneratorSource>(&record.source)) {
    stored.generator = *generator;
    stored.generator_kind = static_cast<int64_t>(generator->generator);
  }
  if (const auto* installed = std::get_if<data::InstalledSource>(&record.source)) {
    stored.description = installed->description;
  }
  if (record.image_shape.has_value()) {
    stored.image_height = record.image_shape->height;
    stored.image_width = record.image_shape->width;
    stored.image_channels = record.image_shape->channels;
  }
  return stored;
}

DatasetRecord Gather(StoredDataset stored) {
  if (stored.generator_kind != 0) {
    stored.generator.generator = static_cast<data::GeneratorKind>(stored.generator_kind);
    stored.record.source = stored.generator;
  } else {
    stored.record.source = data::InstalledSource{std::move(stored.description)};
  }
  if (stored.image_height.has_value()) {
    stored.record.image_shape = {*stored.image_height, stored.image_width.value_or(0),
                                 stored.image_channels.value_or(0)};
  }
  return std::move(stored.record);
}

absl::StatusOr<DatasetRecord> Read(Statement& statement) {
  StoredDataset stored;
  RowReader row(statement);
  VisitColumns(row, stored);
  if (!row.Finish()) return CorruptRecord(absl::StrCat("datasets/", stored.record.id));
  return Gather(std::move(stored));
}

// `connection` is a Connection* or a lease on one.
template <typename Handle>
absl::StatusOr<DatasetRecord> Find(Handle& connection, absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement,
                           connection->Prepare(absl::StrCat("SELECT ", Columns().List(),
                                                            " FROM datasets WHERE id = ?1")));
  statement.Bind(1, id);
  PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) {
    return WithReason(absl::NotFoundError(absl::StrCat("datasets/", id, ": no such data set")),
                      "DATASET_NOT_FOUND");
  }
  return Read(statement);
}

}  // namespace

absl::Status SqliteDatasetRepository::Insert(const DatasetRecord& record) {
  return writer_.Write(
      Writer::Durability::kPowerFailure, [&](Connection& connection) -> absl::Status {
        Connection* const handle = &connection;
        const absl::StatusOr<DatasetRecord> existing = Find(handle, record.id);
        if (existing.ok()) {
          return WithReason(
              absl::AlreadyExistsError(absl::StrCat("datasets/", record.id, ": exists already")),
              "DATASET_EXISTS");
        }
        if (!absl::IsNotFound(existing.status())) return existing.status();
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
  return Find(connection, id);
}

absl::StatusOr<std::vector<DatasetRecord>> SqliteDatasetRepository::List(absl::string_view after,
                                                                         int limit) const {
  if (limit < 1) return InvalidField("limit", "must be at least 1", limit);
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection->Prepare(absl::StrCat("SELECT ", Columns().List(),
                                       " FROM datasets WHERE id > ?1 ORDER BY id LIMIT ?2")));
  statement.Bind(1, after);
  statement.Bind(2, int64_t{limit});
  std::vector<DatasetRecord> records;
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return records;
    PERCEPT_ASSIGN_OR_RETURN(DatasetRecord record, Read(statement));
    records.push_back(std::move(record));
  }
}

absl::StatusOr<int64_t> SqliteDatasetRepository::Count() const {
  PERCEPT_ASSIGN_OR_RETURN(const ReadPool::Lease connection, readers_.Take());
  return connection->QueryInteger("SELECT count(*) FROM datasets");
}

absl::StatusOr<int64_t> SqliteDatasetRepository::CountByDigest(absl::string_view) const {
  return absl::UnimplementedError("");
}
absl::Status SqliteDatasetRepository::Delete(absl::string_view) {
  return absl::UnimplementedError("");
}
absl::Status SqliteDatasetRepository::RecordTestRead(absl::string_view, absl::Time) {
  return absl::UnimplementedError("");
}
absl::StatusOr<data::TestReads> SqliteDatasetRepository::GetTestReads(absl::string_view) const {
  return absl::UnimplementedError("");
}

}  // namespace percept::storage
