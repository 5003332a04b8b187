#include "server/inspect/image_input.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

namespace percept::inspect {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Ge;
using ::testing::Le;
using ::testing::Pointwise;

constexpr data::ImageShape kMnist = {28, 28, 1};

// A grey picture with a rectangle of another lightness in it.
data::Image Rectangle(int32_t height, int32_t width, int32_t top, int32_t left, int32_t rows,
                      int32_t columns, uint8_t ground = 0, uint8_t ink = 255) {
  data::Image image = {{height, width, 1}, {}};
  image.pixels.assign(static_cast<size_t>(height * width), ground);
  for (int32_t row = top; row < top + rows; ++row) {
    std::fill_n(image.pixels.begin() + row * width + left, columns, ink);
  }
  return image;
}

// The same in three channels.
data::Image InColour(const data::Image& grey) {
  data::Image colour = {{grey.shape.height, grey.shape.width, 3}, {}};
  for (const uint8_t value : grey.pixels)
    colour.pixels.insert(colour.pixels.end(), {value, value, value});
  return colour;
}

std::vector<float> Scaled(const std::vector<uint8_t>& pixels) {
  std::vector<float> values;
  for (const uint8_t pixel : pixels) values.push_back(static_cast<float>(pixel) / 255.0f);
  return values;
}

// What a square of ink becomes: 20 x 20 of it in the middle.
std::vector<float> MnistSquare() { return Scaled(Rectangle(28, 28, 4, 4, 20, 20).pixels); }

std::vector<float> Prepare(const data::Image& image, const data::ImageShape& shape = kMnist,
                           InvertChoice invert = InvertChoice::kAuto) {
  return PrepareInput(image, shape, {.invert = invert}).inputs;
}

TEST(PrepareInput, LeavesAPictureAsMnistHasItUnchanged) {
  data::Image image = Rectangle(28, 28, 4, 7, 20, 15);
  image.pixels[5 * 28 + 9] = 3;
  const PreparedInput prepared = PrepareInput(image, kMnist);
  EXPECT_EQ(prepared.inputs, Scaled(image.pixels));
  EXPECT_THAT(prepared.preparation.steps,
              ElementsAre("left the ink its size, and put its centre of mass into the centre of "
                          "28 x 28"));
  EXPECT_EQ(prepared.preparation.framing, ImageFraming::kContent);
  EXPECT_EQ(prepared.preparation.source, kMnist);
  EXPECT_EQ(prepared.preparation.width, 28);
  EXPECT_EQ(prepared.preparation.height, 28);
}

TEST(PrepareInput, ScalesAndCentresInkWhereverItLies) {
  for (const data::Image& image :
       {Rectangle(60, 40, 45, 2, 10, 10), Rectangle(28, 28, 0, 8, 20, 20),
        Rectangle(300, 500, 50, 260, 200, 200), Rectangle(3, 3, 1, 1, 1, 1)}) {
    EXPECT_THAT(Prepare(image), Pointwise(FloatNear(1e-6f), MnistSquare()));
  }
}

TEST(PrepareInput, PutsTheCentreOfMassInTheMiddle) {
  // A bar 20 high and 2 wide, with a lighter half below.
  data::Image image = Rectangle(40, 40, 0, 0, 20, 2);
  std::fill_n(image.pixels.begin(), 10 * 40, uint8_t{0});
  for (int32_t row = 0; row < 10; ++row) std::fill_n(image.pixels.begin() + row * 40, 2, 64);
  const std::vector<float> inputs = Prepare(image);
  double mass = 0.0;
  double moment = 0.0;
  for (size_t place = 0; place < inputs.size(); ++place) {
    mass += inputs[place];
    moment += inputs[place] * (static_cast<double>(place / 28) + 0.5);
  }
  EXPECT_GE(moment / mass, 14.0);
  EXPECT_LT(moment / mass, 15.0);
}

TEST(PrepareInput, InvertsDarkInkOnALightGround) {
  const data::Image dark = Rectangle(56, 56, 2, 30, 20, 20, 255, 0);
  const PreparedInput prepared = PrepareInput(dark, kMnist);
  EXPECT_TRUE(prepared.preparation.inverted);
  EXPECT_EQ(prepared.inputs, MnistSquare());
  EXPECT_THAT(Prepare(dark, kMnist, InvertChoice::kNo), Each(0.0f));
  EXPECT_EQ(Prepare(Rectangle(56, 56, 2, 30, 20, 20, 0, 255), kMnist, InvertChoice::kNo),
            MnistSquare());
  EXPECT_THAT(Prepare(Rectangle(56, 56, 2, 30, 20, 20, 0, 255), kMnist, InvertChoice::kYes),
              Each(0.0f));
}

TEST(PrepareInput, StretchesWeakContrast) {
  const PreparedInput prepared = PrepareInput(Rectangle(50, 50, 20, 20, 20, 20, 200, 80), kMnist);
  EXPECT_THAT(prepared.inputs, Pointwise(FloatNear(1e-6f), MnistSquare()));
  EXPECT_THAT(prepared.preparation.steps,
              ElementsAre("turned light and dark about", "stretched from 0.22…0.69 to 0…1",
                          "left the ink its size, and put its centre of mass into the centre of "
                          "28 x 28"));
}

TEST(PrepareInput, TakesColourForItsLightness) {
  const PreparedInput prepared =
      PrepareInput(InColour(Rectangle(80, 60, 3, 4, 40, 40, 255, 0)), kMnist);
  EXPECT_THAT(prepared.inputs, Pointwise(FloatNear(1e-6f), MnistSquare()));
  EXPECT_THAT(prepared.preparation.steps,
              ElementsAre("made the colours grey", "turned light and dark about",
                          "scaled the ink by 0.5, and put its centre of mass into the centre of "
                          "28 x 28"));
  EXPECT_TRUE(prepared.preparation.colours_changed);
  // 28 x 28 about the ink are 56 x 56 of the picture, less what lies outside.
  EXPECT_EQ(prepared.preparation.left, 0);
  EXPECT_EQ(prepared.preparation.top, 0);
  EXPECT_EQ(prepared.preparation.width, 52);
  EXPECT_EQ(prepared.preparation.height, 51);
  const data::Image red = {{1, 1, 3}, {255, 0, 0}};
  EXPECT_THAT(Prepare(red, {1, 1, 1}), ElementsAre(FloatNear(0.299f, 1e-6f)));
  const data::Image green = {{1, 1, 3}, {0, 255, 0}};
  EXPECT_THAT(Prepare(green, {1, 1, 1}, InvertChoice::kNo), ElementsAre(FloatNear(0.587f, 1e-6f)));
}

TEST(PrepareInput, GivesZerosWhereThereIsNoInk) {
  EXPECT_THAT(Prepare(Rectangle(5, 7, 0, 0, 0, 0, 0)), Each(0.0f));
  EXPECT_THAT(Prepare(Rectangle(5, 7, 0, 0, 0, 0, 120)), Each(0.0f));
  EXPECT_THAT(Prepare(Rectangle(1, 1, 0, 0, 0, 0, 255)), Each(0.0f));
}

TEST(PrepareInput, CentresInkInOtherShapesWhereAsked) {
  // Five sevenths of 14 x 7: 10 x 5.
  const PreparedInput prepared = PrepareInput(Rectangle(90, 90, 3, 50, 20, 6), {14, 7, 1},
                                              {.framing = ImageFraming::kContent});
  EXPECT_THAT(prepared.inputs,
              Pointwise(FloatNear(1e-6f), Scaled(Rectangle(14, 7, 2, 2, 10, 3).pixels)));
}

TEST(PrepareInput, KeepsDarkInkForDataWhoseGroundIsLight) {
  const data::Image dark = Rectangle(56, 56, 2, 30, 20, 20, 255, 0);
  const std::vector<float> expected = Scaled(Rectangle(28, 28, 4, 4, 20, 20, 255, 0).pixels);
  const PreparedInput prepared = PrepareInput(dark, kMnist, {.data_border = 0.9f});
  EXPECT_FALSE(prepared.preparation.inverted);
  EXPECT_EQ(prepared.inputs, expected);
  const PreparedInput inverted =
      PrepareInput(Rectangle(56, 56, 2, 30, 20, 20, 0, 255), kMnist, {.data_border = 0.9f});
  EXPECT_TRUE(inverted.preparation.inverted);
  EXPECT_EQ(inverted.inputs, expected);
  EXPECT_THAT(PrepareInput(Rectangle(5, 5, 0, 0, 0, 0), kMnist, {.data_border = 0.9f}).inputs,
              Each(1.0f));
}

TEST(PrepareInput, TakesTheMiddleOfOtherShapes) {
  const data::Image image = {{2, 4, 1}, {0, 102, 255, 51, 1, 103, 254, 50}};
  const PreparedInput prepared = PrepareInput(image, {2, 2, 1}, {.invert = InvertChoice::kNo});
  EXPECT_THAT(prepared.inputs, Pointwise(FloatNear(1e-6f), Scaled({102, 255, 103, 254})));
  EXPECT_THAT(prepared.preparation.steps,
              ElementsAre("scaled the 2 x 2 pixels in the middle to 2 x 2"));
  EXPECT_EQ(prepared.preparation.framing, ImageFraming::kCrop);
  EXPECT_EQ(prepared.preparation.left, 1);
  EXPECT_EQ(prepared.preparation.top, 0);
  EXPECT_EQ(prepared.preparation.width, 2);
  EXPECT_EQ(prepared.preparation.height, 2);
  EXPECT_THAT(PrepareInput(image, image.shape, {.invert = InvertChoice::kNo}).preparation.steps,
              ElementsAre("left the 4 x 2 pixels as they are"));
  // MNIST's shape as it is, where asked.
  const data::Image corner = Rectangle(28, 28, 0, 0, 3, 3);
  EXPECT_EQ(PrepareInput(corner, kMnist, {.framing = ImageFraming::kCrop}).inputs,
            Scaled(corner.pixels));
}

TEST(PrepareInput, AveragesByArea) {
  // Half the size: means of four.
  data::Image image = {{2, 4, 1}, {0, 100, 200, 100, 100, 200, 0, 100}};
  EXPECT_THAT(Prepare(image, {1, 2, 1}, InvertChoice::kNo),
              Pointwise(FloatNear(1e-6f), Scaled({100, 100})));
  // Three rows become two: each takes a whole one and half of the middle one.
  image = {{3, 3, 3}, {}};
  for (const uint8_t row : {0, 60, 255}) image.pixels.insert(image.pixels.end(), 9, row);
  const std::vector<float> inputs = Prepare(image, {2, 2, 3});
  for (size_t place = 0; place < inputs.size(); ++place)
    EXPECT_NEAR(inputs[place], (place < 6 ? 20.0 : 190.0) / 255.0, 1e-6);
}

TEST(PrepareInput, TakesPicturesOfAnyProportions) {
  for (const auto& [height, width] : {std::pair(1, 1), std::pair(1, 5000), std::pair(5000, 1)}) {
    for (const data::ImageShape& shape :
         {kMnist, data::ImageShape{32, 32, 3}, data::ImageShape{1, 7, 1}}) {
      const PreparedInput prepared = PrepareInput(Rectangle(height, width, 0, 0, 1, 1), shape);
      EXPECT_EQ(prepared.inputs.size(),
                static_cast<size_t>(shape.height * shape.width * shape.channels));
      EXPECT_THAT(prepared.inputs, Each(AllOf(Ge(0.0f), Le(1.0f))));
      EXPECT_GE(prepared.preparation.width, 1);
      EXPECT_GE(prepared.preparation.height, 1);
      EXPECT_LE(prepared.preparation.left + prepared.preparation.width, width);
      EXPECT_LE(prepared.preparation.top + prepared.preparation.height, height);
    }
  }
}

TEST(PrepareInput, NeverInvertsColourByItself) {
  const data::Image light = InColour(Rectangle(4, 4, 1, 1, 2, 2, 255, 0));
  EXPECT_EQ(Prepare(light, {4, 4, 3}), Scaled(light.pixels));
  const std::vector<float> inverted = Prepare(light, {4, 4, 3}, InvertChoice::kYes);
  EXPECT_EQ(inverted.front(), 0.0f);
  EXPECT_EQ(inverted[(4 + 1) * 3], 1.0f);
  const PreparedInput from_grey = PrepareInput(Rectangle(4, 4, 1, 1, 2, 2, 255, 0), {4, 4, 3});
  EXPECT_EQ(from_grey.inputs, Scaled(light.pixels));
  EXPECT_THAT(from_grey.preparation.steps, ElementsAre("gave the grey to all three channels",
                                                       "left the 4 x 4 pixels as they are"));
}

}  // namespace
}  // namespace percept::inspect
