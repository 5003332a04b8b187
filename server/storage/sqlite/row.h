#ifndef PERCEPT_SERVER_STORAGE_SQLITE_ROW_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_ROW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/storage/sqlite/statement.h"

// Between records and rows. Each table has one function, VisitColumns(row, record), which names
// every column with the member it holds, in order, by `row.Column("name", member)`. The three
// classes here make of it the SQL, the writing and the reading; so no two lists of columns can
// disagree. A column that came with a later version names as a third argument what the NULL of
// older rows stands for, where that is not the type's zero.
//
// The last column of each row, `crc32c`, is a CRC32C over names and values of the others. A NULL
// leaves no trace in it.
namespace percept::storage {

// Sums up the columns of a row.
class RowChecksum {
 public:
  void Integer(absl::string_view name, int64_t value);
  void Real(absl::string_view name, double value);
  void Bytes(absl::string_view name, absl::string_view value);

  uint32_t value() const { return crc_; }

 private:
  void Add(absl::string_view name, char type, uint64_t value);

  uint32_t crc_ = 0;
};

// How members of records become numbers and text.
int64_t ToInteger(absl::Time time);
int64_t ToInteger(absl::Duration duration);
void FromInteger(int64_t value, absl::Time& time);
void FromInteger(int64_t value, absl::Duration& duration);
template <typename Number>
int64_t ToInteger(Number value) {
  return static_cast<int64_t>(value);  // Unsigned numbers by their bits.
}
template <typename Number>
void FromInteger(int64_t value, Number& number) {
  number = static_cast<Number>(value);
}
std::string ToText(const std::vector<int32_t>& numbers);
std::string ToText(const std::vector<int64_t>& numbers);
std::string ToText(const std::vector<std::string>& lines);  // Any bytes: escaped as in C.
void FromText(absl::string_view text, std::vector<int32_t>& numbers);
void FromText(absl::string_view text, std::vector<int64_t>& numbers);
void FromText(absl::string_view text, std::vector<std::string>& lines);

template <typename Value>
inline constexpr bool kIsOptional = false;
template <typename Value>
inline constexpr bool kIsOptional<std::optional<Value>> = true;
template <typename Value>
inline constexpr bool kIsVector = false;
template <typename Value>
inline constexpr bool kIsVector<std::vector<Value>> = true;

// Bytes that are stored as they are.
struct BlobView {
  absl::string_view bytes;
};

// Collects the names of the columns, for SQL.
class ColumnNames {
 public:
  template <typename Value>
  void Column(absl::string_view name, const Value& /*value*/) {
    names_.emplace_back(name);
  }
  template <typename Value>
  void Column(absl::string_view name, const Value& /*value*/,
              const std::type_identity_t<Value>& /*of_null*/) {
    names_.emplace_back(name);
  }

  // "a, b, crc32c", each behind `prefix`, such as "jobs.".
  std::string List(absl::string_view prefix = "") const;

  // "INSERT INTO table (a, b, crc32c) VALUES (?1, ?2, ?3)".
  std::string InsertSql(absl::string_view table) const;

  // "UPDATE table SET (a, b, crc32c) = (?1, ?2, ?3) WHERE key", for a `key` such as "a = ?1".
  std::string UpdateSql(absl::string_view table, absl::string_view key) const;

 private:
  std::string Parameters() const;

  std::vector<std::string> names_;
};

// Binds a record to the parameters 1, 2, … of a statement.
class RowWriter {
 public:
  explicit RowWriter(Statement& statement) : statement_(statement) {}

  template <typename Value>
  void Column(absl::string_view name, const Value& value) {
    if constexpr (kIsOptional<Value>) {
      if (value.has_value()) return Column(name, *value);
      statement_.BindNull(parameter_++);
    } else if constexpr (std::is_same_v<Value, double>) {
      Real(name, value);
    } else if constexpr (std::is_same_v<Value, std::string>) {
      Text(name, value);
    } else if constexpr (std::is_same_v<Value, BlobView>) {
      Blob(name, value.bytes);
    } else if constexpr (kIsVector<Value>) {
      Text(name, ToText(value));
    } else {
      Integer(name, ToInteger(value));
    }
  }

  template <typename Value>
  void Column(absl::string_view name, const Value& value,
              const std::type_identity_t<Value>& /*of_null*/) {
    Column(name, value);
  }

  // Binds the checksum, after all columns.
  void Finish();

 private:
  void Integer(absl::string_view name, int64_t value);
  void Real(absl::string_view name, double value);
  void Text(absl::string_view name, absl::string_view value);
  void Blob(absl::string_view name, absl::string_view value);

  Statement& statement_;
  int parameter_ = 1;
  RowChecksum checksum_;
};

// Reads a record from the columns of a statement's row, from `first_column` on.
class RowReader {
 public:
  explicit RowReader(Statement& statement, int first_column = 0)
      : statement_(statement), column_(first_column) {}

  template <typename Value>
  void Column(absl::string_view name, Value& value) {
    if (statement_.IsNull(column_)) {
      value = Value();
      ++column_;
      return;
    }
    if constexpr (kIsOptional<Value>) {
      Column(name, value.emplace());
    } else if constexpr (std::is_same_v<Value, double>) {
      value = Real(name);
    } else if constexpr (std::is_same_v<Value, std::string>) {
      value = std::string(Text(name));
    } else if constexpr (std::is_same_v<Value, BlobView>) {
      value.bytes = Blob(name);  // Valid until the statement's next step.
    } else if constexpr (kIsVector<Value>) {
      FromText(Text(name), value);
    } else {
      FromInteger(Integer(name), value);
    }
  }

  template <typename Value>
  void Column(absl::string_view name, Value& value, const std::type_identity_t<Value>& of_null) {
    const bool is_null = statement_.IsNull(column_);
    Column(name, value);
    if (is_null) value = of_null;
  }

  // After all columns: whether the checksum is right. The next column is then the one behind it.
  bool Finish();

  int next_column() const { return column_; }

 private:
  int64_t Integer(absl::string_view name);
  double Real(absl::string_view name);
  absl::string_view Text(absl::string_view name);
  absl::string_view Blob(absl::string_view name);

  Statement& statement_;
  int column_;
  RowChecksum checksum_;
};

// DataLoss for a record, such as "jobs/k3v9", whose checksum is wrong.
absl::Status CorruptRecord(absl::string_view name);

// DataLoss for a record that must be there and is not.
absl::Status MissingRecord(absl::string_view name);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_ROW_H_
