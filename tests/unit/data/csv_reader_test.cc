#include "server/data/readers/csv_reader.h"

#include <clocale>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::data {
namespace {

using ::percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

absl::StatusOr<Dataset> Read(const std::string& text, const std::string& label_column = "",
                             const ReadLimits& limits = {}) {
  std::istringstream in(text);
  return ReadCsv({"f.csv", in}, label_column, limits);
}

void ExpectRefused(const std::string& text, const std::string& message) {
  EXPECT_THAT(Read(text), StatusIs(absl::StatusCode::kInvalidArgument, "f.csv: " + message))
      << text;
}

const Split& Train(const Dataset& dataset) { return dataset.split(SplitKind::kTrain); }

TEST(ReadCsv, TakesTheLastColumnForTheLabel) {
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read("a,b,c\n0.5,-1e-3,0\n+1,2,3\n"));
  EXPECT_EQ(read.inputs, 2);
  EXPECT_EQ(read.classes, 4);
  EXPECT_FALSE(read.is_sparse);
  EXPECT_FALSE(read.image_shape.has_value());
  EXPECT_EQ(Train(read).examples, 2);
  EXPECT_THAT(Train(read).dense, ElementsAre(0.5f, -1e-3f, 1.0f, 2.0f));
  EXPECT_THAT(Train(read).labels, ElementsAre(0, 3));
  EXPECT_EQ(read.split(SplitKind::kValidation).examples, 0);
  EXPECT_EQ(read.split(SplitKind::kTest).examples, 0);
}

TEST(ReadCsv, TakesTheLabelFromTheColumnThatIsNamed) {
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read("a,y,b\n1,2,3\n4,0,6\n", "y"));
  EXPECT_THAT(Train(read).dense, ElementsAre(1, 3, 4, 6));
  EXPECT_THAT(Train(read).labels, ElementsAre(2, 0));
}

TEST(ReadCsv, TakesEveryWayToEndLines) {
  for (const char* const text : {"a,y\n1,0\n2,1\n", "a,y\r\n1,0\r\n2,1\r\n", "a,y\n1,0\n2,1",
                                 "\xef\xbb\xbf"
                                 "a,y\n1,0\n2,1\n\n\r\n\n"}) {
    ASSERT_OK_AND_ASSIGN(const Dataset read, Read(text, "y"));
    EXPECT_THAT(Train(read).dense, ElementsAre(1, 2)) << text;
    EXPECT_THAT(Train(read).labels, ElementsAre(0, 1)) << text;
  }
}

TEST(ReadCsv, TakesQuotedFields) {
  ASSERT_OK_AND_ASSIGN(
      const Dataset read,
      Read("\"with \"\"quotes\"\", a comma\",\"two\nlines\",y\n\"1\",\" 2 \",\"0\"\n",
           "with \"quotes\", a comma"));
  EXPECT_THAT(Train(read).dense, ElementsAre(2, 0));
  EXPECT_THAT(Train(read).labels, ElementsAre(1));
}

TEST(ReadCsv, DoesNotCountSpacesAroundNumbersAndHeaders) {
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read("a, b ,y\n 1 ,\t2, 1 \n", "b"));
  EXPECT_THAT(Train(read).dense, ElementsAre(1, 1));
  EXPECT_THAT(Train(read).labels, ElementsAre(2));
}

TEST(ReadCsv, TakesDecimalNumbers) {
  for (const auto& [text, value] :
       std::vector<std::pair<std::string, float>>{{"-3", -3.0f},
                                                  {".5", 0.5f},
                                                  {"5.", 5.0f},
                                                  {"1e-3", 1e-3f},
                                                  {"1E+2", 100.0f},
                                                  {"0.1", 0.1f},
                                                  {"3.4e38", 3.4e38f},
                                                  {"1e-60", 0.0f},
                                                  {"007", 7.0f},
                                                  {"16777217", 16777216.0f}}) {
    ASSERT_OK_AND_ASSIGN(const Dataset read, Read("a,y\n" + text + ",0\n"));
    EXPECT_THAT(Train(read).dense, ElementsAre(value)) << text;
  }
}

TEST(ReadCsv, ReadsNumbersWhateverTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  // Where there is no such locale the test shows nothing, and does no harm.
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  const auto read = Read("a,y\n1.5,0\n");
  std::setlocale(LC_ALL, before.c_str());
  ASSERT_OK(read);
  EXPECT_THAT(Train(*read).dense, ElementsAre(1.5f));
}

TEST(ReadCsv, RefusesWhatIsNoFiniteNumber) {
  for (const char* const text : {"", "abc", "0x10", "inf", "nan", "-infinity", "1,5e", "1e", "--1",
                                 "+-1", "1 2", ".", "1_000"}) {
    EXPECT_THAT(
        Read(absl::StrCat("a,y\n1,0\n\"", text, "\",0\n")),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 absl::StrCat("f.csv: row 3: column \"a\": must be a decimal number, got \"", text,
                              "\"")));
  }
  ExpectRefused("a,y\n1e39,0\n", "row 2: column \"a\": must be finite as float32, got \"1e39\"");
  ExpectRefused("a,y\n-1e999,0\n",
                "row 2: column \"a\": must be finite as float32, got \"-1e999\"");
}

TEST(ReadCsv, TakesLabelsThatAreIntegers) {
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read("a,y\n1,0\n1,1.0\n1,+2\n1,4095\n1,3.\n"));
  EXPECT_THAT(Train(read).labels, ElementsAre(0, 1, 2, 4095, 3));
  EXPECT_EQ(read.classes, kMaxClasses);
  for (const char* const label :
       {"-1", "4096", "1.5", "1e2", "", "cat", "99999999999", ".0", "."}) {
    ExpectRefused(
        absl::StrCat("a,y\n1,", label, "\n"),
        absl::StrCat("row 2: column \"y\": must be an integer in [0, 4095], got \"", label, "\""));
  }
}

TEST(ReadCsv, RefusesHeadersThatDoNotNameTheColumns) {
  ExpectRefused("", "must have a header row, got none");
  ExpectRefused("\n\n", "must have a header row, got none");
  ExpectRefused("a\n1\n",
                "row 1: must have 1 to 65536 columns of inputs and one of labels, got 1 columns");
  ExpectRefused("a,,y\n", "row 1: the header of column 2 must not be empty");
  ExpectRefused("a,b, a ,y\n", "row 1: the header must name each column once, got \"a\" twice");
  EXPECT_THAT(Read("a,b\n1,0\n", "label"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "f.csv: row 1: the header must name the column of labels, \"label\"; it has "
                       "\"a\", \"b\""));
}

TEST(ReadCsv, RefusesTooManyColumns) {
  std::string header = "y";
  for (int column = 0; column < kMaxInputs; ++column) absl::StrAppend(&header, ",c", column);
  std::string row = "0";
  for (int column = 0; column < kMaxInputs; ++column) row += ",7";
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read(absl::StrCat(header, "\n", row, "\n"), "y"));
  EXPECT_EQ(read.inputs, kMaxInputs);
  EXPECT_THAT(Read(absl::StrCat(header, ",more\n", row, ",1\n"), "y"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 65538 columns")));
}

TEST(ReadCsv, RefusesAFileWithoutRows) {
  ExpectRefused("a,y\n", "must have rows below the header, got none");
}

TEST(ReadCsv, RefusesRowsOfOtherLengths) {
  ExpectRefused("a,b,y\n1,2,0\n1,2\n", "row 3: must have 3 fields, as the header has, got 2");
  ExpectRefused("a,b,y\n1,2,3,4,5\n", "row 2: must have 3 fields, as the header has, got 5");
  ExpectRefused("a,b,y\n1,2,0,\n", "row 2: must have 3 fields, as the header has, got 4");
}

TEST(ReadCsv, CountsRowsByTheirLines) {
  ExpectRefused("\"a\nb\",y\r\n1,0\r\nx,0\r\n",
                "row 4: column \"a\\nb\": must be a decimal number, got \"x\"");
}

TEST(ReadCsv, RefusesEmptyRowsButAtTheEnd) {
  ExpectRefused("a,y\n1,0\n\n\n2,0\n", "row 3: must not be empty, unless all rows below are");
  ExpectRefused("\na,y\n1,0\n", "row 1: must not be empty, unless all rows below are");
}

TEST(ReadCsv, RefusesQuotesOutOfPlace) {
  const std::string rule =
      "a quote must stand around a whole field, or twice within one that is quoted";
  ExpectRefused("a,y\n1\",0\n", "row 2: " + rule);
  ExpectRefused("a,y\n\"1\"2,0\n", "row 2: " + rule);
  ExpectRefused("a,y\n \"1\",0\n", "row 2: " + rule);
  ExpectRefused("a,y\n1,0\n\"1,0\n2,0\n", "row 3: a quoted field must end");
}

TEST(ReadCsv, RefusesBytesThatAreNoText) {
  ExpectRefused(std::string("a,y\n1\0,0\n", 9), "row 2: must not hold a zero byte");
  ExpectRefused("a,y\r1,0\n", "row 1: a line feed must follow a carriage return");
  ExpectRefused("a,y\n1,0\r", "row 2: a line feed must follow a carriage return");
  // What is no UTF-8 is not sent on.
  ExpectRefused("a,y\n\xff,0\n", "row 2: column \"a\": must be a decimal number, got \"\\xff\"");
  ExpectRefused("\xc3(,y\nx,0\n", "row 2: column \"\\xc3(\": must be a decimal number, got \"x\"");
  ExpectRefused(
      "gr\xc3\xb6\xc3\x9f"
      "e,y\nx,0\n",
      "row 2: column \"gr\xc3\xb6\xc3\x9f"
      "e\": must be a decimal number, got \"x\"");
}

TEST(ReadCsv, RefusesFieldsThatAreTooLong) {
  EXPECT_OK(Read("a,y\n1." + std::string(998, '0') + ",0\n"));
  ExpectRefused("a,y\n1." + std::string(999, '0') + ",0\n",
                "row 2: a field must be at most 1000 bytes long");
}

TEST(ReadCsv, AgreesOverManyBuffers) {
  std::string text = "a,b,y\n";
  for (int row = 0; row < 30'000; ++row) {
    absl::StrAppend(&text, row, ".25,", -row, ",", row % 10, row % 2 == 0 ? "\n" : "\r\n");
  }
  ASSERT_OK_AND_ASSIGN(const Dataset read, Read(text));
  ASSERT_THAT(Train(read).labels, SizeIs(30'000));
  for (size_t row = 0; row < 30'000; ++row) {
    ASSERT_EQ(Train(read).dense[2 * row], static_cast<float>(row) + 0.25f);
    ASSERT_EQ(Train(read).dense[2 * row + 1], -static_cast<float>(row));
    ASSERT_EQ(Train(read).labels[row], static_cast<int32_t>(row % 10));
  }
}

TEST(ReadCsv, KeepsToItsLimits) {
  const std::string text = "a,b,y\n1,2,0\n3,4,1\n";
  ReadLimits limits;
  limits.decompressed_bytes = static_cast<int64_t>(text.size());
  // Two rows of two inputs and a label, and the starts of no sparse rows.
  limits.content_bytes = 2 * 3 * 4;
  EXPECT_OK(Read(text, "", limits));
  limits.content_bytes -= 1;
  EXPECT_THAT(Read(text, "", limits), StatusIs(absl::StatusCode::kResourceExhausted,
                                               "f.csv: must take at most 23 bytes in memory"));
  limits = {};
  limits.decompressed_bytes = static_cast<int64_t>(text.size()) - 1;
  EXPECT_THAT(Read(text, "", limits),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "f.csv: must be at most 17 bytes once decompressed, got 18"));
}

TEST(ReadCsv, ReportsAStreamThatCannotBeRead) {
  std::istringstream in("a,y\n1,0\n");
  in.setstate(std::ios::badbit);
  EXPECT_THAT(ReadCsv({"f.csv", in}, "", {}),
              StatusIs(absl::StatusCode::kUnavailable, StartsWith("f.csv: cannot be read")));
}

}  // namespace
}  // namespace percept::data
