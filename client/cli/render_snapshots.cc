#include "client/cli/render_snapshots.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

const std::vector<Column>& SnapshotColumns() {
  static const auto* const kColumns =
      new std::vector<Column>{{"INDEX", Align::kRight, 5},     {"EPOCH", Align::kRight, 5},
                              {"STEP", Align::kRight, 9},      {"INSTANCES", Align::kRight, 11},
                              {"ACCURACY", Align::kRight, 8},  {"LOSS", Align::kRight, 8},
                              {"TRAIN ACC", Align::kRight, 9}, {"TRAIN LOSS", Align::kRight, 10}};
  return *kColumns;
}

// Validation figures, then training figures.
std::vector<std::string> MetricCells(const v1::Metrics& metrics) {
  return {AccuracyText(metrics.has_validation_accuracy(), metrics.validation_accuracy()),
          LossText(metrics.has_validation_loss(), metrics.validation_loss()),
          AccuracyText(metrics.has_training_accuracy(), metrics.training_accuracy()),
          LossText(metrics.has_training_loss(), metrics.training_loss())};
}

std::vector<std::string> SnapshotCells(const v1::Snapshot& snapshot) {
  std::vector<std::string> cells = {FormatCount(snapshot.index()), absl::StrCat(snapshot.epoch()),
                                    FormatCount(snapshot.step()),
                                    FormatCount(snapshot.instances())};
  for (std::string& cell : MetricCells(snapshot.metrics())) cells.push_back(std::move(cell));
  return cells;
}

// The table without the columns that have no value in any row.
std::string RenderFilledColumns(const std::vector<Column>& columns,
                                const std::vector<std::vector<std::string>>& rows) {
  std::vector<Column> filled_columns;
  std::vector<std::vector<std::string>> filled_rows(rows.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto has_value = [i](const auto& row) { return row[i] != kNone; };
    if (!rows.empty() && std::none_of(rows.begin(), rows.end(), has_value)) continue;
    filled_columns.push_back(columns[i]);
    for (size_t r = 0; r < rows.size(); ++r) filled_rows[r].push_back(rows[r][i]);
  }
  return RenderTable(filled_columns, filled_rows);
}

}  // namespace

std::string RenderSnapshots(const std::vector<v1::Snapshot>& snapshots) {
  std::vector<Column> columns = SnapshotColumns();
  for (Column& column : columns) column.min_width = 0;
  std::vector<std::vector<std::string>> rows;
  for (const v1::Snapshot& snapshot : snapshots) rows.push_back(SnapshotCells(snapshot));
  return RenderFilledColumns(columns, rows);
}

std::string SnapshotTitleLine() { return RenderTable(SnapshotColumns(), {}); }

std::string SnapshotLine(const v1::Snapshot& snapshot) {
  const std::vector<Column>& columns = SnapshotColumns();
  return TableLine(columns, ColumnWidths(columns, {}), SnapshotCells(snapshot)) + "\n";
}

std::string RenderEpochs(const std::vector<v1::EpochRecord>& epochs) {
  const std::vector<Column> columns = {{"EPOCH", Align::kRight},
                                       {"ACCURACY", Align::kRight},
                                       {"LOSS", Align::kRight},
                                       {"TRAIN ACC", Align::kRight},
                                       {"TRAIN LOSS", Align::kRight}};
  std::vector<std::vector<std::string>> rows;
  for (const v1::EpochRecord& epoch : epochs) {
    std::vector<std::string> cells = {absl::StrCat(epoch.epoch())};
    for (std::string& cell : MetricCells(epoch.metrics())) cells.push_back(std::move(cell));
    rows.push_back(std::move(cells));
  }
  return RenderFilledColumns(columns, rows);
}

}  // namespace percept::cli
