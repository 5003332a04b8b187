#ifndef PERCEPT_CLIENT_CLI_PAGE_H_
#define PERCEPT_CLIENT_CLI_PAGE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "client/cli/picture/colour.h"
#include "client/cli/terminal.h"

namespace percept::cli {

// What text for people has to fit on.
struct Page {
  Terminal terminal;
  int width = 80;  // Columns.
};

// The page that stdout is: as wide as the terminal, or 100 columns for a file.
Page PageOf(const Terminal& terminal);

// `text` in a colour, or on one, where the terminal has colours.
std::string Coloured(absl::string_view text, picture::Colour colour, const Terminal& terminal);

// `text` in a colour on another. Precondition: the terminal has colours.
std::string ColouredOn(absl::string_view text, picture::Colour colour, picture::Colour ground,
                       const Terminal& terminal);

// The sign of a class, one column wide, that stands for its marker: + • * ▲ ■ ◆ × ▼ ○ ⬢, in ASCII
// unless `utf8`.
std::string Sign(int label, bool utf8);
// The same in the class's colour.
std::string ColouredSign(int label, const Terminal& terminal);

// "+ class 0", in its colour.
std::string ClassText(int label, const Terminal& terminal);
// The same of several classes, in lines that fit the page, each ended.
std::string ClassLegend(const std::vector<int>& labels, const Page& page);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PAGE_H_
