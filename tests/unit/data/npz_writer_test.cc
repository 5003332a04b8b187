#include "server/data/npz_writer.h"

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"

#include "server/data/readers/npz_reader.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/data/npz_files.h"

namespace percept::data {
namespace {

using ::percept::testing::BytesOf;
using ::percept::testing::StatusIs;
using ::percept::testing::ZipFile;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<Dataset> ReadBack(const std::string& bytes) {
  std::istringstream in(bytes);
  return ReadNpz({"f.npz", in}, ReadLimits());
}

Split DenseSplit(std::vector<float> dense, std::vector<int32_t> labels) {
  Split split;
  split.examples = static_cast<int64_t>(labels.size());
  split.dense = std::move(dense);
  split.labels = std::move(labels);
  return split;
}

Dataset DenseDataset() {
  Dataset dataset;
  dataset.inputs = 2;
  dataset.classes = 3;
  dataset.split(SplitKind::kTrain) = DenseSplit({0.1f, -0.0f, 1e-45f, 3.4e38f}, {2, 0});
  dataset.split(SplitKind::kValidation) = DenseSplit({5, 6}, {1});
  dataset.split(SplitKind::kTest) = DenseSplit({7, 8}, {2});
  return dataset;
}

// Two examples of twelve bytes, of which the last has none but zeros.
Dataset SparseDataset(std::optional<ImageShape> shape) {
  Dataset dataset;
  dataset.inputs = 12;
  dataset.classes = 2;
  dataset.is_sparse = true;
  dataset.image_shape = shape;
  Split& train = dataset.split(SplitKind::kTrain);
  train.examples = 2;
  train.labels = {1, 0};
  train.sparse = {{0, 3, 3}, {0, 5, 11}, {1, 255, 128}};
  return dataset;
}

TEST(WriteNpz, WritesTheBytesOfTheFormat) {
  const std::string values = BytesOf<float>({1.5f, -2.0f});
  ASSERT_OK_AND_ASSIGN(const std::string archive,
                       WriteNpz(std::vector<NpyArray>{{"bias", "<f4", {2}, values}}));
  const size_t begin = 30 + 8;
  const absl::string_view npy = absl::string_view(archive).substr(begin, 128 + 8);
  EXPECT_TRUE(absl::StartsWith(
      npy, absl::string_view("\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, "
                             "'shape': (2,), }  ",
                             69)));
  EXPECT_EQ(npy[127], '\n');
  EXPECT_EQ(npy.substr(128), values);
  EXPECT_EQ(archive, ZipFile({{"bias.npy", std::string(npy)}}));
}

TEST(WriteNpz, AlignsValuesWithinTheirFileAsNumPyDoes) {
  for (int length = 1; length < 70; ++length) {
    const std::vector<int64_t> shape(static_cast<size_t>(length), 1);
    ASSERT_OK_AND_ASSIGN(const std::string archive,
                         WriteNpz(std::vector<NpyArray>{{"a", "|u1", shape, "x"}}));
    const size_t begin = archive.find("\x93NUMPY");
    const size_t newline = archive.find('\n', begin + 10);
    EXPECT_EQ((newline + 1 - begin) % 64, 0);
    EXPECT_EQ(
        static_cast<uint8_t>(archive[begin + 8]) + 256 * static_cast<uint8_t>(archive[begin + 9]),
        newline + 1 - begin - 10);
  }
}

TEST(WriteNpz, WritesScalarsAndNoArrays) {
  ASSERT_OK_AND_ASSIGN(const std::string scalar,
                       WriteNpz(std::vector<NpyArray>{{"s", "<i4", {}, std::string(4, '\0')}}));
  EXPECT_THAT(scalar, HasSubstr("'shape': (), }"));
  ASSERT_OK_AND_ASSIGN(const std::string none, WriteNpz({}));
  EXPECT_EQ(none, ZipFile({}));
}

TEST(WriteNpz, RefusesMoreThanAZipFileHolds) {
  const std::string piece(1 << 20, '\0');
  // The same bytes again and again; nothing of this size is ever written.
  const std::vector<NpyArray> arrays(4096, NpyArray{"a", "|u1", {1 << 20}, piece});
  EXPECT_THAT(WriteNpz(arrays), StatusIs(absl::StatusCode::kResourceExhausted,
                                         HasSubstr("must be smaller than 4 GiB")));
  EXPECT_THAT(WriteNpz(std::vector<NpyArray>(65535, NpyArray{"a", "|u1", {0}, ""})),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "an NPZ file must have fewer than 65535 arrays, got 65535"));
}

TEST(WriteDatasetNpz, IsReadBackTheSame) {
  const Dataset datasets[] = {DenseDataset(), SparseDataset(std::nullopt),
                              SparseDataset(ImageShape{3, 4, 1}),
                              SparseDataset(ImageShape{2, 2, 3})};
  for (const Dataset& dataset : datasets) {
    ASSERT_OK_AND_ASSIGN(const std::string archive, WriteDatasetNpz(dataset, true));
    ASSERT_OK_AND_ASSIGN(const Dataset read, ReadBack(archive));
    EXPECT_EQ(ContentDigest(read), ContentDigest(dataset));
  }
}

TEST(WriteDatasetNpz, KeepsTheShapeOfPicturesThatAreNoBytes) {
  Dataset dataset = DenseDataset();
  dataset.image_shape = ImageShape{1, 2, 1};
  ASSERT_OK_AND_ASSIGN(const std::string archive, WriteDatasetNpz(dataset, true));
  ASSERT_OK_AND_ASSIGN(const Dataset read, ReadBack(archive));
  EXPECT_EQ(ContentDigest(read), ContentDigest(dataset));
}

TEST(WriteDatasetNpz, LeavesOutTheTestSplitUnlessToldOtherwise) {
  Dataset dataset = DenseDataset();
  ASSERT_OK_AND_ASSIGN(const std::string without, WriteDatasetNpz(dataset, false));
  EXPECT_THAT(without, Not(HasSubstr("_test")));
  ASSERT_OK_AND_ASSIGN(const Dataset read, ReadBack(without));
  dataset.split(SplitKind::kTest) = Split();
  EXPECT_EQ(ContentDigest(read), ContentDigest(dataset));
}

TEST(WriteDatasetNpz, LeavesOutSplitsWithoutExamples) {
  ASSERT_OK_AND_ASSIGN(const std::string archive, WriteDatasetNpz(SparseDataset({}), true));
  EXPECT_THAT(archive, Not(HasSubstr("validation")));
  EXPECT_THAT(archive, Not(HasSubstr("_test")));
}

TEST(WriteDatasetNpz, WritesPixelsWithTheirZeros) {
  ASSERT_OK_AND_ASSIGN(const std::string archive,
                       WriteDatasetNpz(SparseDataset(ImageShape{3, 4, 1}), false));
  EXPECT_THAT(archive, HasSubstr("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }"));
  EXPECT_THAT(archive, HasSubstr(std::string("\n\x01\0\0\0\0\xff\0\0\0\0\0\x80", 13) +
                                 std::string(12, '\0')));
  EXPECT_THAT(archive, HasSubstr("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }"));
}

TEST(WriteDatasetNpz, WritesTheSameBytesAgain) {
  EXPECT_EQ(*WriteDatasetNpz(DenseDataset(), true), *WriteDatasetNpz(DenseDataset(), true));
}

}  // namespace
}  // namespace percept::data
