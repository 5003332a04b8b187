#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "client/cli/settings.h"

namespace percept::cli {
namespace {

bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const auto value = ProcessEnvironment(name)) {
      const std::string locale = absl::AsciiStrToLower(*value);
      return absl::StrContains(locale, "utf-8") || absl::StrContains(locale, "utf8");
    }
  }
  return false;
}

absl::string_view Code(Style style) {
  switch (style) {
    case Style::kBold:
      return "1";
    case Style::kDim:
      return "2";
    case Style::kGreen:
      return "32";
    case Style::kRed:
      return "31";
    case Style::kYellow:
      return "33";
  }
  return "0";
}

}  // namespace

Terminal DescribeTerminal(int fd) {
  Terminal terminal;
  terminal.is_terminal = isatty(fd) == 1;
  const bool is_dumb = ProcessEnvironment("TERM").value_or("dumb") == "dumb";
  terminal.colour = terminal.is_terminal && !is_dumb && !ProcessEnvironment("NO_COLOR").has_value();
  const std::string depth = ProcessEnvironment("COLORTERM").value_or("");
  terminal.true_colour = depth == "truecolor" || depth == "24bit";
  terminal.utf8 = LocaleIsUtf8();
  return terminal;
}

int TerminalWidth(int fd) {
  winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string Styled(absl::string_view text, Style style, const Terminal& terminal) {
  if (!terminal.colour) return std::string(text);
  return absl::StrCat("\x1b[", Code(style), "m", text, "\x1b[0m");
}

}  // namespace percept::cli
