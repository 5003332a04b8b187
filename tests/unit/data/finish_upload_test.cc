// What becomes of an upload once all of it is there.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include <zlib.h>

#include "server/base/digest.h"
#include "server/base/status.h"
#include "server/data/generators/generator.h"
#include "server/data/npz_writer.h"
#include "tests/unit/data/uploads_fixture.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using FinishUploadTest = UploadsTest;

std::string Sha256Of(const std::string& bytes) {
  Sha256 digest;
  digest.Update(bytes);
  return absl::HexStringToBytes(digest.HexDigest());
}

std::string Gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(compressBound(bytes.size()) + 64, '\0');
  std::string copy = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string BigEndian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

// Images of 1 x 2 pixels: n and 0 for the n-th, counted from 1.
std::string IdxImages(uint32_t count) {
  std::string bytes = BigEndian(0x803) + BigEndian(count) + BigEndian(1) + BigEndian(2);
  for (uint32_t image = 1; image <= count; ++image) bytes += {static_cast<char>(image), '\0'};
  return bytes;
}

std::string IdxLabels(const std::vector<int>& labels) {
  std::string bytes = BigEndian(0x801) + BigEndian(static_cast<uint32_t>(labels.size()));
  for (const int label : labels) bytes.push_back(static_cast<char>(label));
  return bytes;
}

TEST_F(FinishUploadTest, MakesADataSetOfACsvFile) {
  UploadSource source = kCsvSource;
  source.label_column = "kind";
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("shapes", source, {kCsv}));
  EXPECT_EQ(upload.dataset_id, "shapes");
  EXPECT_EQ(upload.owner, "ada");
  EXPECT_EQ(upload.expire_time, clock_.Now() + absl::Hours(24));
  EXPECT_EQ(upload.files[0].received_bytes, upload.files[0].size_bytes);
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, uploads_->Finish(upload.id));
  EXPECT_EQ(record.id, "shapes");
  EXPECT_EQ(record.owner, "ada");
  source.file_names = {"file0"};
  EXPECT_EQ(record.source, Source(source));
  EXPECT_THAT(record.splits[0].class_counts, ElementsAre(2, 2));
  ASSERT_OK_AND_ASSIGN(const auto content, catalogue_->Load("shapes"));
  EXPECT_THAT(content->split(SplitKind::kTrain).dense, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(FilesIn("data/uploads"), IsEmpty());
}

TEST_F(FinishUploadTest, MakesADataSetOfAnNpzFile) {
  const Dataset dataset = Generate({GeneratorKind::kXor, 10, 4, 6, 1});
  ASSERT_OK_AND_ASSIGN(const std::string npz, WriteDatasetNpz(dataset, /*include_test=*/true));
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, SendAndFinish("points", {}, {npz}));
  EXPECT_EQ(record.digest, ContentDigest(dataset));
}

TEST_F(FinishUploadTest, MakesADataSetOfIdxFilesCompressedOrNot) {
  const std::vector<std::string> files = {IdxImages(5), IdxLabels({0, 1, 2, 1, 0}), IdxImages(2),
                                          IdxLabels({2, 1})};
  ASSERT_OK_AND_ASSIGN(const DatasetRecord plain, SendAndFinish("plain", kIdxSource, files));
  EXPECT_EQ(plain.image_shape, (ImageShape{1, 2, 1}));
  EXPECT_THAT(plain.splits[0].class_counts, ElementsAre(2, 2, 1));
  EXPECT_THAT(plain.splits[1].class_counts, ElementsAre(0, 1, 1));
  std::vector<std::string> packed;
  for (const std::string& file : files) packed.push_back(Gzip(file));
  packed[1] = files[1];
  ASSERT_OK_AND_ASSIGN(const DatasetRecord unpacked, SendAndFinish("packed", kIdxSource, packed));
  EXPECT_EQ(unpacked.digest, plain.digest);
  EXPECT_THAT(FilesIn("data/uploads"), IsEmpty());
}

TEST_F(FinishUploadTest, CarvesSplitsWithTheSeed) {
  std::string csv = "x,label\n";
  for (int row = 0; row < 100; ++row) absl::StrAppend(&csv, row, ",", row % 4 == 0 ? 1 : 0, "\n");
  UploadSource source = kCsvSource;
  source.validation_fraction = 0.2;
  source.test_fraction = 0.04;
  source.seed = 1;
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, SendAndFinish("one", source, {csv}));
  EXPECT_THAT(record.splits[0].class_counts, ElementsAre(57, 19));
  EXPECT_THAT(record.splits[1].class_counts, ElementsAre(15, 5));
  EXPECT_THAT(record.splits[2].class_counts, ElementsAre(3, 1));
  ASSERT_OK_AND_ASSIGN(const DatasetRecord same, SendAndFinish("same", source, {csv}));
  EXPECT_EQ(same.digest, record.digest);
  source.seed = 2;
  ASSERT_OK_AND_ASSIGN(const DatasetRecord other, SendAndFinish("other", source, {csv}));
  EXPECT_NE(other.digest, record.digest);
}

TEST_F(FinishUploadTest, RefusesToFinishWhileBytesAreMissing) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("a", kIdxSource, {"12", "12345"}));
  ASSERT_OK(uploads_->Append(upload.id, 0, 0, "12", {}));
  ASSERT_OK(uploads_->Append(upload.id, 1, 0, "1", {}));
  const absl::Status status = uploads_->Finish(upload.id).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               "upload.files[1] \"file1\": must be complete, got 1 of 5 bytes"));
  EXPECT_EQ(ReasonOf(status), "UPLOAD_INCOMPLETE");
  EXPECT_OK(uploads_->Append(upload.id, 1, 1, "2345", {}));
}

TEST_F(FinishUploadTest, LeavesNothingOfAFileWithAnotherSha256) {
  UploadRecord request{.dataset_id = "a", .source = kCsvSource};
  request.files = {{.name = "a.csv",
                    .size_bytes = sizeof(kCsv) - 1,
                    .sha256 = Sha256Of(std::string(kCsv) + "1,1,1\n")}};
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, uploads_->Create(request, ""));
  ASSERT_OK(uploads_->Append(upload.id, 0, 0, kCsv, {}));
  EXPECT_THAT(uploads_->Finish(upload.id),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr("a.csv: must have the SHA-256"),
                             HasSubstr(absl::BytesToHexString(Sha256Of(kCsv))))));
  ExpectNothingLeft();
  request.files[0].sha256 = Sha256Of(kCsv);
  ASSERT_OK_AND_ASSIGN(const UploadRecord again, uploads_->Create(request, ""));
  ASSERT_OK(uploads_->Append(again.id, 0, 0, kCsv, {}));
  EXPECT_OK(uploads_->Finish(again.id));
}

TEST_F(FinishUploadTest, LeavesNothingOfFilesThatCannotBeRead) {
  EXPECT_THAT(SendAndFinish("a", kCsvSource, {"x,label\n1,0\nbad,1\n"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("file0")));
  ExpectNothingLeft();
  EXPECT_THAT(SendAndFinish("a", {}, {"not an archive"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("file0")));
  ExpectNothingLeft();
  EXPECT_THAT(SendAndFinish("a", kIdxSource, {IdxImages(3), IdxLabels({0, 1})}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("file0")));
  ExpectNothingLeft();
  const std::string packed = Gzip(kCsv);
  EXPECT_THAT(SendAndFinish("a", kCsvSource, {packed.substr(0, packed.size() - 9)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("file0")));
  ExpectNothingLeft();
}

TEST_F(FinishUploadTest, LeavesNothingOfFilesThatCannotBeCarved) {
  ASSERT_OK_AND_ASSIGN(const std::string npz,
                       WriteDatasetNpz(Generate({GeneratorKind::kXor, 10, 4, 0, 1}), false));
  UploadSource source;
  source.validation_fraction = 0.5;
  EXPECT_THAT(SendAndFinish("a", source, {npz}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("upload.validation_fraction: must be 0 for files that hold")));
  ExpectNothingLeft();
}

TEST_F(FinishUploadTest, UnpacksNoMoreThanItTakes) {
  Restart({.max_upload_bytes = 100'000});
  const std::string bomb = Gzip("x,label\n" + std::string(1'000'000, '\n'));
  ASSERT_LT(bomb.size(), 2000);
  EXPECT_THAT(SendAndFinish("a", kCsvSource, {bomb}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("file0")));
  ExpectNothingLeft();
  // Each within the limit, both together not.
  const std::string half = Gzip(std::string(60'000, '\0'));
  EXPECT_THAT(SendAndFinish("a", kIdxSource, {half, half}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("file1")));
  ExpectNothingLeft();
}

TEST_F(FinishUploadTest, GivesItsDataSetAgainOnceFinished) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("shapes", kCsvSource, {kCsv}));
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, uploads_->Finish(upload.id));
  Restart();
  ASSERT_OK_AND_ASSIGN(const DatasetRecord again, uploads_->Finish(upload.id));
  EXPECT_EQ(again, record);
  ASSERT_OK_AND_ASSIGN(const UploadRecord finished, uploads_->Get(upload.id));
  EXPECT_TRUE(finished.finished);
  EXPECT_EQ(finished.files[0].received_bytes, finished.files[0].size_bytes);
  EXPECT_THAT(uploads_->Append(upload.id, 0, 0, "1", {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("it is finished")));

  ASSERT_OK(catalogue_->Delete("shapes"));
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kNotFound));
  // Another data set of the name is not the one that was uploaded.
  ASSERT_OK(catalogue_->Create("shapes", GeneratorSource{}, "ada"));
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(FinishUploadTest, GivesOneDataSetToAllWhoFinishAtOnce) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("shapes", kCsvSource, {kCsv}));
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&] { EXPECT_OK(uploads_->Finish(upload.id)); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*datasets_.Count(), 1);
}

TEST_F(FinishUploadTest, TakesNoChunkWhileItIsFinished) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("shapes", kCsvSource, {kCsv}));
  int calls = 0;
  records_.OnUpdate([&] {  // The last thing that finishing does with the files in place.
    ++calls;
    EXPECT_THAT(uploads_->Append(upload.id, 0, sizeof(kCsv) - 1, "1", {}),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr("it is being finished or given up")));
    EXPECT_OK(uploads_->Get(upload.id));
  });
  EXPECT_OK(uploads_->Finish(upload.id));
  EXPECT_EQ(calls, 1);
}

TEST_F(FinishUploadTest, FinishesWhereACrashCameBeforeTheMark) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("shapes", kCsvSource, {kCsv}));
  records_.FailUpdates(true);
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_OK(catalogue_->Load("shapes"));
  records_.FailUpdates(false);
  Restart();
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, uploads_->Finish(upload.id));
  EXPECT_EQ(record, *catalogue_->Get("shapes"));
  EXPECT_TRUE(uploads_->Get(upload.id)->finished);
}

TEST_F(FinishUploadTest, StaysWhereItsDataSetsIdWasTakenMeanwhile) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("shapes", kCsvSource, {kCsv}));
  ASSERT_OK(catalogue_->Create("shapes", GeneratorSource{}, "ada"));
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_OK(catalogue_->Delete("shapes"));
  EXPECT_OK(uploads_->Finish(upload.id));

  // The same file name by the same owner, and yet another content.
  ASSERT_OK_AND_ASSIGN(const UploadRecord one, Send("twice", kCsvSource, {kCsv}));
  ASSERT_OK_AND_ASSIGN(const UploadRecord two, Send("twice", kCsvSource, {"x,y\n1,0\n2,1\n"}));
  ASSERT_OK(uploads_->Finish(one.id));
  EXPECT_THAT(uploads_->Finish(two.id), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(FinishUploadTest, StaysWhereTheDataSetsContentCannotBeKept) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("a", kCsvSource, {kCsv}));
  std::filesystem::remove_all(folder_.File("datasets"));
  std::ofstream(folder_.File("datasets")) << "in the way";
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kUnavailable));
  std::filesystem::remove(folder_.File("datasets"));
  EXPECT_OK(uploads_->Finish(upload.id));
}

}  // namespace
}  // namespace percept::data
