#include "client/cli/picture/canvas.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/picture/marker.h"
#include "client/cli/picture/typeset.h"

namespace percept::picture {
namespace {

using ::testing::StartsWith;

constexpr double kNear = 1.0 / 255;

void ExpectColour(const Canvas& canvas, int x, int y, Colour colour) {
  const Colour at = canvas.At(x, y);
  EXPECT_NEAR(at.red, colour.red, kNear) << x << ", " << y;
  EXPECT_NEAR(at.green, colour.green, kNear) << x << ", " << y;
  EXPECT_NEAR(at.blue, colour.blue, kNear) << x << ", " << y;
}

// Pixels that are not paper.
int InkedPixels(const Canvas& canvas) {
  int count = 0;
  for (int y = 0; y < canvas.height(); ++y) {
    for (int x = 0; x < canvas.width(); ++x) {
      const Colour at = canvas.At(x, y);
      if (at.red < 1 || at.green < 1 || at.blue < 1) ++count;
    }
  }
  return count;
}

TEST(Canvas, BeginsAsPaperOfTheSlidesSize) {
  const Canvas canvas;
  EXPECT_EQ(canvas.width(), 1600);
  EXPECT_EQ(canvas.height(), 900);
  EXPECT_EQ(InkedPixels(canvas), 0);
}

TEST(Canvas, FillsARectangleToItsEdges) {
  Canvas canvas(20, 20);
  canvas.Fill({5, 6, 10, 4}, ClassColour(1));
  ExpectColour(canvas, 5, 6, ClassColour(1));
  ExpectColour(canvas, 14, 9, ClassColour(1));
  ExpectColour(canvas, 4, 6, kPaper);
  ExpectColour(canvas, 15, 9, kPaper);
  EXPECT_EQ(InkedPixels(canvas), 40);
}

TEST(Canvas, OpacityLetsPaperThrough) {
  Canvas canvas(4, 4);
  canvas.Fill({0, 0, 4, 4}, WithOpacity(ClassColour(0), kRegionOpacity));
  ExpectColour(canvas, 2, 2, Over(WithOpacity(ClassColour(0), kRegionOpacity), kPaper));
}

TEST(Canvas, PixelsHaveHardEdgesAndReachTheBorder) {
  Canvas canvas(40, 40);
  canvas.Pixels({0, 0, 40, 40}, 2, 2, {kInk, ClassColour(0), ClassColour(1), ClassColour(2)});
  ExpectColour(canvas, 0, 0, kInk);
  ExpectColour(canvas, 19, 19, kInk);
  ExpectColour(canvas, 20, 19, ClassColour(0));
  ExpectColour(canvas, 39, 0, ClassColour(0));
  ExpectColour(canvas, 19, 20, ClassColour(1));
  ExpectColour(canvas, 39, 39, ClassColour(2));
}

TEST(Canvas, ClipsWhatIsDrawnInside) {
  Canvas canvas(20, 20);
  canvas.Clipped({5, 5, 5, 5}, [&] { canvas.Fill({0, 0, 20, 20}, kInk); });
  EXPECT_EQ(InkedPixels(canvas), 25);
  canvas.Fill({0, 0, 1, 1}, kInk);
  EXPECT_EQ(InkedPixels(canvas), 26);
}

TEST(Canvas, LinesBreakWhereANumberIsMissing) {
  Canvas canvas(60, 10);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  canvas.Line({{{5, 5}, {20, 5}, {nan, 5}, {40, 5}, {55, 5}}}, {kInk, 2});
  ExpectColour(canvas, 10, 5, kInk);
  ExpectColour(canvas, 30, 5, kPaper);
  ExpectColour(canvas, 50, 5, kInk);
}

TEST(Canvas, TextStandsWhereItsAlignmentSays) {
  TextStyle style = {40, kInk};
  Canvas canvas(400, 100);
  const double width = canvas.TextWidth("MMM", style);
  EXPECT_GT(width, 60);
  EXPECT_LT(width, 200);
  style.horizontal = Align::kEnd;
  canvas.Text({200, 50}, "MMM", style);
  int left = 400;
  int right = 0;
  for (int x = 0; x < 400; ++x) {
    for (int y = 0; y < 100; ++y) {
      if (canvas.At(x, y).red >= 0.5) continue;
      left = std::min(left, x);
      right = std::max(right, x);
    }
  }
  EXPECT_LE(right, 200);
  EXPECT_GT(right, 185);
  EXPECT_NEAR(left, 200 - width, 12);
}

TEST(Canvas, TextWithBytesThatAreNoTextIsDrawnAllTheSame) {
  Canvas canvas(200, 50);
  canvas.Text({5, 25}, "\x01\x1b[31m\xff\xfe broken", {20});
  canvas.Fill({180, 40, 10, 10}, kInk);
  ExpectColour(canvas, 185, 45, kInk);  // Cairo takes no more orders after an error.
  EXPECT_TRUE(canvas.EncodePng().ok());
}

TEST(Canvas, SameDrawingGivesTheSameBytes) {
  const auto draw = [] {
    Canvas canvas(200, 100);
    canvas.Text({10, 50}, "Percept ∑ 10⁻⁶", {30});
    canvas.Arrow({10, 80}, {150, 20}, {ClassColour(3), 3});
    canvas.Ring({100, 50}, 20, {kInk, 2, /*dashed=*/true});
    return canvas.EncodePng();
  };
  const auto first = draw();
  const auto second = draw();
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(*first, StartsWith("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(*first, *second);
}

TEST(Marker, EachClassHasItsOwnShapeAndColour) {
  std::vector<std::string> seen;
  for (int label = 0; label < 10; ++label) {
    Canvas canvas(40, 40);
    DrawMarker(&canvas, {20, 20}, 20, label, kInk);
    EXPECT_GT(InkedPixels(canvas), 40) << label;
    EXPECT_LT(InkedPixels(canvas), 600) << label;
    const auto png = canvas.EncodePng();
    ASSERT_TRUE(png.ok());
    EXPECT_THAT(seen, ::testing::Not(::testing::Contains(*png))) << label;
    seen.push_back(*png);
  }
  Canvas canvas(40, 40);
  DrawMarker(&canvas, {20, 20}, 20, 1);
  ExpectColour(canvas, 20, 20, ClassColour(1));
}

TEST(Typeset, SetsNumbersAsPrintDoes) {
  EXPECT_EQ(Typeset("60,000 of 1,234,567"), "60\u2009000 of 1\u2009234\u2009567");
  EXPECT_EQ(Typeset("-3 at (-.5, 1,2) in 784-64-10"), "−3 at (−.5, 1,2) in 784-64-10");
  EXPECT_EQ(Typeset("0,1234 a,123 tanh-sigmoid -"), "0,1234 a,123 tanh-sigmoid -");
  EXPECT_EQ(Typeset("a\tb\x7F"), "a?b?");
}

TEST(Typeset, PutsQuestionMarksForBytesThatAreNoText) {
  EXPECT_EQ(Typeset("né €5 𝄞"), "né €5 𝄞");
  EXPECT_EQ(Typeset("\xC3"), "?");  // Cut off,
  EXPECT_EQ(Typeset("\xE2\x82 x"), "?? x");
  EXPECT_EQ(Typeset("\xC0\xAF"), "??");  // longer than need be,
  EXPECT_EQ(Typeset("\xE0\x9F\xBF"), "???");
  EXPECT_EQ(Typeset("\xED\xA0\x80"), "???");       // a surrogate,
  EXPECT_EQ(Typeset("\xF4\x90\x80\x80"), "????");  // or beyond Unicode.
}

TEST(Colour, ScalesHaveTheirEndsAndTheirMiddle) {
  EXPECT_EQ(Diverging(-1).blue, ClassColour(0).blue);
  EXPECT_EQ(Diverging(1).red, ClassColour(1).red);
  EXPECT_EQ(Diverging(-3).blue, Diverging(-1).blue);
  EXPECT_NEAR(Diverging(0).red, Diverging(0).blue, 1e-9);
  EXPECT_EQ(Grey(0).green, 0);
  EXPECT_EQ(Grey(2).green, 1);
  EXPECT_EQ(Sequential(0).red, 1);
  EXPECT_EQ(InkOn(kPaper).red, kInk.red);
  EXPECT_EQ(InkOn(ClassColour(0)).red, kPaper.red);
  const Colour none = Grey(std::numeric_limits<double>::quiet_NaN());
  EXPECT_NE(none.red, none.green);
}

}  // namespace
}  // namespace percept::picture
