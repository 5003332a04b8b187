#include "server/storage/sqlite/row.h"

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "server/storage/sqlite/connection.h"
#include "tests/support/status_matchers.h"

namespace percept::storage {
namespace {

uint32_t ChecksumOf(absl::string_view name, absl::string_view value) {
  RowChecksum checksum;
  checksum.Bytes(name, value);
  return checksum.value();
}

TEST(RowChecksum, TellsNamesTypesAndValuesApart) {
  EXPECT_NE(ChecksumOf("a", "1"), ChecksumOf("a", "2"));
  EXPECT_NE(ChecksumOf("a", "1"), ChecksumOf("b", "1"));
  EXPECT_NE(ChecksumOf("ab", "c"), ChecksumOf("a", "bc"));
  RowChecksum integer;
  integer.Integer("a", 1);
  RowChecksum real;
  real.Real("a", 1.0);
  EXPECT_NE(integer.value(), real.value());
}

TEST(RowChecksum, TakesZerosAndNansAsSqliteKeepsThem) {
  const auto of = [](double value) {
    RowChecksum checksum;
    checksum.Real("a", value);
    return checksum.value();
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(of(0.0), of(-0.0));
  EXPECT_EQ(of(kNan), of(-kNan));
  EXPECT_NE(of(kNan), of(0.0));
}

TEST(ColumnNames, MakesTheStatements) {
  ColumnNames names;
  names.Column("a", 0);
  names.Column("b", 0);
  EXPECT_EQ(names.List(), "a, b, crc32c");
  EXPECT_EQ(names.List("t."), "t.a, t.b, t.crc32c");
  EXPECT_EQ(names.InsertSql("t"), "INSERT INTO t (a, b, crc32c) VALUES (?1, ?2, ?3)");
  EXPECT_EQ(names.UpdateSql("t", "a = ?1"),
            "UPDATE t SET (a, b, crc32c) = (?1, ?2, ?3) WHERE a = ?1");
}

// A table to which a later version has added the column `new_value`.
TEST(RowReader, FindsOldRowsWholeAfterANullableColumnWasAdded) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Connection> connection,
                       Connection::Open(":memory:", Connection::Mode::kCreate));
  ASSERT_OK(connection->Execute("CREATE TABLE t (a TEXT, crc32c INTEGER)"));
  {
    ASSERT_OK_AND_ASSIGN(Statement insert, connection->Prepare("INSERT INTO t VALUES (?1, ?2)"));
    RowWriter row(insert);
    row.Column("a", std::string("kept"));
    row.Finish();
    ASSERT_OK(insert.Run());
  }
  ASSERT_OK(connection->Execute("ALTER TABLE t ADD COLUMN new_value INTEGER"));
  ASSERT_OK_AND_ASSIGN(Statement select, connection->Prepare("SELECT a, new_value, crc32c FROM t"));
  ASSERT_TRUE(*select.Step());
  std::string a;
  std::optional<int64_t> new_value = 5;
  RowReader row(select);
  row.Column("a", a);
  row.Column("new_value", new_value);
  EXPECT_TRUE(row.Finish());
  EXPECT_EQ(a, "kept");
  EXPECT_EQ(new_value, std::nullopt);
}

TEST(FromText, LeavesOutWhatIsNoNumber) {
  std::vector<int32_t> numbers = {9};
  FromText("1,x,-3,,99999999999", numbers);
  EXPECT_THAT(numbers, ::testing::ElementsAre(1, -3));
}

TEST(RowReader, TakesTheNullOfAnOldRowForWhatItStandsFor) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Connection> connection,
                       Connection::Open(":memory:", Connection::Mode::kCreate));
  ASSERT_OK_AND_ASSIGN(Statement select, connection->Prepare("SELECT NULL, 0.25, NULL, 0"));
  ASSERT_TRUE(*select.Step());
  double of_old_row = 5.0;
  double of_new_row = 5.0;
  int64_t without = 5;
  RowReader row(select);
  row.Column("a", of_old_row, 0.9);
  row.Column("b", of_new_row, 0.9);
  row.Column("c", without);
  EXPECT_EQ(of_old_row, 0.9);
  EXPECT_EQ(of_new_row, 0.25);
  EXPECT_EQ(without, 0);
}

TEST(ToText, KeepsLinesOfAnyBytesApart) {
  const std::vector<std::vector<std::string>> lists = {{},
                                                       {""},
                                                       {"", ""},
                                                       {"a"},
                                                       {"a", "b"},
                                                       {"a\nb"},
                                                       {"a\\nb", "\n", "\\"},
                                                       {"größe\xff", "\"'\t"}};
  for (const std::vector<std::string>& list : lists) {
    std::vector<std::string> read = {"x"};
    FromText(ToText(list), read);
    EXPECT_EQ(read, list);
  }
  EXPECT_EQ(ToText(std::vector<std::string>{"x0*x1/abs(x0)", "größe"}), "x0*x1/abs(x0)\ngröße\n");
}

TEST(FromText, LeavesOutLinesThatWereNotEscaped) {
  std::vector<std::string> lines;
  FromText("a\n\\q\nb\n", lines);
  EXPECT_THAT(lines, ::testing::ElementsAre("a", "b"));
}

}  // namespace
}  // namespace percept::storage
