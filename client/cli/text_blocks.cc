#include "client/cli/text_blocks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "client/cli/format.h"

namespace percept::cli {
namespace {

constexpr int kGap = 3;

int BlockWidth(const TextBlock& block) {
  int width = 0;
  for (const std::string& line : block) width = std::max(width, DisplayWidth(line));
  return width;
}

struct Brackets {
  absl::string_view left;
  absl::string_view right;
};

// The pieces of brackets as tall as the matrix.
Brackets BracketsAt(int row, int rows, bool utf8) {
  if (!utf8 || rows == 1) return {"[", "]"};
  if (row == 0) return {"⎡", "⎤"};
  if (row == rows - 1) return {"⎣", "⎦"};
  return {"⎢", "⎥"};
}

// Adds one row of blocks.
void AddRow(const std::vector<TextBlock>& blocks, size_t first, size_t end, std::string* text) {
  size_t height = 0;
  for (size_t i = first; i < end; ++i) height = std::max(height, blocks[i].size());
  for (size_t line = 0; line < height; ++line) {
    std::string joined;
    int column = 0;
    for (size_t i = first; i < end; ++i) {
      const int width = BlockWidth(blocks[i]);
      if (line < blocks[i].size()) {
        joined.append(static_cast<size_t>(column - DisplayWidth(joined)), ' ');
        joined += blocks[i][line];
      }
      column += width + kGap;
    }
    joined.erase(joined.find_last_not_of(' ') + 1);
    absl::StrAppend(text, joined, "\n");
  }
}

}  // namespace

TextBlock MatrixBlock(const std::string& title, int rows, int columns, bool utf8,
                      absl::FunctionRef<std::string(int row, int column)> text_at) {
  std::vector<int> widths(static_cast<size_t>(columns), 0);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      int& width = widths[static_cast<size_t>(column)];
      width = std::max(width, DisplayWidth(text_at(row, column)));
    }
  }
  TextBlock block = {title};
  for (int row = 0; row < rows; ++row) {
    const Brackets brackets = BracketsAt(row, rows, utf8);
    std::string line(brackets.left);
    for (int column = 0; column < columns; ++column) {
      const std::string text = text_at(row, column);
      const int blanks = widths[static_cast<size_t>(column)] - DisplayWidth(text);
      absl::StrAppend(&line, " ", std::string(static_cast<size_t>(blanks), ' '), text);
    }
    block.push_back(absl::StrCat(line, " ", brackets.right));
  }
  return block;
}

std::string SideBySide(const std::vector<TextBlock>& blocks, int width) {
  std::string text;
  for (size_t first = 0; first < blocks.size();) {
    size_t end = first + 1;
    int taken = BlockWidth(blocks[first]);
    while (end < blocks.size() && taken + kGap + BlockWidth(blocks[end]) <= width) {
      taken += kGap + BlockWidth(blocks[end]);
      ++end;
    }
    AddRow(blocks, first, end, &text);
    if (end < blocks.size()) text += "\n";
    first = end;
  }
  return text;
}

std::string Wrapped(const std::vector<std::string>& texts, int width) {
  std::string lines;
  std::string line;
  for (const std::string& text : texts) {
    if (!line.empty() && DisplayWidth(line) + kGap + DisplayWidth(text) > width) {
      absl::StrAppend(&lines, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : std::string(kGap, ' '), text);
  }
  return line.empty() ? lines : absl::StrCat(lines, line, "\n");
}

}  // namespace percept::cli
