#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/data/mnist.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kFiles[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                  "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Four files that are valid, but not MNIST's: one image of one pixel each.
void WriteForeignFiles(const TempDir& folder) {
  for (const char* images : {kFiles[0], kFiles[2]}) {
    WriteFile(folder.File(images),
              std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x05", 17));
  }
  for (const char* labels : {kFiles[1], kFiles[3]}) {
    WriteFile(folder.File(labels), std::string("\0\0\x08\x01\0\0\0\x01\x05", 9));
  }
}

TEST(LoadMnist, SaysWhatToRunWhenAnyFileIsMissing) {
  for (const char* missing : kFiles) {
    const TempDir folder;
    WriteForeignFiles(folder);
    std::filesystem::remove(folder.File(missing));
    for (const absl::Status& status :
         {CheckMnistInstalled(folder.path(), "script/bootstrap --assets"),
          LoadMnist(folder.path(), "script/bootstrap --assets").status()}) {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                   AllOf(HasSubstr("datasets/mnist: not installed"),
                                         HasSubstr(folder.File(missing)),
                                         HasSubstr("run script/bootstrap --assets"),
                                         HasSubstr("--assets-dir"))));
      EXPECT_EQ(ReasonOf(status), "DATASET_NOT_INSTALLED");
    }
  }
}

TEST(LoadMnist, RefusesFilesThatAreNotThePublishedOnes) {
  const TempDir folder;
  WriteForeignFiles(folder);
  EXPECT_OK(CheckMnistInstalled(folder.path(), "install"));
  const absl::Status status = LoadMnist(folder.path(), "install").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss,
                               AllOf(HasSubstr(folder.File(kFiles[0])),
                                     HasSubstr("must have the SHA-256 ba891046"),
                                     HasSubstr("run install to bring it again"))));
  EXPECT_EQ(ReasonOf(status), "DATASET_CORRUPT");
}

TEST(LoadMnist, RefusesAFileThatIsCutOff) {
  const TempDir folder;
  WriteForeignFiles(folder);
  WriteFile(folder.File(kFiles[0]), std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01", 16));
  EXPECT_THAT(LoadMnist(folder.path(), "install"),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr("train-images-idx3-ubyte: byte 16: the file ends early"),
                             HasSubstr("run install to bring it again"))));
}

TEST(LoadMnist, ReportsAFileThatCannotBeRead) {
  const TempDir folder;
  WriteForeignFiles(folder);
  std::filesystem::remove(folder.File(kFiles[0]));
  std::filesystem::create_directory(folder.File(kFiles[0]));
  EXPECT_THAT(LoadMnist(folder.path(), "install"),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr("datasets/mnist"), HasSubstr(folder.File(kFiles[0])))));
}

}  // namespace
}  // namespace percept::data
