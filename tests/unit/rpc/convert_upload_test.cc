#include "server/rpc/convert_upload.h"

#include <string>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(UploadFormatNumbers, AreThoseOfTheContract) {
  EXPECT_EQ(static_cast<int>(data::UploadFormat::kNpz), v1::UPLOAD_FORMAT_NPZ);
  EXPECT_EQ(static_cast<int>(data::UploadFormat::kCsv), v1::UPLOAD_FORMAT_CSV);
  EXPECT_EQ(static_cast<int>(data::UploadFormat::kIdx), v1::UPLOAD_FORMAT_IDX);
  EXPECT_EQ(v1::UploadFormat_ARRAYSIZE, 4);
}

TEST(Upload, ComesBackWithEveryField) {
  v1::Upload given;
  given.set_dataset_id("points");
  given.set_format(v1::UPLOAD_FORMAT_IDX);
  for (int number = 0; number < 2; ++number) {
    v1::UploadFile* file = given.add_files();
    file->set_file_name(number == 0 ? "images" : "labels");
    file->set_size_bytes(int64_t{1} << (33 + number));
    if (number == 0) file->set_sha256(std::string(32, '\xff'));
  }
  given.set_label_column("kind");
  given.set_validation_fraction(0.1);
  given.set_test_fraction(0.2);
  given.set_seed(~uint64_t{0});
  ASSERT_OK_AND_ASSIGN(data::UploadRecord record, UploadFromProto(given));
  EXPECT_EQ(record.source.format, data::UploadFormat::kIdx);
  EXPECT_THAT(record.source.file_names, ElementsAre("images", "labels"));

  record.id = "u1";
  record.files[1].received_bytes = 77;
  record.expire_time = absl::FromUnixSeconds(1700000000);
  given.set_name("uploads/u1");
  given.mutable_files(1)->set_received_bytes(77);
  given.mutable_expire_time()->set_seconds(1700000000);
  EXPECT_EQ(ToProto(record).DebugString(), given.DebugString());
}

TEST(Upload, OfNoFormatIsRefused) {
  v1::Upload given;
  for (const int format : {0, 4, -1}) {
    given.set_format(static_cast<v1::UploadFormat>(format));
    EXPECT_THAT(UploadFromProto(given), StatusIs(absl::StatusCode::kInvalidArgument,
                                                 HasSubstr("upload.format: must be one of")));
  }
}

}  // namespace
}  // namespace percept::rpc
