#ifndef PERCEPT_CLIENT_CLI_TABLE_H_
#define PERCEPT_CLIENT_CLI_TABLE_H_

#include <string>
#include <utility>
#include <vector>

namespace percept::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  int min_width = 0;  // For tables whose rows come one by one.
};

// One line of a table, without its end and without trailing blanks; cells beyond a column's width
// push the rest to the right. `cells` has one entry per column.
std::string TableLine(const std::vector<Column>& columns, const std::vector<int>& widths,
                      const std::vector<std::string>& cells);

// Width of each column: the largest of its title, its least width and its cells.
std::vector<int> ColumnWidths(const std::vector<Column>& columns,
                              const std::vector<std::vector<std::string>>& rows);

// The titles and the rows, aligned, two blanks between columns, each line ended.
std::string RenderTable(const std::vector<Column>& columns,
                        const std::vector<std::vector<std::string>>& rows);

// A block of names and values, the values aligned; rows without a value are left out.
std::string RenderFields(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_TABLE_H_
