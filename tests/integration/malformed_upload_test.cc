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
      {"x,y\n", "must have rows below the header"},
      {"\n\n", "must have a header row"},
      {"x,y\n1,0\n2\n", "row 3: must have 2 fields"},
      {"x,y\n1,0\n2,1,5\n", "row 3: must have 2 fields"},
      {"x,y\n1,0\ntwo,1\n", "row 3: column \"x\": must be a decimal number, got \"two\""},
      {"x,y\n1,0\nnan,1\n", "row 3: column \"x\": must be a decimal number, got \"nan\""},
      {"x,y\n1,0\n1e999,1\n", "row 3: column \"x\": must be finite"},
      {"x,y\n1,0\n,1\n", "row 3: column \"x\": must be a decimal number, got \"\""},
      {"x,y\n1,0.5\n", "row 2: column \"y\": must be an integer in [0, 4095], got \"0.5\""},
      {"x,y\n1,-1\n", "row 2: column \"y\": must be an integer"},
      {"x,y\n1,4096\n", "got \"4096\""},
      {"x,x,y\n1,2,0\n", "row 1: the header must name each column once, got \"x\" twice"},
      {"x,,y\n1,2,0\n", "row 1: the header of column 2"},
      {"x,y\n\"1,0\n", "row 2: a quoted field must end"},
      {"x,y\n1\"2,0\n", "row 2: a quote must stand"},
      {std::string("x,y\n1\0,0\n", 9), "row 2: must not hold a zero byte"},
      {"y\n0\n", "row 1: must have 1 to 65536 columns"},
      {std::string(3000, '\xff'), "row 1: a field must be at most"},
      {"\x89PNG\r\n\x1a\n", "row 1: must have 1 to 65536 columns"},
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
  refuse("not an IDX file", labels, "the file ends within its header");
  refuse(images, images, "file-2: byte 0");
  refuse(labels, images, "file-2: byte 0");
  refuse(images.substr(0, images.size() - 1), labels, "file-1: byte 23: the file ends early");
  refuse(images + "x", labels, "file-1: byte 24: bytes follow");
  refuse(images.substr(0, 7), labels, "byte 7: the file ends within");
  refuse(images, labels.substr(0, 5), "file-2: byte 5: the file ends within");
  refuse(images, IdxLabels(std::string("\0\1\0", 3)),
         "the number of labels in file-2, 3, got 2 images");
  refuse(IdxImages(0, 2, 2, ""), IdxLabels(""), "must have examples");
  refuse(IdxImages(0xffffffff, 0xffff, 0xffff, ""), labels, "got 4294967295 images");
  refuse(IdxImages(2, 0, 2, ""), labels, "got 0 x 2");
  refuse(Gzip(images).substr(0, 20), labels, "ends early, at byte 20");
  std::string damaged = Gzip(images);
  damaged[damaged.size() - 5] ^= 1;  // Within the checksum.
  refuse(damaged, labels, "is damaged");
  refuse(Gzip(Gzip(images)), labels, "file-1: byte 0");
  // Validation images of another shape, and validation labels that training does not know.
  ExpectRefused(v1::UPLOAD_FORMAT_IDX,
                {images, labels, IdxImages(1, 1, 2, "ab"), IdxLabels(std::string(1, '\0'))},
                "file-3: byte 8");
  ExpectRefused(v1::UPLOAD_FORMAT_IDX,
                {images, labels, IdxImages(1, 2, 2, "abcd"), IdxLabels("\x07")},
                "file-4: byte 8: row 0: a label must be in [0, 1], got 7");
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
      {"PK", "it has only 2 bytes"},
      {good.substr(0, good.size() - 10), "has no record of the directory"},
      {good.substr(100), "must end before byte"},
      {bad_crc, "x_train: damaged: its CRC-32"},
      {Zip({}), "got neither"},
      {Zip({{"x_train.npy", x}}), "got only x_train"},
      {Zip({{"x_train.npy", x}, {"y_train.npy", y}, {"z.npy", y}}), "got \"z.npy\""},
      {Zip({{"x_train.npy", x}, {"y_train.npy", y}, {"x_test.npy", x}}), "got only x_test"},
      {Npz("not an array", y), "x_train: must be a .npy file"},
      {Npz(x, NpyLabels({0, 1, 1})),
       "y_train: must have a label for each of the 2 examples, got 3"},
      {Npz(x, NpyLabels({0, -1})), "y_train: row 1: a label must be in [0, 4095], got -1"},
      {Npz(x, NpyLabels({0, 4096})), "got 4096"},
      {Npz(NpyFloats("(2, 2)", {1, 2, 3, std::numeric_limits<float>::infinity()}), y),
       "x_train: row 1, column 1: must be a finite number"},
      {Npz(NpyFloats("(0, 2)", {}), NpyLabels({})), "x_train: must have examples"},
      {Npz(NpyFloats("(2, 0)", {}), y), "got the shape (2, 0)"},
      {Npz(NpyFloats("(3, 2)", {1, 2, 3, 4}), NpyLabels({0, 1, 0})), "x_train: its shape (3, 2)"},
      {Npz(NpyFloats("(2,)", {1, 2}), y), "got (2,)"},
      {Npz(NpyFloats("(-2, -2)", {1, 2, 3, 4}), y), "x_train: byte 51 of its dictionary"},
      {Npz(NpyFloats("(9223372036854775807, 4)", {1, 2}), y),
       "x_train: its shape (9223372036854775807, 4)"},
      {Npz(Npy(NpyDictionary("|O", "(2, 2)"), sixteen), y), "never read"},
      {Npz(Npy(NpyDictionary("<c8", "(2, 1)"), sixteen), y), "got \"<c8\""},
      {Npz(Npy(NpyDictionary(">f4", "(2, 2)"), sixteen), y), "must be little-endian"},
      {Npz(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", sixteen), y),
       "must be in C order"},
      {Npz(Npy("{'descr': '<f4'", sixteen), y), "must be }, got its end"},
      {Npz(Npy(std::string(60000, '('), sixteen), y), "its header must be at most"},
  };
  for (const Malformed& malformed : cases)
    ExpectRefused(v1::UPLOAD_FORMAT_NPZ, {malformed.file}, malformed.message);
}

TEST_F(MalformedUploadTest, ThatGrowsPastTheLimitWhenUnpackedIsResourceExhausted) {
  const std::string zeros(64 << 20, '\0');
  const std::string images = Gzip(IdxImages(1 << 16, 32, 32, zeros));
  const std::string labels = IdxLabels(std::string(1 << 16, '\0'));
  ASSERT_LT(images.size() + labels.size(), kMaxUploadBytes);
  ExpectRefused(v1::UPLOAD_FORMAT_IDX, {images, labels},
                "must be at most 4194304 bytes once decompressed", Code::RESOURCE_EXHAUSTED);
  const std::string archive =
      Zip({{"x_train.npy", NpyBytes("(65536, 1024)", zeros), /*deflated=*/true},
           {"y_train.npy", NpyLabels(std::vector<int64_t>(1 << 16)), /*deflated=*/true}});
  ASSERT_LT(archive.size(), kMaxUploadBytes);
  ExpectRefused(v1::UPLOAD_FORMAT_NPZ, {archive}, "must be at most 4194304 bytes once decompressed",
                Code::RESOURCE_EXHAUSTED);
}

TEST_F(MalformedUploadTest, ThatIsAnotherFormatThanAnnounced) {
  const std::string npz = Npz(NpyFloats("(2, 2)", {1, 2, 3, 4}), NpyLabels({0, 1}));
  const std::string csv = "x,y\n1,0\n2,1\n";
  ExpectRefused(v1::UPLOAD_FORMAT_CSV, {npz}, "row 1: must not hold a zero byte");
  ExpectRefused(v1::UPLOAD_FORMAT_NPZ, {csv}, "must be a zip file");
  ExpectRefused(v1::UPLOAD_FORMAT_IDX, {npz, csv}, "must be 0x00000801, for labels");
}

}  // namespace
}  // namespace percept::testing
