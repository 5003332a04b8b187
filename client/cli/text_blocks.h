#ifndef PERCEPT_CLIENT_CLI_TEXT_BLOCKS_H_
#define PERCEPT_CLIENT_CLI_TEXT_BLOCKS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"

namespace percept::cli {

// Lines that belong together.
using TextBlock = std::vector<std::string>;

// A title over rows of texts in brackets, aligned to the right in each column. `text_at(row,
// column)` is the text of a cell.
TextBlock MatrixBlock(const std::string& title, int rows, int columns, bool utf8,
                      absl::FunctionRef<std::string(int row, int column)> text_at);

// The blocks side by side, three blanks between, as many as fit into `width` columns, the others
// below; each line ended.
std::string SideBySide(const std::vector<TextBlock>& blocks, int width);

// The texts one after the other, three blanks between, in lines of at most `width` columns (a
// longer text has one of its own), each ended.
std::string Wrapped(const std::vector<std::string>& texts, int width);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_TEXT_BLOCKS_H_
