#include "server/data/uploads.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/base/crc32c.h"
#include "server/base/status.h"
#include "server/data/generators/generator.h"
#include "tests/unit/data/uploads_fixture.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(UploadsTest, GoesOnAfterARestart) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("shapes", kCsvSource, {kCsv}));
  const std::string csv = kCsv;
  ASSERT_OK(uploads_->Append(upload.id, 0, 0, csv.substr(0, 7), {}));
  Restart();
  ASSERT_OK_AND_ASSIGN(const UploadRecord found, uploads_->Get(upload.id));
  EXPECT_EQ(found.files[0].received_bytes, 7);
  ASSERT_OK(uploads_->Append(upload.id, 0, 7, csv.substr(7), {}));
  Restart();
  EXPECT_OK(uploads_->Finish(upload.id));
  Restart();
  EXPECT_OK(catalogue_->Load("shapes"));
}

TEST_F(UploadsTest, TakesBytesOnlyWhereTheFileEnds) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("a", kIdxSource, {"12345", "123"}));
  ASSERT_OK(uploads_->Append(upload.id, 1, 0, "12", {}));
  for (const int64_t offset : {int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{3}, int64_t{1} << 62}) {
    EXPECT_THAT(
        uploads_->Append(upload.id, 1, offset, "3", {}),
        StatusIs(absl::StatusCode::kOutOfRange,
                 absl::StrCat("offset: must be 2, where \"file1\" ends so far, got ", offset)));
  }
  EXPECT_THAT(uploads_->Append(upload.id, 1, 2, "34", {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "data: must be at most the 1 bytes that \"file1\" lacks of its 3, got 2"));
  ASSERT_OK_AND_ASSIGN(const UploadRecord later, uploads_->Append(upload.id, 1, 2, "3", {}));
  EXPECT_EQ(later.files[0].received_bytes, 0);
  EXPECT_EQ(later.files[1].received_bytes, 3);
}

TEST_F(UploadsTest, RefusesChunksThatCannotBe) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("a", kCsvSource, {"12345"}));
  EXPECT_THAT(
      uploads_->Append(upload.id, 0, 0, "", {}),
      StatusIs(absl::StatusCode::kInvalidArgument, "data: must be 1 to 1048576 bytes, got 0"));
  EXPECT_THAT(uploads_->Append(upload.id, 0, 0, std::string((1 << 20) + 1, 'x'), {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 1048577")));
  for (const int32_t file : {-1, 1}) {
    EXPECT_THAT(uploads_->Append(upload.id, file, 0, "1", {}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         absl::StrCat("file_index: must be in [0, 0], got ", file)));
  }
  EXPECT_THAT(uploads_->Append(upload.id, 0, 0, "123", Crc32c("124")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("crc32c: must be that of the data")));
  EXPECT_THAT(uploads_->Append("none", 0, 0, "1", {}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("uploads/none: no such upload")));
  EXPECT_EQ(uploads_->Get(upload.id)->files[0].received_bytes, 0);
  EXPECT_OK(uploads_->Append(upload.id, 0, 0, "123", Crc32c("123")));
}

TEST_F(UploadsTest, NamesAllThatIsWrongWithARequest) {
  const auto fields_of = [&](const UploadRecord& request) {
    std::vector<std::string> fields;
    const absl::Status status = uploads_->Create(request, "").status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
    for (const FieldViolation& violation : FieldViolationsOf(status))
      fields.push_back(violation.field);
    return fields;
  };
  UploadRecord request;
  request.dataset_id = "A";
  request.source.format = UploadFormat::kNpz;
  request.source.label_column = "kind";
  request.source.validation_fraction = 1.0;
  request.source.test_fraction = -1.0;
  request.files = {{.name = "", .size_bytes = 0, .sha256 = "short"},
                   {.name = "a\nb", .size_bytes = -1},
                   {.name = std::string(256, 'x'), .size_bytes = 1}};
  EXPECT_THAT(fields_of(request),
              ElementsAre("upload.dataset_id", "upload.files", "upload.files[0].file_name",
                          "upload.files[0].size_bytes", "upload.files[0].sha256",
                          "upload.files[1].file_name", "upload.files[1].size_bytes",
                          "upload.files[2].file_name", "upload.label_column",
                          "upload.validation_fraction", "upload.test_fraction"));
  request = {.dataset_id = "a", .source = kCsvSource, .files = {{.name = "a", .size_bytes = 1}}};
  request.source.label_column = std::string(256, 'x');
  EXPECT_THAT(fields_of(request), ElementsAre("upload.label_column"));
  request.source = {.format = static_cast<UploadFormat>(0)};
  EXPECT_THAT(fields_of(request), ElementsAre("upload.format"));
  request.source = kIdxSource;
  for (const size_t files : {0, 1, 3, 5, 100000}) {
    request.files.assign(files, {.name = "a", .size_bytes = 1});
    EXPECT_THAT(fields_of(request), ElementsAre("upload.files")) << files;
  }
  request.files.assign(4, {.name = "a", .size_bytes = 1});
  request.source.validation_fraction = 0.1;
  EXPECT_THAT(fields_of(request), ElementsAre("upload.validation_fraction"));
  ExpectNothingLeft();
}

TEST_F(UploadsTest, RefusesAnIdThatIsTaken) {
  ASSERT_OK(catalogue_->Create("taken", GeneratorSource{}, ""));
  for (const char* id : {"taken", "mnist"}) {
    EXPECT_THAT(Begin(id, kCsvSource, {kCsv}), StatusIs(absl::StatusCode::kAlreadyExists));
  }
}

TEST_F(UploadsTest, RefusesMoreBytesThanItTakes) {
  Restart({.max_upload_bytes = 100});
  EXPECT_OK(Begin("a", kIdxSource, {std::string(60, 'x'), std::string(40, 'x')}));
  EXPECT_THAT(Begin("b", kIdxSource, {std::string(60, 'x'), std::string(41, 'x')}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "upload.files: must be at most 100 bytes together, as this server allows, "
                       "got 60 and a file of 41"));
  UploadRecord request{.dataset_id = "c", .source = kIdxSource};
  request.files.assign(4, {.name = "x", .size_bytes = std::numeric_limits<int64_t>::max()});
  EXPECT_THAT(uploads_->Create(request, ""), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(UploadsTest, RefusesMoreUploadsThanItTakesAtOnce) {
  Restart({.max_uploads = 2});
  ASSERT_OK_AND_ASSIGN(const UploadRecord first, Send("a", kCsvSource, {kCsv}));
  ASSERT_OK(Begin("b", kCsvSource, {kCsv}));
  const absl::Status status = Begin("c", kCsvSource, {kCsv}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("at most 2")));
  EXPECT_EQ(ReasonOf(status), "TOO_MANY_UPLOADS");
  ASSERT_OK(uploads_->Finish(first.id));  // A finished one counts no more.
  EXPECT_OK(Begin("c", kCsvSource, {kCsv}));
}

TEST_F(UploadsTest, TakesChunksFromManyOneAfterTheOther) {
  constexpr size_t kBytes = 64;
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload,
                       Begin("a", kCsvSource, {std::string(kBytes, 'x')}));
  // Each sends the byte that is its place, as soon as it is the next.
  const auto send = [&] {
    while (true) {
      const int64_t next = uploads_->Get(upload.id)->files[0].received_bytes;
      if (next == kBytes) return;
      const auto appended =
          uploads_->Append(upload.id, 0, next, std::string(1, static_cast<char>(next)), {});
      if (!appended.ok()) {
        ASSERT_THAT(appended, StatusIs(absl::StatusCode::kOutOfRange));
      }
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) threads.emplace_back(send);
  for (std::thread& thread : threads) thread.join();
  std::ifstream in(upload_dir() + "/" + upload.id + "/0", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  ASSERT_EQ(bytes.size(), kBytes);
  for (size_t place = 0; place < kBytes; ++place)
    EXPECT_EQ(static_cast<size_t>(bytes[place]), place);
}

TEST_F(UploadsTest, ExpiresAfterTheLastChunk) {
  Restart({.lifetime = absl::Hours(2)});
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("a", kCsvSource, {kCsv}));
  clock_.Advance(absl::Minutes(90));
  ASSERT_OK_AND_ASSIGN(const UploadRecord later, uploads_->Append(upload.id, 0, 0, "w", {}));
  EXPECT_EQ(later.expire_time, clock_.Now() + absl::Hours(2));
  clock_.Advance(absl::Minutes(90));
  EXPECT_OK(uploads_->Get(upload.id));
  clock_.Advance(absl::Minutes(30));
  EXPECT_THAT(uploads_->Get(upload.id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(uploads_->Append(upload.id, 0, 1, "i", {}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(uploads_->Delete(upload.id), StatusIs(absl::StatusCode::kNotFound));
  // Whoever begins another clears it away.
  ASSERT_OK_AND_ASSIGN(const UploadRecord other, Begin("b", kCsvSource, {kCsv}));
  EXPECT_THAT(FilesIn("data/uploads"), ElementsAre(other.id, other.id + "/0"));
  EXPECT_THAT(records_.List()->uploads, SizeIs(1));
  // And so does a restart.
  clock_.Advance(absl::Hours(2));
  Restart();
  ExpectNothingLeft();
}

TEST_F(UploadsTest, WritesTheTimeOfAChunkAtMostOnceAMinute) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("a", kCsvSource, {std::string(100, 'x')}));
  for (int64_t offset = 0; offset < 50; ++offset) {
    clock_.Advance(absl::Seconds(6));
    ASSERT_OK(uploads_->Append(upload.id, 0, offset, "x", {}));
  }
  EXPECT_EQ(records_.updates(), 5);
}

TEST_F(UploadsTest, GivesUpWhatIsDeleted) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("a", kCsvSource, {kCsv}));
  ASSERT_OK(uploads_->Delete(upload.id));
  ExpectNothingLeft();
  EXPECT_THAT(uploads_->Delete(upload.id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kNotFound));
  // The data set of a finished one stays.
  ASSERT_OK_AND_ASSIGN(const UploadRecord other, Send("b", kCsvSource, {kCsv}));
  ASSERT_OK(uploads_->Finish(other.id));
  ASSERT_OK(uploads_->Delete(other.id));
  EXPECT_OK(catalogue_->Load("b"));
}

TEST_F(UploadsTest, RecoversFromFoldersWithoutARecord) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord kept, Send("a", kCsvSource, {kCsv}));
  ASSERT_OK_AND_ASSIGN(const UploadRecord lost, Send("b", kCsvSource, {kCsv}));
  ASSERT_OK_AND_ASSIGN(UploadRecord finished, Send("c", kCsvSource, {kCsv}));
  ASSERT_OK(records_.Delete(lost.id));
  finished.finished = true;
  ASSERT_OK(records_.Update(finished));
  Restart();
  EXPECT_THAT(FilesIn("data/uploads"), ElementsAre(kept.id, kept.id + "/0"));
}

TEST_F(UploadsTest, StartsWithoutAnUploadWhoseRecordIsDamaged) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord damaged, Begin("first", kCsvSource, {"x,label\n1,0\n"}));
  ASSERT_OK_AND_ASSIGN(const UploadRecord whole, Begin("second", kCsvSource, {"x,label\n1,0\n"}));
  records_.Damage(damaged.id);
  Restart();
  EXPECT_THAT(FilesIn("data/uploads"), ::testing::Contains(whole.id));
  EXPECT_THAT(FilesIn("data/uploads"), ::testing::Not(::testing::Contains(damaged.id)));
  EXPECT_THAT(records_.List()->damaged, ::testing::IsEmpty());
  EXPECT_OK(uploads_->Append(whole.id, 0, 0, "x", {}));
}

TEST_F(UploadsTest, KeepsWhatItHasWhereTheDiskIsFull) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("a", kIdxSource, {"12345", "123"}));
  ASSERT_OK(uploads_->Append(upload.id, 1, 0, "12", {}));
  // A device that takes no byte.
  const std::string file = upload_dir() + "/" + upload.id + "/0";
  std::filesystem::remove(file);
  std::filesystem::create_symlink("/dev/full", file);
  EXPECT_THAT(uploads_->Append(upload.id, 0, 0, "1", {}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("No space left")));
  std::filesystem::remove(file);
  std::ofstream(file).flush();
  EXPECT_OK(uploads_->Append(upload.id, 0, 0, "12345", {}));
  EXPECT_EQ(uploads_->Get(upload.id)->files[1].received_bytes, 2);
}

}  // namespace
}  // namespace percept::data
