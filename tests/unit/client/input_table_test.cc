#include "client/cli/input_table.h"

#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/support/temp_dir.h"

namespace percept::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;

std::string CsvError(const std::string& content) {
  const auto table = ParseCsvInputs(content, "x.csv");
  EXPECT_EQ(table.status().code(), absl::StatusCode::kDataLoss);
  return std::string(table.status().message());
}

TEST(CsvInputs, TakesNumbersBelowARowOfNames) {
  const auto table = ParseCsvInputs("\xEF\xBB\xBFx,y\r\n1,-2.5\r\n\"3e1\", 4\r\n\r\n", "x.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->rows, 2);
  EXPECT_EQ(table->columns, 2);
  EXPECT_THAT(table->values, ElementsAre(1, -2.5, 30, 4));
}

TEST(CsvInputs, NamesRowAndColumnOfWhatIsNoNumber) {
  EXPECT_EQ(CsvError("x,width\n1,2\n3,wide\n"),
            "x.csv: row 3, column 2 (width): must be a number, got 'wide'");
  EXPECT_EQ(CsvError("x,y\n1,\n"), "x.csv: row 2, column 2 (y): must be a number, got ''");
  EXPECT_THAT(CsvError("x\ninf\n"), HasSubstr("row 2, column 1 (x): must be a number, got 'inf'"));
  EXPECT_THAT(CsvError("x\n1e99\n"), HasSubstr("row 2, column 1"));
}

TEST(CsvInputs, RefusesRowsOfAnotherLength) {
  EXPECT_EQ(CsvError("x,y\n1,2\n3\n"),
            "x.csv: row 3: must have 2 columns like the row of names, got 1");
  EXPECT_EQ(CsvError("x,y\n"), "x.csv: must have a row of names and at least one of numbers");
  EXPECT_EQ(CsvError(""), "x.csv: must have a row of names and at least one of numbers");
}

TEST(CsvInputs, RefusesMoreRowsThanCanBeAskedAbout) {
  std::string content = "x\n";
  for (int i = 0; i < 10'001; ++i) content += "1\n";
  EXPECT_EQ(CsvError(content), "x.csv: must have at most 10,000 rows, got 10,001");
}

template <typename Number>
std::string Bytes(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::string Number(uint64_t value, int bytes) {
  return std::string(reinterpret_cast<const char*>(&value), static_cast<size_t>(bytes));
}

// An array as NumPy writes it.
std::string Npy(const std::string& type, const std::string& shape, const std::string& data,
                const std::string& order = "False") {
  const std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  return "\x93NUMPY\x01" + std::string(1, '\0') + Number(header.size(), 2) + header + data;
}

std::string Deflated(const std::string& bytes) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// A ZIP archive of {name, content}.
std::string Zip(const std::vector<std::pair<std::string, std::string>>& files, bool deflated) {
  std::string archive;
  std::string directory;
  for (const auto& [name, content] : files) {
    const std::string packed = deflated ? Deflated(content) : content;
    const std::string facts = Number(20, 2) + Number(0, 2) + Number(deflated ? 8 : 0, 2) +
                              Number(0, 4) + Number(0, 4) + Number(packed.size(), 4) +
                              Number(content.size(), 4) + Number(name.size(), 2);
    directory += "PK\x01\x02" + Number(20, 2) + facts + Number(0, 2) + Number(0, 2) + Number(0, 2) +
                 Number(0, 2) + Number(0, 4) + Number(archive.size(), 4) + name;
    archive += "PK\x03\x04" + facts + Number(3, 2) + name + "abc" + packed;
  }
  return archive + directory + "PK\x05\x06" + Number(0, 4) + Number(files.size(), 2) +
         Number(files.size(), 2) + Number(directory.size(), 4) + Number(archive.size(), 4) +
         Number(0, 2);
}

std::string NpzError(const std::string& content) {
  const auto table = ParseNpzInputs(content, "x.npz");
  EXPECT_EQ(table.status().code(), absl::StatusCode::kDataLoss);
  return std::string(table.status().message());
}

TEST(NpzInputs, TakesArraysStoredOrDeflated) {
  const std::string array = Npy("<f4", "(2, 3)", Bytes<float>({1, 2, 3, 4, 5, -6.5}));
  for (const bool deflated : {false, true}) {
    const auto table = ParseNpzInputs(Zip({{"anything.npy", array}}, deflated), "x.npz");
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_EQ(table->rows, 2);
    EXPECT_EQ(table->columns, 3);
    EXPECT_THAT(table->values, ElementsAre(1, 2, 3, 4, 5, -6.5));
  }
}

TEST(NpzInputs, LaysPicturesFlatAndScalesBytes) {
  const std::string bytes = Bytes<uint8_t>({0, 51, 255, 255});
  auto table = ParseNpzInputs(Zip({{"x.npy", Npy("|u1", "(1, 2, 2)", bytes)}}, true), "x.npz");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->columns, 4);
  EXPECT_THAT(table->values, ElementsAre(0, FloatEq(0.2f), 1, 1));
  table = ParseNpzInputs(Zip({{"x.npy", Npy("<f8", "(2,)", Bytes<double>({7, 8}))}}, true), "x");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->rows, 1);
  EXPECT_EQ(table->columns, 2);
}

TEST(NpzInputs, ChoosesTheArrayX) {
  const std::string one = Npy("<f4", "(1, 1)", Bytes<float>({1}));
  const std::string two = Npy("<f4", "(1, 1)", Bytes<float>({2}));
  const auto table = ParseNpzInputs(Zip({{"a.npy", one}, {"x.npy", two}}, true), "x.npz");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->values, ElementsAre(2));
  EXPECT_EQ(NpzError(Zip({{"a.npy", one}, {"b.npy", two}}, true)),
            "x.npz: must hold an array x, or only one, got a, b");
  EXPECT_EQ(NpzError(Zip({}, true)), "x.npz: must hold an array x, or only one, got none");
}

TEST(NpzInputs, SaysWhatAnArrayMustBe) {
  const auto error = [](const std::string& array) {
    return NpzError(Zip({{"x.npy", array}}, true));
  };
  EXPECT_EQ(error(Npy("<i8", "(1, 1)", Bytes<int64_t>({1}))),
            "x.npz: array x: must be of float32, float64 or uint8, got '<i8'");
  EXPECT_EQ(error(Npy("<f4", "(1, 1)", Bytes<float>({1}), "True")),
            "x.npz: array x: must be in C order");
  EXPECT_EQ(error(Npy("<f4", "()", Bytes<float>({1}))),
            "x.npz: array x: must hold inputs, got shape ()");
  EXPECT_EQ(error(Npy("<f4", "(0, 2)", "")), "x.npz: array x: must hold inputs, got shape (0, 2)");
  EXPECT_EQ(error(Npy("|u1", "(10001, 1)", std::string(10001, 'x'))),
            "x.npz: array x: must have at most 10,000 rows, got 10,001");
  EXPECT_EQ(error(Npy("<f4", "(2, 2)", Bytes<float>({1, 2, 3, NAN}))),
            "x.npz: array x: row 2, column 2: must be a finite number");
  EXPECT_EQ(error(Npy("<f4", "(2, 2)", Bytes<float>({1}))), "x.npz: array x: is no array of NumPy");
  EXPECT_EQ(error("pickle"), "x.npz: array x: is no array of NumPy");
}

TEST(NpzInputs, EveryCutOfAnArchiveIsRefused) {
  const std::string whole =
      Zip({{"x.npy", Npy("<f4", "(2, 2)", Bytes<float>({1, 2, 3, 4}))}}, true);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseNpzInputs(whole.substr(0, size), "x.npz").ok()) << size;
  }
}

TEST(NpzInputs, NoFlippedByteIsReadBeyondTheFile) {
  const std::string whole =
      Zip({{"x.npy", Npy("<f4", "(2, 2)", Bytes<float>({1, 2, 3, 4}))}}, false);
  int refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0xFF);
    if (!ParseNpzInputs(flipped, "x.npz").ok()) ++refused;
  }
  EXPECT_GT(refused, 50);  // The sanitizers watch the rest.
}

TEST(ReadInputTable, GoesByTheNameOfTheFile) {
  const testing::TempDir folder;
  const std::string path = folder.File("Inputs.CSV");
  std::ofstream(path) << "x,y\n1,2\n";
  const auto table = ReadInputTable(path);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->values, ElementsAre(1, 2));
  EXPECT_EQ(ReadInputTable(folder.File("x.txt")).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(ReadInputTable(folder.File("none.npz")).status().message()),
              HasSubstr("none.npz: cannot be read"));
}

}  // namespace
}  // namespace percept::cli
