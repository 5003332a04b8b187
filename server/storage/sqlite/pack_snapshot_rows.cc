#include "server/storage/sqlite/pack_snapshot_rows.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/storage/snapshot_block.h"
#include "server/storage/sqlite/block_rows.h"
#include "server/storage/sqlite/metrics_columns.h"
#include "server/storage/sqlite/row.h"

namespace percept::storage {
namespace {

// A snapshot as versions 1 and 2 stored it; the bytes are borrowed.
struct SnapshotRow {
  int64_t job = 0;  // Sequence.
  SnapshotHead head;
  int64_t parameters_job = 0;
  int64_t parameters_index = 0;
  BlobView parameters;
  BlobView batch_indices;
};

template <typename Row, typename Stored>
void VisitColumns(Row& row, Stored& stored) {
  auto& snapshot = stored.head;
  row.Column("job", stored.job);
  row.Column("snapshot_index", snapshot.index);
  row.Column("step", snapshot.step);
  row.Column("instances", snapshot.instances);
  row.Column("epoch", snapshot.epoch);
  VisitMetricsColumns(row, snapshot.metrics);
  row.Column("create_time_us", snapshot.create_time);
  row.Column("parameters_crc32c", snapshot.parameters_crc32c);
}

template <typename Row, typename Stored>
void VisitParameterColumns(Row& row, Stored& stored) {
  row.Column("job", stored.parameters_job);
  row.Column("snapshot_index", stored.parameters_index);
  row.Column("parameters", stored.parameters);
  row.Column("batch_indices", stored.batch_indices);
}

std::string SelectSql() {
  ColumnNames columns;
  ColumnNames parameter_columns;
  const SnapshotRow none;
  VisitColumns(columns, none);
  VisitParameterColumns(parameter_columns, none);
  return absl::StrCat("SELECT ", columns.List("snapshots."), ", ",
                      parameter_columns.List("parameters."),
                      " FROM snapshots LEFT JOIN snapshot_parameters AS parameters"
                      " ON parameters.job = snapshots.job"
                      " AND parameters.snapshot_index = snapshots.snapshot_index"
                      " ORDER BY snapshots.job, snapshots.snapshot_index");
}

// Unset where a checksum is wrong.
std::optional<SnapshotRow> ReadRow(Statement& statement) {
  SnapshotRow stored;
  RowReader row(statement);
  VisitColumns(row, stored);
  if (!row.Finish()) return std::nullopt;
  RowReader parameters_row(statement, row.next_column());
  VisitParameterColumns(parameters_row, stored);
  if (!parameters_row.Finish()) return std::nullopt;
  return stored;
}

// Gathers snapshots that follow each other.
class BlockWriter {
 public:
  explicit BlockWriter(Connection* connection) : connection_(*connection) {}

  absl::Status Add(const SnapshotRow& row) {
    const absl::string_view batch = row.batch_indices.bytes;
    batch_indices_.resize(batch.size() / sizeof(uint32_t));
    if (!batch_indices_.empty()) {
      std::memcpy(batch_indices_.data(), batch.data(), batch_indices_.size() * sizeof(uint32_t));
    }
    const auto size_bytes = static_cast<int64_t>(row.parameters.bytes.size() + batch.size());
    if (!block_.has_value() || row.job != job_ || row.head.index != block_->end_index() ||
        !block_->HasRoom(size_bytes)) {
      PERCEPT_RETURN_IF_ERROR(Finish());
      job_ = row.job;
      block_.emplace(row.head.index);
    }
    block_->Add({row.head, row.parameters.bytes, batch_indices_});
    return absl::OkStatus();
  }

  absl::Status Finish() {
    return block_.has_value() ? InsertBlock(connection_, job_, block_->view()) : absl::OkStatus();
  }

 private:
  Connection& connection_;
  int64_t job_ = 0;
  std::optional<SnapshotBlock> block_;
  std::vector<uint32_t> batch_indices_;
};

absl::Status PackAll(Connection& connection) {
  PERCEPT_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(SelectSql()));
  BlockWriter writer(&connection);
  while (true) {
    PERCEPT_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return writer.Finish();
    const std::optional<SnapshotRow> row = ReadRow(statement);
    if (row.has_value()) {
      PERCEPT_RETURN_IF_ERROR(writer.Add(*row));
    } else {
      log::Warning("a damaged snapshot was left behind by the migration",
                   {{"job_sequence", statement.Integer(0)}, {"index", statement.Integer(1)}});
    }
  }
}

}  // namespace

absl::Status PackSnapshotRows(Connection& connection) {
  PERCEPT_RETURN_IF_ERROR(PackAll(connection));
  return connection.Execute("DROP TABLE snapshot_parameters; DROP TABLE snapshots;");
}

}  // namespace percept::storage
