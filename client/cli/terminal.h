#ifndef PERCEPT_CLIENT_CLI_TERMINAL_H_
#define PERCEPT_CLIENT_CLI_TERMINAL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace percept::cli {

// What can be shown on one of the standard streams.
struct Terminal {
  bool is_terminal = false;
  bool colour = false;       // Only on a terminal, not with NO_COLOR, not with TERM=dumb.
  bool true_colour = false;  // All colours, by COLORTERM; else the 256 of xterm.
  bool utf8 = false;         // By the locale's name.
};

// Looks at a file descriptor and the environment.
Terminal DescribeTerminal(int fd);

// Columns of the terminal now; 80 when it does not say.
int TerminalWidth(int fd);

enum class Style { kBold, kDim, kGreen, kRed, kYellow };

// `text` in a style where the terminal has colour.
std::string Styled(absl::string_view text, Style style, const Terminal& terminal);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_TERMINAL_H_
