#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/base/random.h"
#include "server/data/readers/input_file.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/data/npz_files.h"

namespace percept::data {
namespace {

using ::percept::testing::Deflate;
using ::percept::testing::StatusIs;
using ::testing::StartsWith;

constexpr int64_t kNoLimit = int64_t{1} << 40;

std::string Gzip(absl::string_view bytes) { return Deflate(bytes, 31); }

struct Result {
  absl::StatusOr<int64_t> length;
  std::string contents;
};

Result Read(const std::string& bytes, int64_t max_bytes = kNoLimit) {
  std::istringstream in(bytes);
  std::ostringstream out;
  Result result;
  result.length = Gunzip({"f.gz", in}, out, max_bytes);
  result.contents = out.str();
  return result;
}

std::string RandomBytes(size_t size) {
  Random random(7, Random::Stream::kGenerator);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.NextBelow(256));
  return bytes;
}

TEST(IsGzip, KnowsTheFirstBytesAndStaysAtTheBeginning) {
  for (const auto& [bytes, expected] :
       std::vector<std::pair<std::string, bool>>{{Gzip("x"), true},
                                                 {"\x1f\x8b", true},
                                                 {"\x1f", false},
                                                 {"", false},
                                                 {"x0,y\n", false}}) {
    std::istringstream in(bytes);
    EXPECT_EQ(IsGzip({"f", in}), expected);
    EXPECT_TRUE(in.good());
    EXPECT_EQ(in.tellg(), 0);
  }
}

TEST(Gunzip, RestoresWhatWasCompressed) {
  for (const std::string& bytes :
       {std::string(), std::string("text"), std::string(3'000'000, 'a'), RandomBytes(1'000'000)}) {
    const Result read = Read(Gzip(bytes));
    ASSERT_OK(read.length);
    EXPECT_EQ(*read.length, static_cast<int64_t>(bytes.size()));
    EXPECT_TRUE(read.contents == bytes);
  }
}

TEST(Gunzip, ReadsSeveralMembers) {
  const Result read = Read(Gzip("one, ") + Gzip("") + Gzip("two"));
  ASSERT_OK(read.length);
  EXPECT_EQ(*read.length, 8);
  EXPECT_EQ(read.contents, "one, two");
}

TEST(Gunzip, RefusesAFileCutOffAnywhere) {
  const std::string whole = Gzip(RandomBytes(300));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(
        Read(whole.substr(0, size)).length,
        StatusIs(absl::StatusCode::kInvalidArgument,
                 absl::StrCat("f.gz: must be a gzip file, but ends early, at byte ", size)));
  }
}

TEST(Gunzip, RefusesAFileWithAnyByteOfItsChecksumChanged) {
  const std::string whole = Gzip("some text, some text");
  for (size_t place = whole.size() - 8; place < whole.size(); ++place) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    EXPECT_THAT(Read(changed).length,
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("f.gz: must be a gzip file, but is damaged before byte ")));
  }
}

TEST(Gunzip, RefusesWhatIsNotCompressedAndWhatFollowsTheEnd) {
  for (const std::string& bytes :
       {std::string("x0,y\n"), Gzip("x") + "more", Gzip("x") + std::string(9, '\0')}) {
    EXPECT_THAT(Read(bytes).length, StatusIs(absl::StatusCode::kInvalidArgument,
                                             StartsWith("f.gz: must be a gzip file")));
  }
}

TEST(Gunzip, StopsAtTheLimit) {
  const std::string bomb = Gzip(std::string(50'000'000, '\0'));
  ASSERT_LT(bomb.size(), 100'000);
  const Result read = Read(bomb, 1'000'000);
  EXPECT_THAT(read.length,
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "f.gz: must be at most 1000000 bytes once decompressed, and is more"));
  EXPECT_LE(read.contents.size(), 1'000'000);
  EXPECT_OK(Read(Gzip("12345"), 5).length);
  EXPECT_THAT(Read(Gzip("123456"), 5).length, StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(Gunzip, ReportsStreamsThatFail) {
  std::istringstream in(Gzip("text"));
  std::ostringstream out;
  in.setstate(std::ios::badbit);
  EXPECT_THAT(Gunzip({"f.gz", in}, out, kNoLimit),
              StatusIs(absl::StatusCode::kUnavailable, "f.gz: cannot be read"));
  std::istringstream good(Gzip("text"));
  out.setstate(std::ios::badbit);
  EXPECT_THAT(Gunzip({"f.gz", good}, out, kNoLimit), StatusIs(absl::StatusCode::kUnavailable));
}

Dataset Labelled(const std::vector<int32_t>& train, const std::vector<int32_t>& validation) {
  Dataset dataset;
  dataset.split(SplitKind::kTrain).labels = train;
  dataset.split(SplitKind::kValidation).labels = validation;
  return dataset;
}

TEST(SetClasses, CountsUpToTheLargestTrainingLabel) {
  Dataset dataset = Labelled({0, 7, 3}, {1, 7});
  ASSERT_OK(SetClasses("f", dataset));
  EXPECT_EQ(dataset.classes, 8);
}

TEST(SetClasses, RefusesLabelsOutOfRange) {
  Dataset none = Labelled({}, {0});
  EXPECT_THAT(SetClasses("f", none), StatusIs(absl::StatusCode::kInvalidArgument,
                                              "f: train: must have examples, got none"));
  Dataset negative = Labelled({0, -1}, {});
  EXPECT_THAT(SetClasses("f", negative),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "f: train: row 1: a label must be in [0, 4095], got -1"));
  Dataset large = Labelled({kMaxClasses}, {});
  EXPECT_THAT(SetClasses("f", large),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "f: train: row 0: a label must be in [0, 4095], got 4096"));
  Dataset unseen = Labelled({0, 1}, {1, 0, 2});
  EXPECT_THAT(SetClasses("f", unseen),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "f: validation: row 2: a label must be in [0, 1], as in training, got 2"));
}

}  // namespace
}  // namespace percept::data
