#include "client/cli/render_pictures.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

v1::ImageShape Shape(int height, int width, int channels) {
  v1::ImageShape shape;
  shape.set_height(height);
  shape.set_width(width);
  shape.set_channels(channels);
  return shape;
}

TEST(CanDraw, AsksForWholePicturesThatFit) {
  EXPECT_TRUE(CanDraw(Shape(28, 28, 1), 784, 28));
  EXPECT_TRUE(CanDraw(Shape(2, 2, 3), 12, 80));
  EXPECT_FALSE(CanDraw(Shape(28, 28, 1), 784, 27));
  EXPECT_FALSE(CanDraw(Shape(28, 28, 1), 783, 80));
  EXPECT_FALSE(CanDraw(v1::ImageShape(), 0, 80));
  EXPECT_FALSE(CanDraw(Shape(std::numeric_limits<int32_t>::max(), 4, 4), 16, 80));
}

TEST(RenderPictures, PutsTwoRowsOfPixelsIntoALine) {
  const std::vector<float> inputs = {0, 1, 0,    //
                                     0, 1, 0.5,  //
                                     1, 0, 0};
  EXPECT_EQ(RenderPictures({{7, 3, inputs}}, Shape(3, 3, 1), Page{{}, 80}),
            "7: label 3\n"
            " @:\n"
            "@\n");
}

TEST(RenderPictures, PutsAsManySideBySideAsFit) {
  const std::vector<float> ink = {1};
  const std::vector<Picture> pictures = {{0, 1, ink}, {1, 0, ink}, {2, 1, ink}};
  EXPECT_EQ(RenderPictures(pictures, Shape(1, 1, 1), Page{{}, 42}),
            "0: label 1            1: label 0\n"
            "@                     @\n"
            "2: label 1\n"
            "@\n");
}

TEST(RenderPictures, DrawsColoursAsGreyAndAnyRangeOfNumbers) {
  const std::vector<float> colours = {1, 1, 1, 0, 0, 0};
  EXPECT_EQ(RenderPictures({{0, 0, colours}}, Shape(1, 2, 3), Page{{}, 80}), "0: label 0\n@\n");
  const std::vector<float> wide = {-1, 3};
  EXPECT_EQ(RenderPictures({{0, 0, wide}}, Shape(1, 2, 1), Page{{}, 80}), "0: label 0\n @\n");
  const std::vector<float> none = {std::numeric_limits<float>::quiet_NaN(), 0};
  EXPECT_EQ(RenderPictures({{0, 0, none}}, Shape(1, 2, 1), Page{{}, 80}), "0: label 0\n?\n");
}

}  // namespace
}  // namespace percept::cli
