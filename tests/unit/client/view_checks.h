#ifndef PERCEPT_TESTS_UNIT_CLIENT_VIEW_CHECKS_H_
#define PERCEPT_TESTS_UNIT_CLIENT_VIEW_CHECKS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/format.h"
#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"

namespace percept::cli {

// Pages that views are tried on.
inline Page PlainPage(int width = 80) { return {{}, width}; }
inline Page ColourPage(int width = 80) {
  return {{.is_terminal = true, .colour = true, .true_colour = true, .utf8 = true}, width};
}

// Expects a view to fit pages of usual widths, with colours and without, plain ones in ASCII.
inline void ExpectFits(absl::FunctionRef<std::string(const Page&)> render) {
  for (const int width : {80, 100, 132}) {
    for (const Page& page : {PlainPage(width), ColourPage(width)}) {
      const std::string text = render(page);
      EXPECT_EQ(text.back(), '\n');
      for (const absl::string_view line : absl::StrSplit(text, '\n')) {
        EXPECT_LE(DisplayWidth(line), width) << line;
        EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
      }
      if (page.terminal.utf8) continue;
      for (const char c : text) {
        EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'))
            << "byte " << static_cast<int>(c) << " in\n"
            << text;
        if (c != '\n' && (c < ' ' || c > '~')) break;
      }
    }
  }
}

// Expects something to be drawn, that nothing was cut off at the border, and that no error kept the
// rest from being drawn.
inline void ExpectDrawn(const picture::Canvas& canvas) {
  const auto width = static_cast<int>(canvas.width());
  const auto height = static_cast<int>(canvas.height());
  int inked = 0;
  int on_border = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const picture::Colour at = canvas.At(x, y);
      if (at.red == 1 && at.green == 1 && at.blue == 1) continue;
      ++inked;
      if (x < 4 || y < 4 || x >= width - 4 || y >= height - 4) ++on_border;
    }
  }
  EXPECT_GT(inked, 2000);
  EXPECT_EQ(on_border, 0);
  EXPECT_TRUE(canvas.EncodePng().ok());
}

}  // namespace percept::cli

#endif  // PERCEPT_TESTS_UNIT_CLIENT_VIEW_CHECKS_H_
