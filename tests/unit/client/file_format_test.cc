#include "client/cli/file_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::HasSubstr;

TEST(UploadFormatOf, IsToldByTheNames) {
  EXPECT_EQ(*UploadFormatOf({"a/digits.NPZ"}), v1::UPLOAD_FORMAT_NPZ);
  EXPECT_EQ(*UploadFormatOf({"iris.csv"}), v1::UPLOAD_FORMAT_CSV);
  EXPECT_EQ(*UploadFormatOf({"iris.csv.gz"}), v1::UPLOAD_FORMAT_CSV);
  EXPECT_EQ(*UploadFormatOf({"train-images-idx3-ubyte", "train-labels.idx1-ubyte.gz", "x.idx"}),
            v1::UPLOAD_FORMAT_IDX);
}

TEST(UploadFormatOf, IsAskedForWhereTheNamesDoNotTellIt) {
  EXPECT_EQ(UploadFormatOf({"iris.txt"}).status(),
            absl::InvalidArgumentError(
                "cannot be told from the name 'iris.txt'; give one of npz, csv, idx"));
  EXPECT_FALSE(UploadFormatOf({"digits.npz.gz"}).ok());
  EXPECT_THAT(UploadFormatOf({"a.csv", "b.npz"}).status().message(), HasSubstr("more than one"));
}

TEST(ModelFormatOf, IsToldByTheName) {
  EXPECT_EQ(*ModelFormatOf("m.safetensors"), v1::MODEL_FORMAT_SAFETENSORS);
  EXPECT_EQ(*ModelFormatOf("m.npz"), v1::MODEL_FORMAT_NPZ);
  EXPECT_EQ(*ModelFormatOf("M.ONNX"), v1::MODEL_FORMAT_ONNX);
  EXPECT_THAT(ModelFormatOf("-").status().message(),
              HasSubstr("'-'; give one of safetensors, npz, onnx"));
}

}  // namespace
}  // namespace percept::cli
