#include "server/data/readers/image_reader.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/base/random.h"
#include "tests/support/picture_files.h"
#include "tests/support/status_matchers.h"

namespace percept::data {
namespace {

using ::percept::testing::PngChunk;
using ::percept::testing::PngPicture;
using ::percept::testing::StatusIs;
using ::percept::testing::WithPngChunk;
using ::percept::testing::WriteGreyPng;
using ::percept::testing::WriteJpeg;
using ::percept::testing::WritePng;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<uint8_t> RandomPixels(size_t size) {
  Random random(3, Random::Stream::kGenerator);
  std::vector<uint8_t> pixels(size);
  for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random.NextBelow(256));
  return pixels;
}

std::string Bytes(const std::vector<uint8_t>& values) {
  return std::string(values.begin(), values.end());
}

void ExpectPixels(const PngPicture& picture, const ImageShape& shape,
                  const std::vector<uint8_t>& pixels) {
  ASSERT_OK_AND_ASSIGN(const Image image, ReadImage(WritePng(picture)));
  EXPECT_EQ(image.shape, shape);
  EXPECT_EQ(image.pixels, pixels);
}

void ExpectRefused(absl::string_view file, const std::string& message) {
  EXPECT_THAT(ReadImage(file), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
}

TEST(ReadPng, TakesGreyOfEveryDepth) {
  ExpectPixels({.width = 3, .height = 1, .rows = "\xa0", .bit_depth = 1}, {1, 3, 1}, {255, 0, 255});
  ExpectPixels({.width = 4, .height = 1, .rows = "\x1b", .bit_depth = 2}, {1, 4, 1},
               {0, 85, 170, 255});
  ExpectPixels({.width = 2, .height = 2, .rows = "\x1f\x7e", .bit_depth = 4}, {2, 2, 1},
               {17, 255, 119, 238});
  ExpectPixels({.width = 2, .height = 1, .rows = "\x01\xfe"}, {1, 2, 1}, {1, 254});
}

TEST(ReadPng, RoundsSixteenBitsToEight) {
  // 0, 128, 129, 32768, 65406, 65407 and 65535 over 257.
  const std::string rows("\x00\x00\x00\x80\x00\x81\x80\x00\xff\x7e\xff\x7f\xff\xff", 14);
  ExpectPixels({.width = 7, .height = 1, .rows = rows, .bit_depth = 16}, {1, 7, 1},
               {0, 0, 1, 128, 254, 255, 255});
  ExpectPixels({.width = 1,
                .height = 1,
                .rows = std::string("\x80\x00\x00\x00\xff\xff", 6),
                .colour_type = PNG_COLOR_TYPE_RGB,
                .bit_depth = 16},
               {1, 1, 3}, {128, 0, 255});
}

TEST(ReadPng, TakesColours) {
  ExpectPixels({.width = 2,
                .height = 1,
                .rows = "\x01\x02\x03\x04\x05\x06",
                .colour_type = PNG_COLOR_TYPE_RGB},
               {1, 2, 3}, {1, 2, 3, 4, 5, 6});
  ExpectPixels({.width = 4,
                .height = 1,
                .rows = "\x18",
                .colour_type = PNG_COLOR_TYPE_PALETTE,
                .bit_depth = 2,
                .palette = {{10, 20, 30}, {40, 50, 60}, {70, 80, 90}}},
               {1, 4, 3}, {10, 20, 30, 40, 50, 60, 70, 80, 90, 10, 20, 30});
}

TEST(ReadPng, ShowsWhiteBehindWhatIsTransparent) {
  // v a / 255 + 255 - a, rounded.
  ExpectPixels({.width = 4,
                .height = 1,
                .rows = Bytes({100, 255, 100, 0, 0, 128, 200, 51}),
                .colour_type = PNG_COLOR_TYPE_GRAY_ALPHA},
               {1, 4, 1}, {100, 255, 127, 244});
  ExpectPixels({.width = 2,
                .height = 1,
                .rows = Bytes({0, 100, 255, 102, 9, 8, 7, 255}),
                .colour_type = PNG_COLOR_TYPE_RGBA},
               {1, 2, 3}, {153, 193, 255, 9, 8, 7});
  ExpectPixels({.width = 2,
                .height = 1,
                .rows = "\x40",
                .colour_type = PNG_COLOR_TYPE_PALETTE,
                .bit_depth = 1,
                .palette = {{10, 20, 30}, {40, 50, 60}},
                .palette_opacity = {0}},
               {1, 2, 3}, {255, 255, 255, 40, 50, 60});
  png_color_16 seven = {};
  seven.gray = 7;
  ExpectPixels({.width = 2, .height = 1, .rows = "\x07\x08", .transparent = seven}, {1, 2, 1},
               {255, 8});
}

TEST(ReadPng, TakesInterlacedPictures) {
  const std::vector<uint8_t> pixels = RandomPixels(9 * 13 * 3);
  ExpectPixels({.width = 13,
                .height = 9,
                .rows = Bytes(pixels),
                .colour_type = PNG_COLOR_TYPE_RGB,
                .is_interlaced = true},
               {9, 13, 3}, pixels);
}

TEST(ReadPng, LooksAtNoGammaAndNoText) {
  const PngPicture picture = {.width = 2, .height = 1, .rows = "\x20\x90", .gamma = 1.0};
  ExpectPixels(picture, {1, 2, 1}, {0x20, 0x90});
  // A text that says it is compressed and is not, with a checksum that is wrong, too.
  std::string chunk = PngChunk("zTXt", std::string("Comment\0\0nonsense", 17));
  chunk.back() = static_cast<char>(chunk.back() ^ 1);
  ASSERT_OK_AND_ASSIGN(const Image image, ReadImage(WithPngChunk(WritePng(picture), chunk)));
  EXPECT_THAT(image.pixels, ElementsAre(0x20, 0x90));
}

TEST(ReadPng, RefusesAFileCutOffAnywhere) {
  const std::string whole = WriteGreyPng(5, 4, RandomPixels(20));
  ASSERT_OK(ReadImage(whole));
  // The last chunk says nothing of the pixels.
  for (size_t size = 0; size < whole.size() - 12; ++size) {
    EXPECT_THAT(ReadImage(whole.substr(0, size)), StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
}

TEST(ReadPng, RefusesEveryFlippedBitOfItsPixels) {
  const std::string whole = WriteGreyPng(5, 4, RandomPixels(20));
  for (size_t bit = 0; bit < 8 * (whole.size() - 12); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_THAT(ReadImage(damaged), StatusIs(absl::StatusCode::kInvalidArgument)) << bit;
  }
}

TEST(ReadPng, RefusesTooManyPixelsByTheHeader) {
  std::string header = WriteGreyPng(1, 1, {0}).substr(0, 8);
  absl::StrAppend(&header,
                  PngChunk("IHDR", std::string("\0\0\x0f\xa1\0\0\x0f\xa0\x08\0\0\0\0", 13)),
                  PngChunk("IDAT", ""));
  ExpectRefused(header, "must have 1 to 16000000 pixels, got 4001 x 4000");
  const std::string file = WriteGreyPng(3, 4, RandomPixels(12));
  EXPECT_OK(ReadImage(file, 12));
  EXPECT_THAT(ReadImage(file, 11),
              StatusIs(absl::StatusCode::kInvalidArgument, "must have 1 to 11 pixels, got 4 x 3"));
}

TEST(ReadJpeg, TakesGreyAndColours) {
  for (const bool is_progressive : {false, true}) {
    const std::vector<uint8_t> grey(16 * 24, 77);
    ASSERT_OK_AND_ASSIGN(const Image read_grey,
                         ReadImage(WriteJpeg(16, 24, 1, grey, 95, is_progressive)));
    EXPECT_EQ(read_grey.shape, (ImageShape{16, 24, 1}));
    EXPECT_EQ(read_grey.pixels, grey);

    std::vector<uint8_t> colours;
    for (int pixel = 0; pixel < 8 * 8; ++pixel) colours.insert(colours.end(), {200, 100, 50});
    ASSERT_OK_AND_ASSIGN(const Image read_colours,
                         ReadImage(WriteJpeg(8, 8, 3, colours, 95, is_progressive)));
    EXPECT_EQ(read_colours.shape, (ImageShape{8, 8, 3}));
    for (size_t place = 0; place < colours.size(); ++place) {
      EXPECT_LE(std::abs(read_colours.pixels[place] - colours[place]), 2) << place;
    }
  }
}

TEST(ReadJpeg, RefusesCmyk) {
  ExpectRefused(WriteJpeg(8, 8, 4, std::vector<uint8_t>(8 * 8 * 4, 9)),
                "must be a JPEG file in grey, YCbCr or RGB, got CMYK: convert it");
}

TEST(ReadJpeg, RefusesAFileCutOffAnywhere) {
  for (const bool is_progressive : {false, true}) {
    const std::string whole = WriteJpeg(16, 16, 3, RandomPixels(16 * 16 * 3), 50, is_progressive);
    ASSERT_OK(ReadImage(whole));
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_THAT(ReadImage(whole.substr(0, size)), StatusIs(absl::StatusCode::kInvalidArgument))
          << size;
    }
  }
}

TEST(ReadJpeg, RefusesTooManyPixelsByTheHeader) {
  const std::string file = WriteJpeg(16, 24, 1, std::vector<uint8_t>(16 * 24));
  EXPECT_OK(ReadImage(file, 16 * 24));
  EXPECT_THAT(ReadImage(file, 16 * 24 - 1), StatusIs(absl::StatusCode::kInvalidArgument,
                                                     "must have 1 to 383 pixels, got 24 x 16"));
}

TEST(ReadJpeg, RefusesMoreScansThanPicturesHave) {
  std::string file = WriteJpeg(8, 8, 1, std::vector<uint8_t>(64));
  for (int scan = 0; scan < 64; ++scan) file += "\xff\xda";
  ExpectRefused(file, "must be a JPEG file of at most 64 scans, got 65");
}

TEST(ReadImage, RefusesWhatIsNoPicture) {
  ExpectRefused("", "must be a PNG or JPEG file, got 0 bytes that begin like neither");
  ExpectRefused("GIF89a", "must be a PNG or JPEG file, got 6 bytes that begin like neither");
  ExpectRefused("\xff\xd8\xff", "must be a whole and undamaged JPEG file, got one where: ");
  ExpectRefused("\x89PNG\r\n\x1a\n", "must be a whole and undamaged PNG file, got one where: ");
}

}  // namespace
}  // namespace percept::data
