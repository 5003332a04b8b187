// Uploads from their first byte to the data set that is made of them, over restarts and with
// clients that do it wrong.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/dataset_files.h"
#include "tests/integration/server_fixture.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Code = grpc::StatusCode;

constexpr int64_t kMaxUploadBytes = 1 << 20;

class UploadTest : public ServerFixture {
 protected:
  UploadTest() : ServerFixture(/*workers=*/2, kMaxUploadBytes) {}

  v1::Upload MustBegin(const v1::Upload& asked) {
    v1::Upload upload;
    const grpc::Status created = client().CreateUpload(asked, &upload);
    EXPECT_TRUE(created.ok()) << created.error_message();
    return upload;
  }

  grpc::Status Send(const std::string& name, int64_t offset, const std::string& data,
                    int32_t file_index = 0) {
    v1::UploadChunkRequest request;
    request.set_name(name);
    request.set_file_index(file_index);
    request.set_offset(offset);
    request.set_data(data);
    v1::Upload upload;
    return client().UploadChunk(request, &upload);
  }

  int64_t Received(const std::string& name, int file = 0) {
    v1::Upload upload;
    const grpc::Status got = client().GetUpload(name, &upload);
    EXPECT_TRUE(got.ok()) << got.error_message();
    return got.ok() ? upload.files(file).received_bytes() : -1;
  }
};

// Four examples to train on, two to validate on.
std::string SmallNpz() {
  return Zip({{"x_train.npy", NpyFloats("(4, 2)", {1, 2, 3, 4, 5, 6, 7, 8.5f})},
              {"y_train.npy", NpyLabels({0, 1, 2, 0}), /*deflated=*/true},
              {"x_validation.npy", NpyFloats("(2, 2)", {-1, -2, -3, -4}), /*deflated=*/true},
              {"y_validation.npy", NpyLabels({2, 1})}});
}

// Rows 0 to count - 1, of which every other one is of class 1.
std::string CountingCsv(int count) {
  std::string csv = "row,kind,twice\r\n";
  for (int row = 0; row < count; ++row)
    absl::StrAppend(&csv, row, ",", row % 2, ",", 2 * row, "\r\n");
  return csv;
}

TEST_F(UploadTest, OfAnNpzBecomesADataSetToTrainOn) {
  const v1::Dataset made = MustUpload("points", v1::UPLOAD_FORMAT_NPZ, {SmallNpz()});
  EXPECT_EQ(made.name(), "datasets/points");
  EXPECT_THAT(made.upload().file_names(), ElementsAre("file-1"));
  EXPECT_EQ(made.inputs(), 2);
  EXPECT_EQ(made.classes(), 3);
  EXPECT_THAT(made.splits(0).class_counts(), ElementsAre(2, 1, 1));
  EXPECT_EQ(made.splits(2).examples(), 0);
  const v1::ReadExamplesResponse train = MustReadAll("points", v1::SPLIT_TRAIN);
  EXPECT_THAT(train.inputs(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8.5));
  EXPECT_THAT(train.labels(), ElementsAre(0, 1, 2, 0));
  const v1::ReadExamplesResponse validation = MustReadAll("points", v1::SPLIT_VALIDATION);
  EXPECT_THAT(validation.inputs(), ElementsAre(-1, -2, -3, -4));
  EXPECT_THAT(validation.labels(), ElementsAre(2, 1));
  MustTrain(MultiperceptronOn("points", /*epochs=*/2, /*batch_size=*/3));
  RestartServer();
  EXPECT_EQ(MustGetDataset("points").digest(), made.digest());
  EXPECT_THAT(MustReadAll("points", v1::SPLIT_TRAIN).inputs(), ElementsAreArray(train.inputs()));
}

TEST_F(UploadTest, OfACsvIsCarvedClassByClass) {
  v1::Upload asked = UploadOf("rows", v1::UPLOAD_FORMAT_CSV, {CountingCsv(40)});
  asked.set_label_column("kind");
  asked.set_validation_fraction(0.25);
  asked.set_test_fraction(0.1);
  asked.set_seed(5);
  v1::Dataset made;
  const grpc::Status status = UploadFiles(client(), asked, {CountingCsv(40)}, &made);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(made.upload().label_column(), "kind");
  EXPECT_EQ(made.upload().validation_fraction(), 0.25);
  EXPECT_EQ(made.upload().test_fraction(), 0.1);
  EXPECT_EQ(made.upload().seed(), 5);
  EXPECT_THAT(made.splits(0).class_counts(), ElementsAre(13, 13));
  EXPECT_THAT(made.splits(1).class_counts(), ElementsAre(5, 5));
  EXPECT_THAT(made.splits(2).class_counts(), ElementsAre(2, 2));
  // Every row is there once, whole, in the order of the file within its split.
  std::vector<int> rows;
  for (const v1::Split split : {v1::SPLIT_TRAIN, v1::SPLIT_VALIDATION, v1::SPLIT_TEST}) {
    const v1::ReadExamplesResponse examples = MustReadAll("rows", split, /*include_test=*/true);
    for (int number = 0; number < examples.labels_size(); ++number) {
      const int row = static_cast<int>(examples.inputs(2 * number));
      EXPECT_EQ(examples.inputs(2 * number + 1), 2 * row);
      EXPECT_EQ(examples.labels(number), row % 2);
      if (number > 0) {
        EXPECT_GT(row, rows.back());
      }
      rows.push_back(row);
    }
  }
  std::sort(rows.begin(), rows.end());
  std::vector<int> all(40);
  for (int row = 0; row < 40; ++row) all[static_cast<size_t>(row)] = row;
  EXPECT_EQ(rows, all);
}

TEST_F(UploadTest, OfIdxFilesIsTheSameCompressedOrNot) {
  const std::vector<std::string> files = {IdxImages(3, 2, 2,
                                                    std::string("\x00\xff\x33\x00"
                                                                "\x01\x02\x03\x04"
                                                                "\x00\x00\x00\x00",
                                                                12)),
                                          IdxLabels(std::string("\x02\x00\x01", 3)),
                                          IdxImages(1, 2, 2, std::string(4, '\xff')),
                                          IdxLabels(std::string("\x01", 1))};
  const v1::Dataset plain = MustUpload("plain", v1::UPLOAD_FORMAT_IDX, files);
  std::vector<std::string> compressed;
  for (const std::string& file : files) compressed.push_back(Gzip(file));
  const v1::Dataset unpacked = MustUpload("unpacked", v1::UPLOAD_FORMAT_IDX, compressed);
  EXPECT_EQ(unpacked.digest(), plain.digest());
  EXPECT_EQ(plain.image_shape().height(), 2);
  EXPECT_EQ(plain.image_shape().width(), 2);
  EXPECT_EQ(plain.image_shape().channels(), 1);
  EXPECT_EQ(plain.classes(), 3);
  const v1::ReadExamplesResponse train = MustReadAll("plain", v1::SPLIT_TRAIN);
  EXPECT_THAT(train.labels(), ElementsAre(2, 0, 1));
  EXPECT_EQ(train.inputs(1), 1.0f);
  EXPECT_EQ(train.inputs(2), 0.2f);
  EXPECT_EQ(train.inputs(4), 1.0f / 255.0f);
  EXPECT_THAT(MustReadAll("plain", v1::SPLIT_VALIDATION).inputs(), ElementsAre(1, 1, 1, 1));
  // What is the same is kept once.
  EXPECT_THAT(FilesKept(), SizeIs(1));
}

TEST_F(UploadTest, GoesOnAfterARestartWhereItStood) {
  const std::string file = SmallNpz();
  const auto half = static_cast<int64_t>(file.size() / 2);
  const v1::Upload upload = MustBegin(UploadOf("points", v1::UPLOAD_FORMAT_NPZ, {file}));
  EXPECT_GT(upload.expire_time().seconds(), 0);
  ASSERT_TRUE(Send(upload.name(), 0, file.substr(0, file.size() / 2)).ok());
  RestartServer();
  EXPECT_EQ(Received(upload.name()), half);
  ASSERT_TRUE(Send(upload.name(), half, file.substr(file.size() / 2)).ok());
  v1::Dataset made;
  ASSERT_TRUE(client().FinishUpload(upload.name(), &made).ok());
  // Asked again, also after another restart, it answers alike.
  v1::Dataset again;
  ASSERT_TRUE(client().FinishUpload(upload.name(), &again).ok());
  EXPECT_EQ(again.SerializeAsString(), made.SerializeAsString());
  RestartServer();
  ASSERT_TRUE(client().FinishUpload(upload.name(), &again).ok());
  EXPECT_EQ(again.SerializeAsString(), made.SerializeAsString());
  EXPECT_EQ(Send(upload.name(), 0, "x").error_code(), Code::FAILED_PRECONDITION);
  EXPECT_THAT(FilesKept(), ElementsAre(HasSubstr("datasets/")));
}

TEST_F(UploadTest, TakesBytesOnlyWhereTheFileEnds) {
  const v1::Upload upload = MustBegin(UploadOf("points", v1::UPLOAD_FORMAT_NPZ, {SmallNpz()}));
  ASSERT_TRUE(Send(upload.name(), 0, "0123456789").ok());
  for (const int64_t offset :
       {int64_t{0}, int64_t{9}, int64_t{11}, int64_t{-1}, int64_t{1} << 62}) {
    const grpc::Status refused = Send(upload.name(), offset, "x");
    EXPECT_EQ(refused.error_code(), Code::OUT_OF_RANGE) << offset;
    EXPECT_THAT(refused.error_message(),
                AllOf(HasSubstr("offset: must be 10"), HasSubstr(absl::StrCat("got ", offset))));
  }
  EXPECT_EQ(Received(upload.name()), 10);
}

TEST_F(UploadTest, RefusesBytesThatItCannotTake) {
  const v1::Upload upload = MustBegin(UploadOf("points", v1::UPLOAD_FORMAT_NPZ, {"0123456789"}));
  for (const auto& [data, file] :
       {std::pair<std::string, int>("", 0), std::pair<std::string, int>("0123456789x", 0),
        std::pair<std::string, int>(std::string((1 << 20) + 1, 'x'), 0),
        std::pair<std::string, int>("x", 1), std::pair<std::string, int>("x", -1)}) {
    EXPECT_EQ(Send(upload.name(), 0, data, file).error_code(), Code::INVALID_ARGUMENT);
  }
  v1::UploadChunkRequest request;
  request.set_name(upload.name());
  request.set_data("123456789");
  request.set_crc32c(0xe3069282);
  v1::Upload shown;
  const grpc::Status damaged = client().UploadChunk(request, &shown);
  EXPECT_EQ(damaged.error_code(), Code::DATA_LOSS);
  EXPECT_EQ(Received(upload.name()), 0);
  request.set_crc32c(0xe3069283);  // Of "123456789", after RFC 3720.
  EXPECT_TRUE(client().UploadChunk(request, &shown).ok());
  EXPECT_EQ(shown.files(0).received_bytes(), 9);
}

TEST_F(UploadTest, WithAnotherSha256IsDataLossAndGone) {
  const std::string file = SmallNpz();
  v1::Upload asked = UploadOf("points", v1::UPLOAD_FORMAT_NPZ, {file});
  asked.mutable_files(0)->set_sha256(std::string(32, '\x5a'));
  v1::Dataset made;
  const grpc::Status refused = UploadFiles(client(), asked, {file}, &made);
  EXPECT_EQ(refused.error_code(), Code::DATA_LOSS);
  EXPECT_THAT(refused.error_message(), AllOf(HasSubstr("file-1"), HasSubstr("5a5a5a5a")));
  EXPECT_THAT(FilesKept(), IsEmpty());
  EXPECT_EQ(client().GetDataset("datasets/points", &made).error_code(), Code::NOT_FOUND);
}

TEST_F(UploadTest, ThatLacksBytesIsNotFinished) {
  const std::vector<std::string> files = {IdxImages(1, 1, 1, "x"), IdxLabels(std::string(1, '\0'))};
  const v1::Upload upload = MustBegin(UploadOf("points", v1::UPLOAD_FORMAT_IDX, files));
  ASSERT_TRUE(Send(upload.name(), 0, files[0], 0).ok());
  ASSERT_TRUE(Send(upload.name(), 0, files[1].substr(0, 3), 1).ok());
  v1::Dataset made;
  const grpc::Status refused = client().FinishUpload(upload.name(), &made);
  EXPECT_EQ(refused.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("upload.files[1] \"file-2\""));
  ASSERT_TRUE(Send(upload.name(), 3, files[1].substr(3), 1).ok());
  EXPECT_TRUE(client().FinishUpload(upload.name(), &made).ok());
}

TEST_F(UploadTest, ThatIsGivenUpLeavesNothing) {
  const v1::Upload upload = MustBegin(UploadOf("points", v1::UPLOAD_FORMAT_NPZ, {SmallNpz()}));
  ASSERT_TRUE(Send(upload.name(), 0, "0123456789").ok());
  EXPECT_THAT(FilesKept(), Not(IsEmpty()));
  EXPECT_TRUE(client().DeleteUpload(upload.name()).ok());
  EXPECT_THAT(FilesKept(), IsEmpty());
  EXPECT_EQ(Send(upload.name(), 10, "x").error_code(), Code::NOT_FOUND);
  EXPECT_EQ(client().DeleteUpload(upload.name()).error_code(), Code::NOT_FOUND);
}

TEST_F(UploadTest, IsBoundedBesideTheOthersUnderWay) {
  const v1::Upload asked = UploadOf("points", v1::UPLOAD_FORMAT_NPZ, {"x"});
  std::vector<std::string> names;
  v1::Upload upload;
  grpc::Status status;
  while ((status = client().CreateUpload(asked, &upload)).ok() && names.size() < 100) {
    names.push_back(upload.name());
  }
  EXPECT_THAT(names, SizeIs(32));
  EXPECT_EQ(status.error_code(), Code::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(status).info.reason(), "TOO_MANY_UPLOADS");
  EXPECT_TRUE(client().DeleteUpload(names[7]).ok());
  EXPECT_TRUE(client().CreateUpload(asked, &upload).ok());
}

TEST_F(UploadTest, FirstToFinishTakesTheName) {
  std::vector<v1::Upload> uploads;
  for (const int rows : {3, 4}) {
    const std::string file = CountingCsv(rows);
    v1::Upload asked = UploadOf("rows", v1::UPLOAD_FORMAT_CSV, {file});
    asked.set_label_column("kind");
    uploads.push_back(MustBegin(asked));
    ASSERT_TRUE(Send(uploads.back().name(), 0, file).ok());
  }
  v1::Dataset made;
  EXPECT_TRUE(client().FinishUpload(uploads[1].name(), &made).ok());
  EXPECT_EQ(client().FinishUpload(uploads[0].name(), &made).error_code(), Code::ALREADY_EXISTS);
  EXPECT_EQ(MustGetDataset("rows").splits(0).examples(), 4);
}

TEST_F(UploadTest, RunsBesideOthersWithoutMixing) {
  constexpr int kClients = 8;
  std::vector<std::thread> threads;
  std::vector<grpc::Status> statuses(kClients);
  std::vector<v1::Dataset> made(kClients);
  for (size_t number = 0; number < kClients; ++number) {
    threads.emplace_back([&, number] {
      RpcClient own(server().address());
      const std::vector<std::string> contents = {CountingCsv(100 + static_cast<int>(number))};
      v1::Upload asked = UploadOf(absl::StrCat("rows-", number), v1::UPLOAD_FORMAT_CSV, contents);
      asked.set_label_column("kind");
      statuses[number] = UploadFiles(own, asked, contents, &made[number], /*chunk_bytes=*/50);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t number = 0; number < kClients; ++number) {
    ASSERT_TRUE(statuses[number].ok()) << statuses[number].error_message();
    EXPECT_EQ(made[number].splits(0).examples(), 100 + number);
  }
  EXPECT_THAT(FilesKept(), SizeIs(kClients));
}

TEST_F(UploadTest, TakesEachByteOnceWhenTwoClientsSendIt) {
  const std::string file = CountingCsv(200);
  v1::Upload asked = UploadOf("rows", v1::UPLOAD_FORMAT_CSV, {file});
  asked.set_label_column("kind");
  const v1::Upload upload = MustBegin(asked);
  constexpr size_t kChunk = 20;
  // Each sends every chunk until it is in, whoever of them got it there.
  const auto send_all = [&] {
    RpcClient own(server().address());
    v1::UploadChunkRequest request;
    request.set_name(upload.name());
    for (size_t at = 0; at < file.size(); at += kChunk) {
      request.set_offset(static_cast<int64_t>(at));
      request.set_data(file.substr(at, kChunk));
      v1::Upload shown;
      const grpc::Status sent = own.UploadChunk(request, &shown);
      EXPECT_TRUE(sent.ok() || sent.error_code() == Code::OUT_OF_RANGE) << sent.error_message();
    }
  };
  std::thread other(send_all);
  send_all();
  other.join();
  EXPECT_EQ(Received(upload.name()), file.size());
  v1::Dataset made;
  const grpc::Status finished = client().FinishUpload(upload.name(), &made);
  ASSERT_TRUE(finished.ok()) << finished.error_message();
  EXPECT_EQ(made.splits(0).examples(), 200);
}

class MnistUploadTest : public ServerFixture {};

TEST_F(MnistUploadTest, OfItsFilesIsTheInstalledSet) {
  std::vector<std::string> files;
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                           "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    std::ifstream in(absl::StrCat(AssetsDir(), "/mnist/", name), std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  EXPECT_EQ(MustUpload("copy", v1::UPLOAD_FORMAT_IDX, files).digest(),
            MustGetDataset("mnist").digest());
}

}  // namespace
}  // namespace percept::testing
