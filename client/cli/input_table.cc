#include "client/cli/input_table.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "client/cli/format.h"
#include "client/lib/local_file.h"

namespace percept::cli {
namespace {

absl::string_view Unquoted(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
    return cell.substr(1, cell.size() - 2);
  }
  return cell;
}

}  // namespace

absl::StatusOr<InputTable> ParseCsvInputs(absl::string_view content, absl::string_view name) {
  absl::ConsumePrefix(&content, "\xEF\xBB\xBF");  // The mark of UTF-8 that some programs write.
  std::vector<absl::string_view> lines = absl::StrSplit(content, '\n');
  while (!lines.empty() && absl::StripAsciiWhitespace(lines.back()).empty()) lines.pop_back();
  if (lines.size() < 2) {
    return absl::DataLossError(
        absl::StrCat(name, ": must have a row of names and at least one of numbers"));
  }
  const std::vector<std::string> names = absl::StrSplit(lines[0], ',');
  InputTable table;
  table.columns = static_cast<int64_t>(names.size());
  table.rows = static_cast<int64_t>(lines.size()) - 1;
  if (table.rows > kMostInputRows) {
    return absl::DataLossError(absl::StrCat(name, ": must have at most ",
                                            FormatCount(kMostInputRows), " rows, got ",
                                            FormatCount(table.rows)));
  }
  for (size_t line = 1; line < lines.size(); ++line) {
    // Rows are counted with the row of names, as editors and spreadsheets do.
    const std::string row = absl::StrCat(name, ": row ", line + 1);
    const std::vector<absl::string_view> cells = absl::StrSplit(lines[line], ',');
    if (cells.size() != names.size()) {
      return absl::DataLossError(absl::StrCat(
          row, ": must have ", names.size(), " columns like the row of names, got ", cells.size()));
    }
    for (size_t column = 0; column < cells.size(); ++column) {
      float value = 0;
      const absl::string_view cell = Unquoted(cells[column]);
      if (!absl::SimpleAtof(cell, &value) || !std::isfinite(value)) {
        return absl::DataLossError(
            absl::StrCat(row, ", column ", column + 1, " (", Printable(Unquoted(names[column])),
                         "): must be a number, got '", Printable(cell.substr(0, 40)), "'"));
      }
      table.values.push_back(value);
    }
  }
  return table;
}

absl::StatusOr<InputTable> ReadInputTable(const std::string& path) {
  const std::string lower = absl::AsciiStrToLower(path);
  const bool is_csv = absl::EndsWith(lower, ".csv");
  if (!is_csv && !absl::EndsWith(lower, ".npz")) {
    return absl::InvalidArgumentError(
        absl::StrCat("must end in .npz, .csv, .png, .jpg or .jpeg, got '", path, "'"));
  }
  const absl::StatusOr<client::LocalFile> file = client::LocalFile::Open(path);
  if (!file.ok()) return file.status();
  if (file->size_bytes() > kMostInputBytes) {
    return absl::DataLossError(absl::StrCat(path, ": must have at most ",
                                            FormatBytes(kMostInputBytes), ", got ",
                                            FormatBytes(file->size_bytes())));
  }
  const absl::StatusOr<std::string> content = file->Read(0, file->size_bytes());
  if (!content.ok()) return content.status();
  return is_csv ? ParseCsvInputs(*content, path) : ParseNpzInputs(*content, path);
}

}  // namespace percept::cli
