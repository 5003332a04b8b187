#include "server/inspect/image_input.h"

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"

namespace percept::inspect {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
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
  return PrepareInput(image, shape, invert).inputs;
}

TEST(PrepareInput, LeavesAPictureAsMnistHasItUnchanged) {
  data::Image image = Rectangle(28, 28, 4, 7, 20, 15);
  image.pixels[5 * 28 + 9] = 3;
  const PreparedInput prepared = PrepareInput(image, kMnist, InvertChoice::kAuto);
  EXPECT_EQ(prepared.inputs, Scaled(image.pixels));
  EXPECT_EQ(prepared.preparation.Description(),
            "28 x 28 grey picture, its ink's centre of mass in the middle of 28 x 28 grey");
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
  const PreparedInput prepared = PrepareInput(dark, kMnist, InvertChoice::kAuto);
  EXPECT_TRUE(prepared.preparation.inverted);
  EXPECT_EQ(prepared.inputs, MnistSquare());
  EXPECT_THAT(Prepare(dark, kMnist, InvertChoice::kNo), Each(0.0f));
  EXPECT_EQ(Prepare(Rectangle(56, 56, 2, 30, 20, 20, 0, 255), kMnist, InvertChoice::kNo),
            MnistSquare());
  EXPECT_THAT(Prepare(Rectangle(56, 56, 2, 30, 20, 20, 0, 255), kMnist, InvertChoice::kYes),
              Each(0.0f));
}

TEST(PrepareInput, StretchesWeakContrast) {
  const PreparedInput prepared =
      PrepareInput(Rectangle(50, 50, 20, 20, 20, 20, 200, 80), kMnist, InvertChoice::kAuto);
  EXPECT_THAT(prepared.inputs, Pointwise(FloatNear(1e-6f), MnistSquare()));
  EXPECT_EQ(prepared.preparation.Description(),
            "50 x 50 grey picture, inverted, contrast stretched, its ink's centre of mass in the "
            "middle of 28 x 28 grey");
}

TEST(PrepareInput, TakesColourForItsLightness) {
  const PreparedInput prepared =
      PrepareInput(InColour(Rectangle(80, 60, 3, 4, 40, 40, 255, 0)), kMnist, InvertChoice::kAuto);
  EXPECT_THAT(prepared.inputs, Pointwise(FloatNear(1e-6f), MnistSquare()));
  EXPECT_EQ(prepared.preparation.Description(),
            "60 x 80 RGB picture, made grey, inverted, scaled by 0.5, its ink's centre of mass in "
            "the middle of 28 x 28 grey");
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

TEST(PrepareInput, ScalesOtherShapesWholeWithTheirProportions) {
  // Twice as wide as high: two rows of ground above and below.
  data::Image image = {{2, 4, 1}, {0, 102, 255, 51, 0, 102, 255, 51}};
  const PreparedInput prepared = PrepareInput(image, {4, 4, 1}, InvertChoice::kNo);
  // The median of the border, of which all pixels are: 102.
  EXPECT_THAT(prepared.inputs, Pointwise(FloatNear(1e-6f), Scaled({102, 102, 102, 102, 0, 102, 255,
                                                                   51, 0, 102, 255, 51,  //
                                                                   102, 102, 102, 102})));
  EXPECT_EQ(prepared.preparation.Description(), "4 x 2 grey picture, in the middle of 4 x 4 grey");
  // Half the size: means of four.
  image = {{2, 4, 1}, {0, 100, 200, 100, 100, 200, 0, 100}};
  EXPECT_THAT(Prepare(image, {1, 2, 1}, InvertChoice::kNo),
              Pointwise(FloatNear(1e-6f), Scaled({100, 100})));
}

TEST(PrepareInput, AveragesByArea) {
  // Three pixels become two: each takes a whole and half of the middle one.
  const data::Image image = {{1, 3, 3}, {0, 30, 90, 60, 60, 60, 255, 90, 0}};
  const std::vector<float> inputs = Prepare(image, {1, 2, 3});
  // The scale is 2/3, so that of the single row a third of the height is ground.
  const auto mixed = [](double whole, double half, double ground) {
    return static_cast<float>(((whole + half / 2) / 1.5 * (2.0 / 3) + ground / 3) / 255);
  };
  EXPECT_THAT(inputs,
              Pointwise(FloatNear(1e-6f), std::vector<float>{mixed(0, 60, 60), mixed(30, 60, 60),
                                                             mixed(90, 60, 60), mixed(255, 60, 60),
                                                             mixed(90, 60, 60), mixed(0, 60, 60)}));
}

TEST(PrepareInput, NeverInvertsColourByItself) {
  const data::Image light = InColour(Rectangle(4, 4, 1, 1, 2, 2, 255, 0));
  EXPECT_EQ(Prepare(light, {4, 4, 3}), Scaled(light.pixels));
  const std::vector<float> inverted = Prepare(light, {4, 4, 3}, InvertChoice::kYes);
  EXPECT_EQ(inverted.front(), 0.0f);
  EXPECT_EQ(inverted[(4 + 1) * 3], 1.0f);
  const PreparedInput from_grey =
      PrepareInput(Rectangle(4, 4, 1, 1, 2, 2, 255, 0), {4, 4, 3}, InvertChoice::kAuto);
  EXPECT_EQ(from_grey.inputs, Scaled(light.pixels));
  EXPECT_TRUE(from_grey.preparation.made_colour);
}

}  // namespace
}  // namespace percept::inspect
