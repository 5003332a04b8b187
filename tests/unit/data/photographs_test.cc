#include "server/data/photographs.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "server/base/random.h"
#include "tests/support/picture_files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/data/npz_files.h"

namespace percept::data {
namespace {

using ::percept::testing::BytesOf;
using ::percept::testing::Npy;
using ::percept::testing::StatusIs;
using ::percept::testing::WriteGreyPng;
using ::percept::testing::WriteJpeg;
using ::percept::testing::WritePng;
using ::percept::testing::ZipFile;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kShownBytes = 256 * 256 * 3;

std::string RandomBytes(size_t size, uint64_t seed = 0) {
  Random random(seed, Random::Stream::kGenerator);
  std::string bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<char>(random.NextBelow(256)));
  return bytes;
}

std::string ColourPng(uint32_t height, uint32_t width, const std::string& rows) {
  return WritePng(
      {.width = width, .height = height, .rows = rows, .colour_type = PNG_COLOR_TYPE_RGB});
}

class PhotographsTest : public ::testing::Test {
 protected:
  void Put(const std::string& name, const std::string& contents) {
    std::ofstream(folder_.File(name), std::ios::binary) << contents;
  }

  std::string MustRead(const std::string& name) {
    const absl::StatusOr<Photograph> read = photographs_.Read(name);
    EXPECT_THAT(read, percept::testing::IsOk());
    if (!read.ok()) return "";
    EXPECT_EQ(read->image.shape, (ImageShape{256, 256, 3}));
    return std::string(read->image.pixels.begin(), read->image.pixels.end());
  }

  std::string AttributionOf(const std::string& name) {
    const absl::StatusOr<Photograph> read = photographs_.Read(name);
    EXPECT_THAT(read, percept::testing::IsOk());
    return read.ok() ? read->attribution : "";
  }

  percept::testing::TempDir folder_;
  Photographs photographs_{folder_.path(), "the command"};
};

TEST_F(PhotographsTest, SayHowToInstallThemWhereThereAreNone) {
  const auto refusal =
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr(folder_.path()), HasSubstr("run the command, or put PNG or JPEG")));
  EXPECT_THAT(photographs_.Names(), refusal);
  EXPECT_THAT(photographs_.Read("a.png"), refusal);
  EXPECT_THAT(Photographs(folder_.File("missing")).Names(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("script/bootstrap")));
  Put("notes.txt", "none of these");
  Put("picture.gif", "GIF89a");
  EXPECT_THAT(photographs_.Names(), refusal);
}

TEST_F(PhotographsTest, AreNamedAfterTheirFiles) {
  Put("b.PNG", WriteGreyPng(1, 1, {0}));
  Put("c.jpeg", WriteJpeg(8, 8, 1, std::vector<uint8_t>(64)));
  Put("a b.jpg", "whatever");
  Put("two\nlines.png", "not to be shown");
  std::filesystem::create_directory(folder_.File("folder.png"));
  Put("many.npz", ZipFile({{"y.npy", Npy("<i8", "(2,)", std::string(16, 'y'))},
                           {"images.npy", Npy("|u1", "(2, 1, 1, 3)", "abcdef")}}));
  Put("odd.npz", "no archive");
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> names, photographs_.Names());
  EXPECT_THAT(names,
              ElementsAre("a b.jpg", "b.PNG", "c.jpeg", "many.npz/0", "many.npz/1", "odd.npz"));
}

TEST_F(PhotographsTest, OfTheShownSizeAreShownAsTheyAre) {
  const std::string pixels = RandomBytes(kShownBytes);
  Put("a.png", ColourPng(256, 256, pixels));
  EXPECT_EQ(MustRead("a.png"), pixels);
}

TEST_F(PhotographsTest, AreCutToTheMiddleSquareAndScaled) {
  // Columns 1 and 2 of four; each pixel becomes 128 x 128.
  Put("a.png", ColourPng(2, 4, "000aaabbb111222cccddd333"));
  const std::string shown = MustRead("a.png");
  ASSERT_EQ(shown.size(), kShownBytes);
  EXPECT_EQ(shown.substr(0, 3), "aaa");
  EXPECT_EQ(shown.substr((127 * 256 + 127) * 3, 6), "aaabbb");
  EXPECT_EQ(shown.substr((128 * 256 + 127) * 3, 6), "cccddd");
  EXPECT_EQ(shown.substr(kShownBytes - 3), "ddd");
  // 512 x 256 of them: the mean of four in each, here of equal ones.
  Put("high.png", WriteGreyPng(1024, 512, std::vector<uint8_t>(1024 * 512, 'g')));
  EXPECT_EQ(MustRead("high.png"), std::string(kShownBytes, 'g'));
}

TEST_F(PhotographsTest, AreReadAnewWhenTheirFileHasChanged) {
  const auto age = [this](absl::string_view name, int seconds) {
    std::filesystem::last_write_time(
        folder_.File(std::string(name)),
        std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
  };
  Put("a.png", WriteGreyPng(1, 1, {10}));
  age("a.png", 100);
  EXPECT_EQ(MustRead("a.png"), std::string(kShownBytes, 10));
  EXPECT_EQ(MustRead("a.png"), std::string(kShownBytes, 10));
  Put("a.png", WriteGreyPng(1, 1, {20}));
  age("a.png", 50);
  EXPECT_EQ(MustRead("a.png"), std::string(kShownBytes, 20));
  Put("a.png", "no picture");
  age("a.png", 50);
  EXPECT_THAT(photographs_.Read("a.png"), StatusIs(absl::StatusCode::kDataLoss));
  std::filesystem::remove(folder_.File("a.png"));
  EXPECT_THAT(photographs_.Read("a.png"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(PhotographsTest, AreShownFromBytesWithoutAFile) {
  const std::string bytes = ColourPng(2, 4, "000aaabbb111222cccddd333");
  ASSERT_OK_AND_ASSIGN(const Image own, photographs_.Show(bytes));
  EXPECT_EQ(own.shape, (ImageShape{256, 256, 3}));
  Put("a.png", bytes);
  EXPECT_EQ(std::string(own.pixels.begin(), own.pixels.end()), MustRead("a.png"));
  for (const std::string& none : {std::string(), std::string("no picture"), bytes.substr(0, 60)})
    EXPECT_THAT(photographs_.Show(none), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(PhotographsTest, AreTakenFromArchivesOfNumPy) {
  const std::string first = RandomBytes(kShownBytes, 1);
  const std::string second = RandomBytes(kShownBytes, 2);
  for (const bool deflate : {false, true}) {
    Put("coco.npz", ZipFile({{"labels.npy", Npy("<i8", "(2,)", std::string(16, 'y'))},
                             {.name = "images.npy",
                              .contents = Npy("|u1", "(2, 256, 256, 3)", first + second),
                              .deflate = deflate}}));
    EXPECT_EQ(MustRead("coco.npz/0"), first);
    EXPECT_EQ(MustRead("coco.npz/1"), second);
    EXPECT_THAT(photographs_.Read("coco.npz/2"), StatusIs(absl::StatusCode::kNotFound));
  }
  std::vector<float> floats(kShownBytes, 0.5f);
  floats.back() = 1.0f;
  floats.front() = 0.0f;
  Put("coco.npz", ZipFile({{"images.npy", Npy("<f4", "(1, 256, 256, 3)", BytesOf(floats))}}));
  std::string expected(kShownBytes, '\x80');
  expected.front() = '\0';
  expected.back() = '\xff';
  EXPECT_EQ(MustRead("coco.npz/0"), expected);
  floats[7] = 1.5f;
  Put("coco.npz", ZipFile({{"images.npy", Npy("<f4", "(1, 256, 256, 3)", BytesOf(floats))}}));
  EXPECT_THAT(photographs_.Read("coco.npz/0"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("must be in [0, 1], got 1.5")));
}

TEST_F(PhotographsTest, AreListedUpToABoundOfEachArchive) {
  Put("many.npz", ZipFile({{"images.npy", Npy("|u1", "(1001, 1, 1, 3)", std::string(3003, 'x'))}}));
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> names, photographs_.Names());
  EXPECT_EQ(names.size(), 1000u);
  EXPECT_EQ(names.back(), "many.npz/999");
}

TEST_F(PhotographsTest, AreFoundByTheirNamesAlone) {
  std::filesystem::create_directory(folder_.File("inside"));
  Put("inside/b.png", WriteGreyPng(1, 1, {0}));
  Put("a.png", WriteGreyPng(1, 1, {0}));
  ASSERT_OK(photographs_.Read("a.png"));
  for (const std::string& name :
       {std::string("b.png"), std::string("inside/b.png"), std::string("./a.png"),
        std::string("inside/../a.png"), folder_.File("a.png"), std::string("A.PNG"),
        std::string("a.png/0"), std::string("")}) {
    EXPECT_THAT(photographs_.Read(name),
                StatusIs(absl::StatusCode::kNotFound, HasSubstr("photograph: there is no \"")));
  }
}

TEST_F(PhotographsTest, SayWhichFileIsDamaged) {
  Put("a.png", WriteGreyPng(1, 1, {0}).substr(0, 50));
  EXPECT_THAT(photographs_.Read("a.png"),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("photograph a.png: must be a whole and undamaged PNG file")));
  Put("odd.npz", "no archive");
  EXPECT_THAT(photographs_.Read("odd.npz"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("photograph odd.npz: ")));
  Put("grey.npz", ZipFile({{"images.npy", Npy("|u1", "(1, 2, 2)", "abcd")}}));
  EXPECT_THAT(photographs_.Read("grey.npz"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("must have the shape (N, H, W, 3)")));
  Put("empty.npz", ZipFile({}));
  EXPECT_THAT(photographs_.Read("empty.npz"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("must hold an array of pictures")));
}

TEST_F(PhotographsTest, CarryTheirAttributions) {
  Put("a.png", WriteGreyPng(1, 1, {0}));
  Put("b.png", WriteGreyPng(1, 1, {0}));
  Put("c.png", WriteGreyPng(1, 1, {0}));
  Put("d.npz", ZipFile({{"x.npy", Npy("|u1", "(1, 1, 1, 3)", "abc")}}));
  Put("attributions.txt", "a.png: By A: CC0.\nb.png: By \xff\nd.npz: COCO, CC BY 4.0.\n");
  EXPECT_EQ(AttributionOf("a.png"), "By A: CC0.");
  // What is no UTF-8 cannot be sent.
  EXPECT_EQ(AttributionOf("b.png"), "b.png, of this server's own photographs");
  EXPECT_EQ(AttributionOf("c.png"), "c.png, of this server's own photographs");
  EXPECT_EQ(AttributionOf("d.npz/0"), "COCO, CC BY 4.0.");
}

}  // namespace
}  // namespace percept::data
