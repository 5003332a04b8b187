#include "client/cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"

namespace percept::cli {
namespace {

std::vector<std::string> Titles(const std::vector<Column>& columns) {
  std::vector<std::string> titles;
  for (const Column& column : columns) titles.push_back(column.title);
  return titles;
}

}  // namespace

std::string TableLine(const std::vector<Column>& columns, const std::vector<int>& widths,
                      const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string padding(std::max(0, widths[i] - DisplayWidth(cells[i])), ' ');
    if (i > 0) line += "  ";
    absl::StrAppend(&line, columns[i].align == Align::kRight ? padding : "", cells[i],
                    columns[i].align == Align::kLeft ? padding : "");
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::vector<int> ColumnWidths(const std::vector<Column>& columns,
                              const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (size_t i = 0; i < columns.size(); ++i) {
    int width = std::max(columns[i].min_width, DisplayWidth(columns[i].title));
    for (const auto& row : rows) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
  }
  return widths;
}

std::string RenderTable(const std::vector<Column>& columns,
                        const std::vector<std::vector<std::string>>& rows) {
  const std::vector<int> widths = ColumnWidths(columns, rows);
  std::string table = TableLine(columns, widths, Titles(columns)) + "\n";
  for (const auto& row : rows) absl::StrAppend(&table, TableLine(columns, widths, row), "\n");
  return table;
}

std::string RenderFields(const std::vector<std::pair<std::string, std::string>>& fields) {
  int width = 0;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) width = std::max(width, DisplayWidth(name));
  }
  std::string block;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    absl::StrAppend(&block, "  ", name, std::string(width - DisplayWidth(name) + 2, ' '), value,
                    "\n");
  }
  return block;
}

}  // namespace percept::cli
