#include "server/data/content_file.h"

#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "server/data/generators/generator.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

Dataset Points() { return Generate({GeneratorKind::kThreeClass, 8, 4, 2, 1}); }

Dataset Pixels() {
  Dataset dataset;
  dataset.inputs = 4;
  dataset.classes = 2;
  dataset.is_sparse = true;
  dataset.image_shape = ImageShape{2, 2, 1};
  dataset.split(SplitKind::kTrain) = {2, {}, {{0, 1, 3}, {2, 0, 3}, {9, 8, 7}}, {0, 1}};
  dataset.split(SplitKind::kTest) = {1, {}, {{0, 1}, {1}, {255}}, {1}};
  return dataset;
}

std::string ReadBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

TEST(ContentFile, GivesBackWhatWasWritten) {
  const TempDir folder;
  for (const Dataset& dataset : {Points(), Pixels(), Dataset{}}) {
    ASSERT_OK(WriteContentFile(folder.File("content"), dataset));
    ASSERT_OK_AND_ASSIGN(const Dataset read, ReadContentFile(folder.File("content")));
    EXPECT_EQ(ContentDigest(read), ContentDigest(dataset));
    EXPECT_EQ(read.image_shape, dataset.image_shape);
    EXPECT_EQ(read.size_bytes(), dataset.size_bytes());
  }
  EXPECT_THAT(NamesIn(folder.path()), ::testing::ElementsAre("content"));
}

TEST(ContentFile, SaysWhenItIsNotThere) {
  const TempDir folder;
  EXPECT_THAT(ReadContentFile(folder.File("content")),
              StatusIs(absl::StatusCode::kDataLoss, folder.File("content") + ": is not there"));
}

TEST(ContentFile, RefusesAFileThatIsCutOffAnywhereOrLonger) {
  const TempDir folder;
  for (const Dataset& dataset : {Points(), Pixels()}) {
    ASSERT_OK(WriteContentFile(folder.File("whole"), dataset));
    const std::string bytes = ReadBytes(folder.File("whole"));
    for (size_t length = 0; length < bytes.size(); ++length) {
      WriteBytes(folder.File("cut"), bytes.substr(0, length));
      EXPECT_THAT(ReadContentFile(folder.File("cut")),
                  StatusIs(absl::StatusCode::kDataLoss, HasSubstr(folder.File("cut"))))
          << length;
    }
    WriteBytes(folder.File("long"), bytes + '\0');
    EXPECT_THAT(ReadContentFile(folder.File("long")),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("other than its header says")));
  }
}

TEST(ContentFile, IsFoundOutByItsStructureOrItsDigestWhateverByteIsDamaged) {
  const TempDir folder;
  ASSERT_OK(WriteContentFile(folder.File("whole"), Pixels()));
  const std::string bytes = ReadBytes(folder.File("whole"));
  for (size_t place = 0; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x41);
    WriteBytes(folder.File("damaged"), damaged);
    const absl::StatusOr<Dataset> read = ReadContentFile(folder.File("damaged"));
    if (read.ok()) {
      EXPECT_NE(ContentDigest(*read), ContentDigest(Pixels())) << place;
    } else {
      EXPECT_THAT(read, StatusIs(absl::StatusCode::kDataLoss)) << place;
    }
  }
}

TEST(ContentFile, TakesNoMemoryForSizesThatTheFileDoesNotHave) {
  const TempDir folder;
  ASSERT_OK(WriteContentFile(folder.File("whole"), Points()));
  const std::string bytes = ReadBytes(folder.File("whole"));
  constexpr size_t kExamples = 40;  // Where the header counts the training examples.
  for (const uint64_t count : {uint64_t{1} << 40, uint64_t{1} << 62, ~uint64_t{0}}) {
    std::string damaged = bytes;
    std::memcpy(damaged.data() + kExamples, &count, sizeof(count));
    WriteBytes(folder.File("damaged"), damaged);
    EXPECT_THAT(ReadContentFile(folder.File("damaged")),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("other than its header says")));
  }
}

TEST(ContentFile, RefusesAnotherVersionAndAnotherKindOfFile) {
  const TempDir folder;
  ASSERT_OK(WriteContentFile(folder.File("content"), Points()));
  std::string bytes = ReadBytes(folder.File("content"));
  bytes[8] = 2;
  WriteBytes(folder.File("content"), bytes);
  EXPECT_THAT(ReadContentFile(folder.File("content")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("must be of version 1, got 2")));
  WriteBytes(folder.File("content"), std::string(200, 'x'));
  EXPECT_THAT(ReadContentFile(folder.File("content")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("does not begin as")));
}

TEST(ContentFile, SaysThatTheFolderIsMissing) {
  const TempDir folder;
  EXPECT_THAT(WriteContentFile(folder.File("missing/content"), Points()),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr("missing/content"), HasSubstr("No such file"))));
}

// Lets files grow to `bytes` at most for as long as it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*const handler_)(int);
  rlimit before_{};
};

TEST(ContentFile, KeepsWhatWasThereWhereTheDiskIsFull) {
  const TempDir folder;
  ASSERT_OK(WriteContentFile(folder.File("content"), Pixels()));
  {
    const FileSizeLimit limit(500);
    EXPECT_THAT(WriteContentFile(folder.File("content"), Points()),
                StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("cannot be written")));
  }
  EXPECT_THAT(NamesIn(folder.path()), ::testing::ElementsAre("content"));
  ASSERT_OK_AND_ASSIGN(const Dataset read, ReadContentFile(folder.File("content")));
  EXPECT_EQ(ContentDigest(read), ContentDigest(Pixels()));
}

}  // namespace
}  // namespace percept::data
