#include "server/data/readers/idx_reader.h"

#include <cstring>
#include <list>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"

#include "server/base/digest.h"
#include "server/base/random.h"
#include "tests/support/status_matchers.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Number(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string Images(uint32_t count, uint32_t height, uint32_t width, const std::string& pixels) {
  return Number(0x803) + Number(count) + Number(height) + Number(width) + pixels;
}

std::string Labels(uint32_t count, const std::string& labels) {
  return Number(0x801) + Number(count) + labels;
}

absl::StatusOr<IdxSplit> Read(const std::string& images, const std::string& labels,
                              int32_t classes = 10) {
  std::istringstream image_stream(images);
  std::istringstream label_stream(labels);
  return ReadIdx({"images", image_stream}, {"labels", label_stream}, classes);
}

// Two images of two rows and three columns.
const std::string& GoodImages() {
  static const std::string* const bytes = new std::string(
      Images(2, 2, 3, std::string("\x00\x01\x00\xff\x00\x80\x00\x00\x00\x00\x00\x07", 12)));
  return *bytes;
}
const std::string& GoodLabels() {
  static const std::string* const bytes = new std::string(Labels(2, std::string("\x09\x00", 2)));
  return *bytes;
}

std::string Sha256Of(absl::string_view bytes) {
  Sha256 digest;
  digest.Update(bytes);
  return digest.HexDigest();
}

TEST(ReadIdx, KeepsTheNonZeroPixelsOfEachRow) {
  ASSERT_OK_AND_ASSIGN(const IdxSplit read, Read(GoodImages(), GoodLabels()));
  EXPECT_EQ(read.split.examples, 2);
  EXPECT_THAT(read.split.labels, ElementsAre(9, 0));
  EXPECT_THAT(read.split.sparse.row_start, ElementsAre(0, 3, 4));
  EXPECT_THAT(read.split.sparse.columns, ElementsAre(1, 3, 5, 5));
  EXPECT_THAT(read.split.sparse.values, ElementsAre(1, 255, 128, 7));
  EXPECT_EQ(read.image_shape, (ImageShape{2, 3, 1}));
}

TEST(ReadIdx, DigestsTheBytesOfBothFiles) {
  ASSERT_OK_AND_ASSIGN(const IdxSplit read, Read(GoodImages(), GoodLabels()));
  EXPECT_EQ(read.images_sha256, Sha256Of(GoodImages()));
  EXPECT_EQ(read.labels_sha256, Sha256Of(GoodLabels()));
}

TEST(ReadIdx, AgreesWithAPlainLoopOverManyBuffers) {
  // Rows that are no multiple of the word, in several buffers' worth, with long runs of zeros.
  constexpr uint32_t kCount = 3000;
  constexpr uint32_t kInputs = 23 * 29;
  Random random(4, Random::Stream::kGenerator);
  std::string pixels(size_t{kCount} * kInputs, '\0');
  for (char& pixel : pixels) {
    if (random.NextBelow(5) == 0) pixel = static_cast<char>(random.NextBelow(256));
    if (random.NextBelow(300) == 0) pixel = '\xff';
  }
  std::memset(pixels.data() + 5000, 0, 20000);
  ASSERT_OK_AND_ASSIGN(const IdxSplit read, Read(Images(kCount, 23, 29, pixels),
                                                 Labels(kCount, std::string(kCount, 1))));
  const SparseBytes& sparse = read.split.sparse;
  std::string restored(pixels.size(), '\0');
  for (size_t row = 0; row < kCount; ++row) {
    for (size_t place = sparse.row_start[row]; place < sparse.row_start[row + 1]; ++place) {
      ASSERT_NE(sparse.values[place], 0);
      restored[row * kInputs + sparse.columns[place]] = static_cast<char>(sparse.values[place]);
    }
  }
  EXPECT_EQ(restored, pixels);
}

TEST(ReadIdx, TakesFilesWithoutImages) {
  ASSERT_OK_AND_ASSIGN(const IdxSplit read, Read(Images(0, 28, 28, ""), Labels(0, "")));
  EXPECT_EQ(read.split.examples, 0);
  EXPECT_THAT(read.split.sparse.row_start, ElementsAre(0));
}

TEST(ReadIdx, RefusesImagesCutOffAnywhere) {
  for (size_t size = 0; size < GoodImages().size(); ++size) {
    const absl::Status status = Read(GoodImages().substr(0, size), GoodLabels()).status();
    EXPECT_THAT(status,
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("images: byte " + std::to_string(size) + ": the file ends")));
  }
}

TEST(ReadIdx, RefusesLabelsCutOffAnywhere) {
  for (size_t size = 0; size < GoodLabels().size(); ++size) {
    const absl::Status status = Read(GoodImages(), GoodLabels().substr(0, size)).status();
    EXPECT_THAT(status,
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("labels: byte " + std::to_string(size) + ": the file ends")));
  }
}

TEST(ReadIdx, RefusesBytesBehindTheLastValue) {
  EXPECT_THAT(Read(GoodImages() + "x", GoodLabels()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "images: byte 28: bytes follow the last value: its header announces 28 "
                       "bytes, it has 29"));
  EXPECT_THAT(Read(GoodImages(), GoodLabels() + "xy"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "labels: byte 10: bytes follow the last value: its header announces 10 "
                       "bytes, it has 12"));
}

TEST(ReadIdx, RefusesFilesThatAreNotWhatTheyShouldBe) {
  EXPECT_THAT(
      Read(GoodLabels() + std::string(20, 'x'), GoodLabels()),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "images: byte 0: must be 0x00000803, for images in IDX format, got 0x00000801"));
  EXPECT_THAT(
      Read(GoodImages(), GoodImages()),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "labels: byte 0: must be 0x00000801, for labels in IDX format, got 0x00000803"));
}

TEST(ReadIdx, RefusesDifferentCounts) {
  EXPECT_THAT(Read(GoodImages(), Labels(3, std::string(3, '\1'))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "images: byte 4: must be the number of labels in labels, 3, got 2 images"));
}

TEST(ReadIdx, RefusesALabelOutsideTheClasses) {
  EXPECT_OK(Read(GoodImages(), Labels(2, std::string("\x01\x02", 2)), 3));
  EXPECT_THAT(Read(GoodImages(), Labels(2, std::string("\x01\x03", 2)), 3),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "labels: byte 9: row 1: a label must be in [0, 2], got 3"));
  EXPECT_THAT(Read(GoodImages(), Labels(2, std::string("\xff\x00", 2)), 10),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "labels: byte 8: row 0: a label must be in [0, 9], got 255"));
}

TEST(ReadIdx, RefusesImagesTooSmallOrTooLarge) {
  for (const auto& [height, width] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0, 5}, {5, 0}, {65537, 1}, {256, 257}, {0xffffffff, 0xffffffff}, {0x10000, 0x10000}}) {
    EXPECT_THAT(
        Read(Images(2, height, width, ""), GoodLabels()),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(StartsWith("images: byte 8: an image must have 1 to 65536 pixels, got "),
                       HasSubstr(std::to_string(height) + " x " + std::to_string(width)))));
  }
  EXPECT_OK(Read(Images(2, 65536, 1, std::string(2 * 65536, '\1')), GoodLabels()));
}

TEST(ReadIdx, TrustsNoHeaderWithItsMemory) {
  // 4 GiB of images announced by a file of 16 bytes, 4 GiB of labels by one of 8.
  EXPECT_THAT(Read(Images(2, 256, 256, ""), GoodLabels()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the file ends early")));
  EXPECT_THAT(Read(GoodImages(), Labels(0xffffffff, "")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the file ends early")));
}

TEST(ReadIdx, ReportsAStreamThatCannotBeRead) {
  std::istringstream images(GoodImages());
  std::istringstream labels(GoodLabels());
  images.setstate(std::ios::badbit);
  EXPECT_THAT(ReadIdx({"images", images}, {"labels", labels}, 10),
              StatusIs(absl::StatusCode::kUnavailable, "images: cannot be read"));
}

absl::StatusOr<Dataset> ReadFiles(const std::vector<std::string>& contents,
                                  const ReadLimits& limits = {}) {
  const char* const names[] = {"images", "labels", "more images", "more labels", "too many"};
  std::list<std::istringstream> streams;
  std::vector<InputFile> files;
  for (const std::string& bytes : contents) {
    files.push_back({names[files.size()], streams.emplace_back(bytes)});
  }
  return ReadIdxDataset(files, limits);
}

TEST(ReadIdxDataset, CountsClassesByTheTrainingLabels) {
  ASSERT_OK_AND_ASSIGN(const Dataset read, ReadFiles({GoodImages(), GoodLabels()}));
  EXPECT_EQ(read.classes, 10);
  EXPECT_EQ(read.inputs, 6);
  EXPECT_TRUE(read.is_sparse);
  EXPECT_EQ(read.image_shape, (ImageShape{2, 3, 1}));
  EXPECT_THAT(read.split(SplitKind::kTrain).labels, ElementsAre(9, 0));
  EXPECT_EQ(read.split(SplitKind::kValidation).examples, 0);
}

TEST(ReadIdxDataset, TakesTheThirdAndFourthFileForValidation) {
  ASSERT_OK_AND_ASSIGN(
      const Dataset read,
      ReadFiles({GoodImages(), GoodLabels(), Images(1, 2, 3, "\1\2\3\4\5\6"), Labels(1, "\5")}));
  EXPECT_EQ(read.split(SplitKind::kValidation).examples, 1);
  EXPECT_THAT(read.split(SplitKind::kValidation).labels, ElementsAre(5));
  EXPECT_THAT(read.split(SplitKind::kValidation).sparse.values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(read.split(SplitKind::kTest).examples, 0);
}

TEST(ReadIdxDataset, RefusesAnotherNumberOfFiles) {
  for (const size_t count : {0u, 1u, 3u, 5u}) {
    EXPECT_THAT(ReadFiles(std::vector<std::string>(count, GoodImages())),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "files: must be 2 or 4: train images, train labels[, validation images, "
                         "validation labels], got " +
                             std::to_string(count)));
  }
}

TEST(ReadIdxDataset, RefusesValidationUnlikeTraining) {
  EXPECT_THAT(
      ReadFiles({GoodImages(), GoodLabels(), Images(1, 3, 2, "\1\2\3\4\5\6"), Labels(1, "\5")}),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "more images: byte 8: must be images as in images, 2 x 3, got 3 x 2"));
  EXPECT_THAT(ReadFiles({GoodImages(), Labels(2, std::string("\1\0", 2)),
                         Images(1, 2, 3, "\1\2\3\4\5\6"), Labels(1, "\2")}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "more labels: byte 8: row 0: a label must be in [0, 1], got 2"));
}

TEST(ReadIdxDataset, RefusesNoTrainingExamples) {
  EXPECT_THAT(
      ReadFiles({Images(0, 2, 3, ""), Labels(0, "")}),
      StatusIs(absl::StatusCode::kInvalidArgument, "images: train: must have examples, got none"));
}

TEST(ReadIdxDataset, KeepsToItsLimits) {
  const std::vector<std::string> files = {Images(10, 10, 10, std::string(1000, 'x')),
                                          Labels(10, std::string(10, '\1'))};
  ReadLimits limits;
  limits.decompressed_bytes = 1016 + 18;
  // Labels, the rows' starts and three bytes for each pixel.
  limits.content_bytes = 40 + 44 + 3000;
  EXPECT_OK(ReadFiles(files, limits));
  limits.content_bytes -= 1;
  EXPECT_THAT(ReadFiles(files, limits), StatusIs(absl::StatusCode::kResourceExhausted,
                                                 "images: must take at most 3083 bytes in memory"));
  limits.content_bytes = 39;
  EXPECT_THAT(ReadFiles(files, limits), StatusIs(absl::StatusCode::kResourceExhausted,
                                                 "labels: must take at most 39 bytes in memory"));
  limits = {};
  limits.decompressed_bytes = 1016 + 17;
  EXPECT_THAT(ReadFiles(files, limits),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "labels: must be at most 1033 bytes once decompressed, got 1034"));
  limits = {};
  limits.content_bytes = 5000;
  EXPECT_THAT(ReadFiles({files[0], files[1], files[0], files[1]}, limits),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "images and more images: must take at most 5000 bytes in memory"));
}

}  // namespace
}  // namespace percept::data
