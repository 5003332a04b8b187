#include "client/cli/cell_plot.h"

#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/format.h"

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Page PlainPage(int width) { return {{}, width}; }

Page ColourPage(int width) {
  Page page = {{}, width};
  page.terminal = {.is_terminal = true, .colour = true, .true_colour = true, .utf8 = true};
  return page;
}

TEST(CellPlot, HasNumbersOnBothAxes) {
  const CellPlot plot(PlainPage(30), 8, {0, 10}, {-1, 1});
  EXPECT_EQ(plot.Render(),
            " 1 +\n"
            "   |\n"
            "   |\n"
            " 0 +\n"
            "   |\n"
            "-1 +\n"
            "   ++-----------+-----------+\n"
            "    0           5          10\n");
}

TEST(CellPlot, PutsSignsWhereTheirNumbersLie) {
  CellPlot plot(PlainPage(30), 8, {0, 1}, {0, 1});
  plot.Mark(0, 1, 0);
  plot.Mark(1, 0, 1);
  plot.Mark(2, 2, 2);  // Outside.
  const std::vector<std::string> lines = absl::StrSplit(plot.Render(), '\n');
  EXPECT_THAT(lines[0], HasSubstr("++"));  // The axis' own, and the sign.
  EXPECT_EQ(lines[5].back(), 'o');
  EXPECT_THAT(plot.Render(), Not(HasSubstr("*")));
}

TEST(CellPlot, FillsRegionsWithFaintCharactersWithoutColours) {
  CellPlot plot(PlainPage(30), 8, {0, 1}, {0, 1});
  plot.FillRegions([](double x, double) { return x < 0.5 ? 0 : 1; });
  const std::vector<std::string> lines = absl::StrSplit(plot.Render(), '\n');
  EXPECT_THAT(lines[1], HasSubstr("|............::::"));
}

TEST(CellPlot, FillsRegionsWithHalfBlocksInColours) {
  CellPlot plot(ColourPage(30), 8, {0, 1}, {0, 1});
  plot.FillRegions([](double, double y) { return y < 0.5 ? 0 : 1; });
  EXPECT_THAT(plot.Render(), HasSubstr("\x1b[38;2;"));
  EXPECT_THAT(plot.Render(), HasSubstr("▀"));
}

TEST(CellPlot, LinesLeaveNoGaps) {
  CellPlot plot(PlainPage(60), 20, {0, 1}, {0, 1});
  plot.Line({0, 1}, {0, 1}, 2);
  const std::string text = plot.Render();
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (size_t row = 0; row < 18; ++row) EXPECT_THAT(lines[row], HasSubstr("*")) << row;
}

TEST(CellPlot, IsNoWiderThanThePage) {
  for (const int width : {20, 40, 80, 120}) {
    for (const Page& page : {PlainPage(width), ColourPage(width)}) {
      CellPlot plot(page, 20, {-3.17, 4.2}, {1e-9, 1, true});
      plot.FillRegions([](double, double) { return 3; });
      for (const absl::string_view line : absl::StrSplit(plot.Render(), '\n')) {
        EXPECT_LE(DisplayWidth(line), width) << line;
      }
    }
  }
}

}  // namespace
}  // namespace percept::cli
