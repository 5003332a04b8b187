#include <string>
#include <vector>

#include "tests/contract/store_suite.h"
#include "tests/support/records.h"

namespace percept::storage {
namespace {

using ::percept::testing::FullUpload;
using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_P(UploadRepositoryContract, KeepsEveryFieldAcrossARestart) {
  const data::UploadRecord record = FullUpload("u1");
  ASSERT_OK(uploads().Insert(record));
  EXPECT_EQ(*uploads().Get("u1"), record);
  Reopen();
  EXPECT_EQ(*uploads().Get("u1"), record);
}

TEST_P(UploadRepositoryContract, KeepsWhatIsUnset) {
  data::UploadRecord record;
  record.id = "bare";
  ASSERT_OK(uploads().Insert(record));
  EXPECT_EQ(*uploads().Get("bare"), record);
}

TEST_P(UploadRepositoryContract, KeepsFilesInTheirOrder) {
  data::UploadRecord record = FullUpload("u1");
  record.files.clear();
  record.source.file_names.clear();
  for (const char* name : {"d", "a", "c", "b", "a", "f", "e", "h", "g", "j", "i", ""}) {
    record.files.push_back({name, static_cast<int64_t>(record.files.size()), ""});
    record.source.file_names.push_back(name);
  }
  ASSERT_OK(uploads().Insert(record));
  EXPECT_EQ(*uploads().Get("u1"), record);
}

TEST_P(UploadRepositoryContract, LeavesReceivedBytesToTheFolder) {
  data::UploadRecord record = FullUpload("u1");
  record.files[1].received_bytes = 5;
  ASSERT_OK(uploads().Insert(record));
  EXPECT_EQ(*uploads().Get("u1"), FullUpload("u1"));
}

TEST_P(UploadRepositoryContract, TakesAnIdOnce) {
  const data::UploadRecord record = FullUpload("u1");
  ASSERT_OK(uploads().Insert(record));
  data::UploadRecord other = record;
  other.owner = "ada";
  other.files.resize(1);
  EXPECT_THAT(uploads().Insert(other),
              StatusIs(absl::StatusCode::kAlreadyExists, "uploads/u1: exists already"));
  EXPECT_EQ(*uploads().Get("u1"), record);
}

TEST_P(UploadRepositoryContract, KnowsNoUploadThatWasNotInserted) {
  EXPECT_THAT(uploads().Get("nobody"),
              StatusIs(absl::StatusCode::kNotFound, "uploads/nobody: no such upload"));
  EXPECT_THAT(uploads().Update(FullUpload("nobody")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("uploads/nobody")));
  EXPECT_THAT(uploads().Get("nobody"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(uploads().List()->uploads.empty());
}

TEST_P(UploadRepositoryContract, ListsAllInOrderOfId) {
  for (const char* id : {"c", "a", "b"}) ASSERT_OK(uploads().Insert(FullUpload(id)));
  EXPECT_THAT(uploads().List()->uploads,
              ElementsAre(FullUpload("a"), FullUpload("b"), FullUpload("c")));
}

TEST_P(UploadRepositoryContract, UpdatesWhatMayChangeAndNothingElse) {
  data::UploadRecord before = FullUpload("u1");
  before.finished = false;
  ASSERT_OK(uploads().Insert(before));
  ASSERT_OK(uploads().Insert(FullUpload("u2")));
  data::UploadRecord wanted;
  wanted.id = "u1";
  wanted.finished = true;
  wanted.expire_time = absl::FromUnixMicros(1800000000000001);
  ASSERT_OK(uploads().Update(wanted));
  data::UploadRecord expected = before;
  expected.finished = wanted.finished;
  expected.expire_time = wanted.expire_time;
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_THAT(uploads().List()->uploads, ElementsAre(expected, FullUpload("u2")));
    Reopen();
  }
}

TEST_P(UploadRepositoryContract, DeletesOneForGood) {
  ASSERT_OK(uploads().Insert(FullUpload("a")));
  ASSERT_OK(uploads().Insert(FullUpload("b")));
  ASSERT_OK(uploads().Delete("a"));
  EXPECT_OK(uploads().Delete("a"));
  Reopen();
  EXPECT_THAT(uploads().List()->uploads, ElementsAre(FullUpload("b")));
  data::UploadRecord shorter = FullUpload("a");
  shorter.files.resize(1);
  shorter.source.file_names.resize(1);
  ASSERT_OK(uploads().Insert(shorter));
  EXPECT_EQ(*uploads().Get("a"), shorter);
}

}  // namespace
}  // namespace percept::storage
