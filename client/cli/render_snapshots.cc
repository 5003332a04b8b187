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

// The items at these places.
template <typename Item>
std::vector<Item> Picked(const std::vector<Item>& items, const std::vector<size_t>& places) {
  std::vector<Item> picked;
  for (const size_t place : places) picked.push_back(items[place]);
  return picked;
}

// The table without the columns that have no value in any row.
std::string RenderFilledColumns(const std::vector<Column>& columns,
                                std::vector<std::vector<std::string>> rows) {
  std::vector<size_t> filled;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto has_value = [i](const auto& row) { return row[i] != kNone; };
    if (rows.empty() || std::any_of(rows.begin(), rows.end(), has_value)) filled.push_back(i);
  }
  for (std::vector<std::string>& row : rows) row = Picked(row, filled);
  return RenderTable(Picked(columns, filled), rows);
}

}  // namespace

std::string RenderSnapshots(const std::vector<v1::Snapshot>& snapshots) {
  std::vector<Column> columns = SnapshotColumns();
  for (Column& column : columns) column.min_width = 0;
  std::vector<std::vector<std::string>> rows;
  for (const v1::Snapshot& snapshot : snapshots) rows.push_back(SnapshotCells(snapshot));
  return RenderFilledColumns(columns, rows);
}

SnapshotRows::SnapshotRows(const v1::JobSpec& spec) {
  const bool has_epochs = !spec.has_perceptron();
  const bool is_evaluated = has_epochs && !spec.training().no_evaluate();
  for (size_t i = 0; i < SnapshotColumns().size(); ++i) {
    const std::string& title = SnapshotColumns()[i].title;
    const bool needs_epochs = title == "EPOCH";
    const bool needs_evaluation = title == "ACCURACY" || title == "LOSS";
    if ((has_epochs || !needs_epochs) && (is_evaluated || !needs_evaluation)) shown_.push_back(i);
  }
}

std::string SnapshotRows::Titles() const {
  return RenderTable(Picked(SnapshotColumns(), shown_), {});
}

std::string SnapshotRows::Row(const v1::Snapshot& snapshot) const {
  const std::vector<Column> columns = Picked(SnapshotColumns(), shown_);
  return TableLine(columns, ColumnWidths(columns, {}), Picked(SnapshotCells(snapshot), shown_)) +
         "\n";
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
