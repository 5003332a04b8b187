#include <array>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/picture/axes.h"
#include "client/cli/picture/grid.h"
#include "client/cli/picture/network.h"
#include "client/cli/picture/projection.h"
#include "client/cli/picture/slide.h"
#include "client/cli/picture/tiles.h"

// The parts that pictures are composed of, read back as pixels.
namespace percept::picture {
namespace {

constexpr double kNear = 2.0 / 255;

bool IsColour(const Canvas& canvas, Point at, Colour colour) {
  const Colour seen = canvas.At(static_cast<int>(at.x), static_cast<int>(at.y));
  return std::abs(seen.red - colour.red) < kNear && std::abs(seen.green - colour.green) < kNear &&
         std::abs(seen.blue - colour.blue) < kNear;
}

// Whether any pixel on the border of the canvas is inked: then something was cut off.
bool TouchesBorder(const Canvas& canvas) {
  const auto width = static_cast<int>(canvas.width());
  const auto height = static_cast<int>(canvas.height());
  const auto inked = [&](int x, int y) {
    return !IsColour(canvas, {static_cast<double>(x), static_cast<double>(y)}, kPaper);
  };
  for (int x = 0; x < width; ++x) {
    if (inked(x, 0) || inked(x, height - 1)) return true;
  }
  for (int y = 0; y < height; ++y) {
    if (inked(0, y) || inked(width - 1, y)) return true;
  }
  return false;
}

Axes PlainAxes(Canvas* canvas) {
  return Axes(canvas, {{20, 20, 700, 500}, {-1, 1}, {0, 10}, "title", "x", "y", false});
}

TEST(Axes, PutsNumbersWhereTheirScaleSays) {
  Canvas canvas(800, 600);
  Axes axes = PlainAxes(&canvas);
  EXPECT_NEAR(axes.At(-1, 0).x, axes.plot().left, 1e-9);
  EXPECT_NEAR(axes.At(-1, 0).y, axes.plot().bottom(), 1e-9);
  EXPECT_NEAR(axes.At(1, 10).x, axes.plot().right(), 1e-9);
  EXPECT_NEAR(axes.At(0, 5).y, axes.plot().centre().y, 1e-9);
  axes.Marker(0.5, 5, 20, 1);
  EXPECT_TRUE(IsColour(canvas, axes.At(0.5, 5), ClassColour(1)));
  EXPECT_FALSE(TouchesBorder(canvas));
}

TEST(Axes, CutsOffAtTheFrame) {
  Canvas canvas(800, 600);
  Axes axes = PlainAxes(&canvas);
  axes.Line({-50, 50}, {1e9, 1e9}, {kInk, 9});
  axes.Line({-5, 5}, {5, 5}, {ClassColour(0), 9});
  EXPECT_TRUE(IsColour(canvas, axes.plot().centre(), ClassColour(0)));
  EXPECT_FALSE(IsColour(canvas, {axes.plot().right() + 8, axes.plot().centre().y}, ClassColour(0)));
}

TEST(Axes, DrawsABoundaryWhateverItsDirection) {
  const std::array<double, 3> lines[] = {{1, 0, 0}, {0, 1, -5}, {-1, 0.2, -1}};
  for (const auto& [a, b, c] : lines) {
    Canvas canvas(800, 600);
    Axes axes = PlainAxes(&canvas);
    axes.Boundary(a, b, c, {ClassColour(2), 6});
    EXPECT_TRUE(IsColour(canvas, axes.plot().centre(), ClassColour(2))) << a << " " << b;
  }
  Canvas canvas(800, 600);
  Axes axes = PlainAxes(&canvas);
  axes.Boundary(0, 0, 1, {ClassColour(2), 6});  // No line at all.
  EXPECT_TRUE(IsColour(canvas, axes.plot().centre(), kPaper));
}

TEST(Axes, CellsBeginAtTheLowestRow) {
  Canvas canvas(800, 600);
  Axes axes = PlainAxes(&canvas);
  axes.Cells(1, 2, {ClassColour(0), ClassColour(1)});
  EXPECT_TRUE(IsColour(canvas, axes.At(0, 2), ClassColour(0)));
  EXPECT_TRUE(IsColour(canvas, axes.At(0, 8), ClassColour(1)));
}

TEST(Tiles, FillTheAreaInReadingOrderWithoutLeavingIt) {
  Canvas canvas(800, 400);
  const auto tile = [](Colour colour) {
    return Tile{std::vector<Colour>(4, colour), "4 taken for 9, 0.999"};
  };
  DrawTiles(&canvas, {{10, 10, 780, 380}, 2, 2},
            {tile(ClassColour(0)), tile(ClassColour(1)), tile(ClassColour(2))});
  EXPECT_TRUE(IsColour(canvas, {130, 180}, ClassColour(0)));
  EXPECT_TRUE(IsColour(canvas, {400, 180}, ClassColour(1)));
  EXPECT_TRUE(IsColour(canvas, {660, 180}, ClassColour(2)));
  EXPECT_FALSE(TouchesBorder(canvas));
}

TEST(Tiles, ColoursOfNumbersFollowTheirScales) {
  const float values[] = {-0.3f, 0, 0.3f};
  const std::vector<Colour> weights = WeightColours(values, 3, 1, 0.3);
  EXPECT_NEAR(weights[0].blue, ClassColour(0).blue, 1e-6);
  EXPECT_NEAR(weights[2].red, ClassColour(1).red, 1e-6);
  const std::vector<Colour> data = DataColours(values, 3, 1, -0.3, 0.3);
  EXPECT_NEAR(data[0].red, 0, 1e-6);
  EXPECT_NEAR(data[1].green, 0.5, 1e-6);
  EXPECT_EQ(DataColours(values, 1, 3, -0.3, 0.3)[0].blue, 1);
  EXPECT_EQ(WeightColours(values, 3, 1, 0)[0].red, Diverging(0).red);
}

TEST(DivergingScale, HasBlueBelowAndVermillionAbove) {
  Canvas canvas(300, 400);
  DrawDivergingScale(&canvas, {20, 20, 100, 360}, 0.25);
  EXPECT_TRUE(IsColour(canvas, {30, 22}, ClassColour(1)));
  EXPECT_TRUE(IsColour(canvas, {30, 377}, ClassColour(0)));
  EXPECT_FALSE(TouchesBorder(canvas));
}

TEST(Grid, WritesInEachCellWithoutLeavingIt) {
  Canvas canvas(400, 300);
  Grid grid;
  grid.columns = 2;
  grid.cells = {{"123456789012345", ClassColour(0)}, {"1", kPaper}, {"2", kPaper}, {"3", kPaper}};
  DrawGrid(&canvas, {50, 60, 300, 180}, grid);
  EXPECT_TRUE(IsColour(canvas, {55, 65}, ClassColour(0)));
  EXPECT_TRUE(IsColour(canvas, {345, 235}, kPaper));
  EXPECT_FALSE(TouchesBorder(canvas));
}

TEST(Network, FitsManyLayersAndWideOnes) {
  for (const int layers : {1, 3, 17}) {
    Canvas canvas;
    std::vector<NetworkLayer> network;
    for (int i = 0; i < layers; ++i) {
      network.push_back({"linear12", "4,096", "output 4,096", i % 2 == 0 ? 4096 : 2, "softmax"});
    }
    DrawNetwork(&canvas, {40, 100, 1520, 760}, network);
    EXPECT_FALSE(TouchesBorder(canvas)) << layers;
  }
}

TEST(Projection, CutsAPlaneWithTheBox) {
  Canvas canvas(600, 600);
  const std::array<Scale, 3> scales = {Scale{-1, 1}, Scale{-1, 1}, Scale{-1, 1}};
  const Projection projection(&canvas, {0, 0, 600, 600}, scales, 30, 20);
  EXPECT_EQ(projection.Section({{0, 0, 1}, 0}).size(), 4u);
  EXPECT_EQ(projection.Section({{1, 1, 1}, 0}).size(), 6u);
  EXPECT_EQ(projection.Section({{1, 1, 1}, -2.5}).size(), 3u);
  EXPECT_TRUE(projection.Section({{0, 0, 1}, 5}).empty());
  EXPECT_TRUE(projection.Section({{0, 0, 0}, 0}).empty());
}

TEST(Projection, TurnsWithTheAzimuth) {
  Canvas canvas(600, 600);
  const std::array<Scale, 3> scales = {Scale{0, 1}, Scale{0, 1}, Scale{0, 1}};
  const Projection front(&canvas, {0, 0, 600, 600}, scales, 0, 0);
  // Seen along the first axis, the second leads to the right and the third up.
  EXPECT_NEAR(front.At({0, 0.5, 0.5}).x, front.At({1, 0.5, 0.5}).x, 1e-9);
  EXPECT_LT(front.At({0.5, 0, 0.5}).x, front.At({0.5, 1, 0.5}).x);
  EXPECT_GT(front.At({0.5, 0.5, 0}).y, front.At({0.5, 0.5, 1}).y);
  EXPECT_LT(front.Depth({0, 0.5, 0.5}), front.Depth({1, 0.5, 0.5}));
  const Projection side(&canvas, {0, 0, 600, 600}, scales, 90, 0);
  EXPECT_NEAR(side.At({0.5, 0, 0.5}).x, side.At({0.5, 1, 0.5}).x, 1e-9);
}

TEST(Projection, BoxAndNumbersStayInTheArea) {
  for (const double azimuth : {-170.0, -60.0, 0.0, 30.0, 45.0, 135.0}) {
    Canvas canvas(900, 700);
    Projection projection(&canvas, {0, 0, 900, 700}, {Scale{-1, 1}, Scale{-1, 1}, Scale{-1, 1}},
                          azimuth, 22);
    projection.DrawBox({"h0", "h1", "h2"});
    EXPECT_FALSE(TouchesBorder(canvas)) << azimuth;
  }
}

TEST(Heading, MakesLongTextSmallerInsteadOfCuttingIt) {
  Canvas canvas;
  const Rect rest =
      DrawHeading(&canvas, std::string(200, 'M'), std::string(400, 'm') + " about it");
  EXPECT_FALSE(TouchesBorder(canvas));
  EXPECT_GT(rest.height, 650);
}

TEST(Legend, CountsWhatItHasNoRoomFor) {
  Canvas few(400, 400);
  Canvas many(400, 400);
  std::vector<LegendEntry> entries;
  for (int i = 0; i < 40; ++i) entries.push_back({"class", ClassColour(i), i});
  DrawLegend(&many, {10, 10, 300, 380}, entries);
  EXPECT_FALSE(TouchesBorder(many));
  entries.resize(2);
  DrawLegend(&few, {10, 10, 300, 380}, entries);
  EXPECT_TRUE(IsColour(few, {100, 300}, kPaper));
}

}  // namespace
}  // namespace percept::picture
