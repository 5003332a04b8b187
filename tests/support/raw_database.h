#ifndef PERCEPT_TESTS_SUPPORT_RAW_DATABASE_H_
#define PERCEPT_TESTS_SUPPORT_RAW_DATABASE_H_

#include <string>

#include "gmock/gmock.h"
#include <sqlite3.h>

namespace percept::testing {

// A connection to a store's file that knows nothing of the store.
class RawDatabase {
 public:
  explicit RawDatabase(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
  }
  ~RawDatabase() { sqlite3_close(database_); }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  void Run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(database_);
  }

  // False when the database refuses it.
  bool TryRun(const std::string& sql) {
    return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }

  // The first column of all rows, a line each.
  std::string Query(const std::string& sql) {
    std::string lines;
    const auto append = [](void* out, int /*columns*/, char** values, char** /*names*/) {
      static_cast<std::string*>(out)
          ->append(values[0] == nullptr ? "NULL" : values[0])
          .push_back('\n');
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), append, &lines, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(database_);
    return lines;
  }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_RAW_DATABASE_H_
