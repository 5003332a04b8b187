#include "client/cli/page.h"

#include <set>

#include <gtest/gtest.h>

#include "client/cli/format.h"
#include "client/cli/render_tiles.h"
#include "client/cli/text_blocks.h"

namespace percept::cli {
namespace {

constexpr Terminal kPlain = {};
constexpr Terminal kTrueColour = {
    .is_terminal = true, .colour = true, .true_colour = true, .utf8 = true};
constexpr Terminal kPalette = {.is_terminal = true, .colour = true, .utf8 = true};

TEST(ClassLegend, BreaksLinesWhereThePageEnds) {
  EXPECT_EQ(ClassLegend({0, 1}, {{}, 80}), "+ class 0   o class 1\n");
  EXPECT_EQ(ClassLegend({0, 1, 2}, {{}, 22}), "+ class 0   o class 1\n* class 2\n");
  EXPECT_EQ(ClassLegend({0, 1}, {{}, 5}), "+ class 0\no class 1\n");
}

TEST(Coloured, AddsNothingWithoutColours) {
  EXPECT_EQ(Coloured("x", picture::ClassColour(0), kPlain), "x");
}

TEST(Coloured, ChoosesTheColourOrTheNearestOfThePalette) {
  EXPECT_EQ(Coloured("x", {1, 0, 0.5}, kTrueColour), "\x1b[38;2;255;0;128mx\x1b[0m");
  EXPECT_EQ(Coloured("x", {1, 0, 0.53}, kPalette), "\x1b[38;5;198mx\x1b[0m");
  EXPECT_EQ(Coloured("x", {0.5, 0.5, 0.5}, kPalette), "\x1b[38;5;244mx\x1b[0m");
  EXPECT_EQ(Coloured("x", {1, 1, 1}, kPalette), "\x1b[38;5;231mx\x1b[0m");
  EXPECT_EQ(ColouredOn("x", {0, 0, 0}, {1, 1, 1}, kPalette), "\x1b[38;5;16;48;5;231mx\x1b[0m");
}

TEST(Sign, TellsTenClassesApart) {
  for (const bool utf8 : {false, true}) {
    std::set<std::string> signs;
    for (int label = 0; label < 10; ++label) {
      EXPECT_EQ(DisplayWidth(Sign(label, utf8)), 1);
      signs.insert(Sign(label, utf8));
    }
    EXPECT_EQ(signs.size(), 10u);
  }
}

TEST(DisplayWidth, CountsNoColours) {
  EXPECT_EQ(DisplayWidth(Coloured("▲ ab", picture::ClassColour(2), kTrueColour)), 4);
}

TEST(RenderTiles, PutsTilesSideBySideBelowTheirCaptions) {
  const std::vector<float> weights = {-1, 1, -0.5, 0.5};
  const std::vector<TextTile> tiles = {WeightTile("one", weights, 1, 1),
                                       WeightTile("other", weights, 1, 1)};
  EXPECT_EQ(RenderTiles(tiles, 2, 2, {kPlain, 42}),
            "one                   other\n"
            "=#                    =#\n");
}

TEST(RenderTiles, ShrinksWhatIsWiderThanThePage) {
  const std::vector<float> wide(100 * 4, 1.0f);
  EXPECT_EQ(RenderTiles({DataTile("wide", wide, 1, 0, 1)}, 100, 4, {kPlain, 25}),
            "wide\n" + std::string(25, '@') + "\n");
}

TEST(RenderTiles, KeepsColours) {
  const std::vector<float> red = {1, 0, 0, 1, 0, 0};
  EXPECT_EQ(RenderTiles({DataTile("", red, 3, 0, 1)}, 1, 2, {kTrueColour, 80}),
            "\n\x1b[38;2;255;0;0;48;2;255;0;0m▀\x1b[0m\n");
}

TEST(MatrixBlock, AlignsColumnsWithinBrackets) {
  const auto text = [](int row, int column) { return std::to_string(row * 100 + column); };
  EXPECT_EQ(MatrixBlock("m", 2, 2, true, text), (TextBlock{"m", "⎡   0   1 ⎤", "⎣ 100 101 ⎦"}));
  EXPECT_EQ(MatrixBlock("m", 1, 2, true, text), (TextBlock{"m", "[ 0 1 ]"}));
  EXPECT_EQ(MatrixBlock("m", 2, 1, false, text), (TextBlock{"m", "[   0 ]", "[ 100 ]"}));
}

TEST(SideBySide, GoesOnBelowWhenThePageIsFull) {
  const std::vector<TextBlock> blocks = {{"aa", "b"}, {"cc"}, {"dd"}};
  EXPECT_EQ(SideBySide(blocks, 80), "aa   cc   dd\nb\n");
  EXPECT_EQ(SideBySide(blocks, 8), "aa   cc\nb\n\ndd\n");
}

}  // namespace
}  // namespace percept::cli
