// Files that are not what they should be, of every kind: each is refused in words that help, leaves
// nothing behind, and the server goes on.
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "tests/integration/dataset_files.h"
#include "tests/integration/server_fixture.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Code = grpc::StatusCode;

constexpr int64_t kMaxUploadBytes = 4 << 20;

// A file and what the refusal must say besides its name.
struct Malformed {
  std::string file;
  std::string message;
};

class MalformedUploadTest : public ServerFixture {
 protected:
  MalformedUploadTest() : ServerFixture(/*workers=*/1, kMaxUploadBytes) {}

  // The server is well, takes the same name again, and kept nothing of what it refused.
  ~MalformedUploadTest() override {
    EXPECT_TRUE(IsServing());
    MustUpload("broken", v1::UPLOAD_FORMAT_CSV, {"x,y\n1,0\n2,1\n"});
    MustTrain(MultiperceptronOn("broken", /*epochs=*/1, /*batch_size=*/1));
  }

  grpc::Status Upload(v1::UploadFormat format, const std::vector<std::string>& files) {
    v1::Dataset dataset;
    return UploadFiles(client(), UploadOf("broken", format, files), files, &dataset);
  }

  void ExpectRefused(v1::UploadFormat format, const std::vector<std::string>& files,
                     const std::string& message, Code code = Code::INVALID_ARGUMENT) {
    SCOPED_TRACE(message);
    const grpc::Status refused = Upload(format, files);
    EXPECT_EQ(refused.error_code(), code) << refused.error_message();
    EXPECT_THAT(refused.error_message(), AllOf(HasSubstr("file-"), HasSubstr(message)));
    EXPECT_TRUE(DetailsOf(refused).parsed);
    EXPECT_THAT(FilesKept(), IsEmpty());
    v1::Dataset dataset;
    EXPECT_EQ(client().GetDataset("datasets/broken", &dataset).error_code(), Code::NOT_FOUND);
  }
};

TEST_F(MalformedUploadTest, OfCsv) {
  const Malformed cases[] = {
      {"x,y\n", ""},
      {"\n\n", ""},
      {"x,y\n1,0\n2\n", "3"},
      {"x,y\n1,0\n2,1,5\n", "3"},
      {"x,y\n1,0\ntwo,1\n", "two"},
      {"x,y\n1,0\nnan,1\n", "nan"},
      {"x,y\n1,0\n1e999,1\n", "1e999"},
      {"x,y\n1,0\n,1\n", "3"},
      {"x,y\n1,0.5\n", "0.5"},
      {"x,y\n1,-1\n", "-1"},
      {"x,y\n1,4096\n", "4096"},
      {"x,x,y\n1,2,0\n", "x"},
      {"x,,y\n1,2,0\n", ""},
      {"x,y\n\"1,0\n", ""},
      {"x,y\n1\"2,0\n", ""},
      {std::string("x,y\n1\0,0\n", 9), ""},
      {"y\n0\n", ""},
      {std::string(3000, '\xff'), ""},
      {"\x89PNG\r\n\x1a\n", ""},
  };
  for (const Malformed& malformed : cases)
    ExpectRefused(v1::UPLOAD_FORMAT_CSV, {malformed.file}, malformed.message);
}

TEST_F(MalformedUploadTest, OfIdx) {
  const std::string images = IdxImages(2, 2, 2, std::string(8, '\x01'));
  const std::string labels = IdxLabels(std::string("\0\1", 2));
  const auto refuse = [&](const std::string& first, const std::string& second,
                          const std::string& message) {
    ExpectRefused(v1::UPLOAD_FORMAT_IDX, {first, second}, message);
  };
  refuse("not an IDX file", labels, "");
  refuse(images, images, "");
  refuse(labels, images, "");
  refuse(images.substr(0, images.size() - 1), labels, "");
  refuse(images + "x", labels, "");
  refuse(images.substr(0, 7), labels, "");
  refuse(images, labels.substr(0, 5), "");
  refuse(images, IdxLabels(std::string("\0\1\0", 3)), "");
  refuse(IdxImages(0, 2, 2, ""), IdxLabels(""), "");
  refuse(IdxImages(0xffffffff, 0xffff, 0xffff, ""), labels, "");
  refuse(IdxImages(2, 0, 2, ""), labels, "");
  refuse(Gzip(images).substr(0, 20), labels, "");
  std::string damaged = Gzip(images);
  damaged[damaged.size() - 5] ^= 1;  // Within the checksum.
  refuse(damaged, labels, "");
  refuse(Gzip(Gzip(images)), labels, "");
  // Validation images of another shape, and validation labels that training does not know.
  ExpectRefused(v1::UPLOAD_FORMAT_IDX,
                {images, labels, IdxImages(1, 1, 2, "ab"), IdxLabels(std::string(1, '\0'))}, "");
  ExpectRefused(v1::UPLOAD_FORMAT_IDX,
                {images, labels, IdxImages(1, 2, 2, "abcd"), IdxLabels("\x07")}, "7");
}

std::string Npz(const std::string& x_train, const std::string& y_train) {
  return Zip({{"x_train.npy", x_train}, {"y_train.npy", y_train}});
}

TEST_F(MalformedUploadTest, OfNpz) {
  const std::string x = NpyFloats("(2, 2)", {1, 2, 3, 4});
  const std::string y = NpyLabels({0, 1});
  const std::string good = Npz(x, y);
  const std::string sixteen(16, '\0');
  std::string bad_crc = good;
  bad_crc[good.find("NUMPY") + 80] ^= 1;
  const Malformed cases[] = {
      {"PK", ""},
      {good.substr(0, good.size() - 10), ""},
      {good.substr(100), ""},
      {bad_crc, ""},
      {Zip({}), ""},
      {Zip({{"x_train.npy", x}}), "y_train"},
      {Zip({{"x_train.npy", x}, {"y_train.npy", y}, {"z.npy", y}}), "z"},
      {Zip({{"x_train.npy", x}, {"y_train.npy", y}, {"x_test.npy", x}}), "y_test"},
      {Npz("not an array", y), "x_train"},
      {Npz(x, NpyLabels({0, 1, 1})), "3"},
      {Npz(x, NpyLabels({0, -1})), "-1"},
      {Npz(x, NpyLabels({0, 4096})), "4096"},
      {Npz(NpyFloats("(2, 2)", {1, 2, 3, std::numeric_limits<float>::infinity()}), y), "x_train"},
      {Npz(NpyFloats("(0, 2)", {}), NpyLabels({})), "x_train"},
      {Npz(NpyFloats("(2, 0)", {}), y), "x_train"},
      {Npz(NpyFloats("(3, 2)", {1, 2, 3, 4}), NpyLabels({0, 1, 0})), "x_train"},
      {Npz(NpyFloats("(2,)", {1, 2}), y), "x_train"},
      {Npz(NpyFloats("(-2, -2)", {1, 2, 3, 4}), y), "x_train"},
      {Npz(NpyFloats("(9223372036854775807, 4)", {1, 2}), y), "x_train"},
      {Npz(Npy(NpyDictionary("|O", "(2, 2)"), sixteen), y), "x_train"},
      {Npz(Npy(NpyDictionary("<c8", "(2, 1)"), sixteen), y), "x_train"},
      {Npz(Npy(NpyDictionary(">f4", "(2, 2)"), sixteen), y), "x_train"},
      {Npz(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", sixteen), y),
       "x_train"},
      {Npz(Npy("{'descr': '<f4'", sixteen), y), "x_train"},
      {Npz(Npy(std::string(60000, '('), sixteen), y), "x_train"},
  };
  for (const Malformed& malformed : cases)
    ExpectRefused(v1::UPLOAD_FORMAT_NPZ, {malformed.file}, malformed.message);
}

TEST_F(MalformedUploadTest, ThatGrowsPastTheLimitWhenUnpackedIsResourceExhausted) {
  const std::string zeros(64 << 20, '\0');
  const std::string images = Gzip(IdxImages(1 << 16, 32, 32, zeros));
  const std::string labels = IdxLabels(std::string(1 << 16, '\0'));
  ASSERT_LT(images.size() + labels.size(), kMaxUploadBytes);
  ExpectRefused(v1::UPLOAD_FORMAT_IDX, {images, labels}, "", Code::RESOURCE_EXHAUSTED);
  const std::string archive =
      Zip({{"x_train.npy", NpyBytes("(65536, 1024)", zeros), /*deflated=*/true},
           {"y_train.npy", NpyLabels(std::vector<int64_t>(1 << 16)), /*deflated=*/true}});
  ASSERT_LT(archive.size(), kMaxUploadBytes);
  ExpectRefused(v1::UPLOAD_FORMAT_NPZ, {archive}, "", Code::RESOURCE_EXHAUSTED);
}

TEST_F(MalformedUploadTest, ThatIsAnotherFormatThanAnnounced) {
  const std::string npz = Npz(NpyFloats("(2, 2)", {1, 2, 3, 4}), NpyLabels({0, 1}));
  const std::string csv = "x,y\n1,0\n2,1\n";
  ExpectRefused(v1::UPLOAD_FORMAT_CSV, {npz}, "");
  ExpectRefused(v1::UPLOAD_FORMAT_NPZ, {csv}, "");
  ExpectRefused(v1::UPLOAD_FORMAT_IDX, {npz, csv}, "");
}

}  // namespace
}  // namespace percept::testing
