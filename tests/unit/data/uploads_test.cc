#include "server/data/uploads.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include <zlib.h>

#include "server/base/crc32c.h"
#include "server/base/digest.h"
#include "server/base/status.h"
#include "server/data/generators/generator.h"
#include "server/data/npz_writer.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_dataset_repository.h"
#include "tests/support/memory_upload_repository.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::data {
namespace {

using ::percept::testing::FakeClock;
using ::percept::testing::MemoryDatasetRepository;
using ::percept::testing::MemoryUploadRepository;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kCsv[] = "width,height,kind\n1,2,0\n3,4,1\n5,6,1\n7,8,0\n";

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

class UploadsTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart(); }

  void Restart(Uploads::Options options = {}) {
    uploads_.reset();
    catalogue_ =
        std::make_unique<Catalogue>(Catalogue::Options{.assets_dir = folder_.File("assets"),
                                                       .content_dir = folder_.File("datasets")},
                                    &datasets_, &clock_);
    ASSERT_OK(catalogue_->Recover());
    options.folder = upload_dir();
    uploads_ = std::make_unique<Uploads>(std::move(options), &records_, catalogue_.get(), &clock_);
    ASSERT_OK(uploads_->Recover());
  }

  std::string upload_dir() const { return folder_.File("data/uploads"); }

  // What lies in a folder of the server, and in those below.
  std::vector<std::string> FilesIn(const std::string& name) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.File(name)))
      files.push_back(std::filesystem::relative(entry.path(), folder_.File(name)).string());
    std::sort(files.begin(), files.end());
    return files;
  }

  absl::StatusOr<UploadRecord> Begin(const std::string& dataset_id, UploadSource source,
                                     const std::vector<std::string>& contents) {
    UploadRecord request;
    request.dataset_id = dataset_id;
    request.source = std::move(source);
    for (const std::string& content : contents) {
      request.files.push_back({.name = absl::StrCat("file", request.files.size()),
                               .size_bytes = static_cast<int64_t>(content.size())});
    }
    return uploads_->Create(request, "ada");
  }

  // Sends all of the files.
  absl::StatusOr<UploadRecord> Send(const std::string& dataset_id, UploadSource source,
                                    const std::vector<std::string>& contents) {
    PERCEPT_ASSIGN_OR_RETURN(UploadRecord upload, Begin(dataset_id, std::move(source), contents));
    for (size_t file = 0; file < contents.size(); ++file) {
      for (size_t offset = 0; offset < contents[file].size(); offset += Uploads::kMaxChunkBytes) {
        PERCEPT_ASSIGN_OR_RETURN(
            upload,
            uploads_->Append(upload.id, static_cast<int32_t>(file), static_cast<int64_t>(offset),
                             contents[file].substr(offset, Uploads::kMaxChunkBytes), {}));
      }
    }
    return upload;
  }

  absl::StatusOr<DatasetRecord> SendAndFinish(const std::string& dataset_id, UploadSource source,
                                              const std::vector<std::string>& contents) {
    PERCEPT_ASSIGN_OR_RETURN(const UploadRecord upload,
                             Send(dataset_id, std::move(source), contents));
    return uploads_->Finish(upload.id);
  }

  // Nothing is left of any upload, nor of a data set.
  void ExpectNothingLeft() const {
    EXPECT_THAT(FilesIn("data/uploads"), IsEmpty());
    EXPECT_THAT(FilesIn("datasets"), IsEmpty());
    EXPECT_THAT(*records_.List(), IsEmpty());
    EXPECT_EQ(*datasets_.Count(), 0);
  }

  const TempDir folder_;
  FakeClock clock_;
  MemoryDatasetRepository datasets_;
  MemoryUploadRepository records_;
  std::unique_ptr<Catalogue> catalogue_;
  std::unique_ptr<Uploads> uploads_;
};

const UploadSource kCsvSource{.format = UploadFormat::kCsv};
const UploadSource kIdxSource{.format = UploadFormat::kIdx};

TEST_F(UploadsTest, MakesADataSetOfACsvFile) {
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

TEST_F(UploadsTest, MakesADataSetOfAnNpzFile) {
  const Dataset dataset = Generate({GeneratorKind::kXor, 10, 4, 6, 1});
  ASSERT_OK_AND_ASSIGN(const std::string npz, WriteDatasetNpz(dataset, /*include_test=*/true));
  ASSERT_OK_AND_ASSIGN(const DatasetRecord record, SendAndFinish("points", {}, {npz}));
  EXPECT_EQ(record.digest, ContentDigest(dataset));
}

TEST_F(UploadsTest, MakesADataSetOfIdxFilesCompressedOrNot) {
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

TEST_F(UploadsTest, CarvesSplitsWithTheSeed) {
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

TEST_F(UploadsTest, RefusesToFinishWhileBytesAreMissing) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Begin("a", kIdxSource, {"12", "12345"}));
  ASSERT_OK(uploads_->Append(upload.id, 0, 0, "12", {}));
  ASSERT_OK(uploads_->Append(upload.id, 1, 0, "1", {}));
  const absl::Status status = uploads_->Finish(upload.id).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               "upload.files[1] \"file1\": must be complete, got 1 of 5 bytes"));
  EXPECT_EQ(ReasonOf(status), "UPLOAD_INCOMPLETE");
  EXPECT_OK(uploads_->Append(upload.id, 1, 1, "2345", {}));
}

TEST_F(UploadsTest, LeavesNothingOfAFileWithAnotherSha256) {
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

TEST_F(UploadsTest, LeavesNothingOfFilesThatCannotBeRead) {
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

TEST_F(UploadsTest, LeavesNothingOfFilesThatCannotBeCarved) {
  ASSERT_OK_AND_ASSIGN(const std::string npz,
                       WriteDatasetNpz(Generate({GeneratorKind::kXor, 10, 4, 0, 1}), false));
  UploadSource source;
  source.validation_fraction = 0.5;
  EXPECT_THAT(SendAndFinish("a", source, {npz}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("upload.validation_fraction: must be 0 for files that hold")));
  ExpectNothingLeft();
}

TEST_F(UploadsTest, UnpacksNoMoreThanItTakes) {
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

TEST_F(UploadsTest, GivesItsDataSetAgainOnceFinished) {
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

TEST_F(UploadsTest, GivesOneDataSetToAllWhoFinishAtOnce) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("shapes", kCsvSource, {kCsv}));
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&] { EXPECT_OK(uploads_->Finish(upload.id)); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*datasets_.Count(), 1);
}

TEST_F(UploadsTest, TakesNoChunkWhileItIsFinished) {
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

TEST_F(UploadsTest, FinishesWhereACrashCameBeforeTheMark) {
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

TEST_F(UploadsTest, StaysWhereItsDataSetsIdWasTakenMeanwhile) {
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
  EXPECT_THAT(*records_.List(), SizeIs(1));
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

TEST_F(UploadsTest, StaysWhereTheDataSetsContentCannotBeKept) {
  ASSERT_OK_AND_ASSIGN(const UploadRecord upload, Send("a", kCsvSource, {kCsv}));
  std::filesystem::remove_all(folder_.File("datasets"));
  std::ofstream(folder_.File("datasets")) << "in the way";
  EXPECT_THAT(uploads_->Finish(upload.id), StatusIs(absl::StatusCode::kUnavailable));
  std::filesystem::remove(folder_.File("datasets"));
  EXPECT_OK(uploads_->Finish(upload.id));
}

}  // namespace
}  // namespace percept::data
