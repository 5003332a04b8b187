// Files that are small and become large, and pictures that say that they are: memory stays flat.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/dataset_files.h"
#include "tests/robustness/attack_fixture.h"
#include "tests/support/picture_files.h"
#include "tests/support/rpc_client.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using Code = grpc::StatusCode;

constexpr int64_t kMostUploadBytes = 16 << 20;

class UploadAttackTest : public AttackTest {
 protected:
  UploadAttackTest() : AttackTest({"--max-upload-bytes", absl::StrCat(kMostUploadBytes)}) {}

  void ExpectRefused(v1::UploadFormat format, const std::vector<std::string>& files) {
    v1::Dataset dataset;
    const grpc::Status status =
        UploadFiles(client_, UploadOf("bomb", format, files), files, &dataset);
    EXPECT_TRUE(status.error_code() == Code::RESOURCE_EXHAUSTED ||
                status.error_code() == Code::INVALID_ARGUMENT)
        << status.error_code() << " " << status.error_message();
  }

  RpcClient client_{grpc()};
};

TEST_F(UploadAttackTest, ArchivesThatGrowAThousandfoldAreNotUnpacked) {
  const std::string zeros(256 << 20, '\0');
  const std::string archive =
      Zip({{"x_train.npy", NpyBytes("(65536, 4096)", zeros), /*deflated=*/true},
           {"y_train.npy", NpyLabels(std::vector<int64_t>(1 << 16)), /*deflated=*/true}});
  const std::string images = Gzip(IdxImages(1 << 16, 64, 64, zeros));
  const std::string labels = IdxLabels(std::string(1 << 16, '\0'));
  const std::string nested = Gzip(images);
  ASSERT_LT(archive.size(), 2 << 20);
  ExpectFlat(3, [&] {
    ExpectRefused(v1::UPLOAD_FORMAT_NPZ, {archive});
    ExpectRefused(v1::UPLOAD_FORMAT_IDX, {images, labels});
    ExpectRefused(v1::UPLOAD_FORMAT_IDX, {nested, labels});
  });
}

TEST_F(UploadAttackTest, TablesOfOneEndlessFieldOrRowAreRefused) {
  ExpectFlat(3, [&] {
    ExpectRefused(v1::UPLOAD_FORMAT_CSV, {absl::StrCat("x,y\n\"", std::string(8 << 20, '1'))});
    ExpectRefused(v1::UPLOAD_FORMAT_CSV, {absl::StrCat("x,y\n", std::string(8 << 20, ','))});
    ExpectRefused(v1::UPLOAD_FORMAT_CSV, {std::string(8 << 20, 'x')});
    ExpectRefused(v1::UPLOAD_FORMAT_CSV, {std::string(8 << 20, '\n')});
  });
}

// A picture of 30,000 by 30,000 white pixels is 100 KB.
TEST_F(UploadAttackTest, PicturesOfTooManyPixelsAreNotDecoded) {
  constexpr uint32_t kSide = 30'000;
  const std::string picture =
      WritePng({.width = kSide,
                .height = kSide,
                .rows = std::string(size_t{kSide} * ((kSide + 7) / 8), '\xff'),
                .bit_depth = 1});
  v1::Dataset dataset;
  const std::vector<std::string> files = {IdxImages(4, 8, 8, std::string(256, 'x')),
                                          IdxLabels(std::string("\0\1\0\1", 4))};
  ASSERT_TRUE(
      UploadFiles(client_, UploadOf("digits", v1::UPLOAD_FORMAT_IDX, files), files, &dataset).ok());
  v1::Job job;
  ASSERT_TRUE(client_.CreateJob(MlpSpec("digits", {2}, 1, 2), &job).ok());
  ASSERT_TRUE(client_.Watch(job.name()).Ended().has_value());
  v1::PredictRequest request;
  request.set_snapshot(absl::StrCat(job.name(), "/snapshots/0"));
  request.mutable_image()->set_data(picture);
  ExpectFlat(20, [&] {
    v1::PredictResponse response;
    const grpc::Status status = client_.Predict(request, &response);
    EXPECT_EQ(status.error_code(), Code::INVALID_ARGUMENT) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("pixels"));
  });
}

}  // namespace
}  // namespace percept::testing
