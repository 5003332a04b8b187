#ifndef PERCEPT_SERVER_STORAGE_SQLITE_SCHEMA_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_SCHEMA_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/storage/sqlite/connection.h"

namespace percept::storage {

// Marks a database file as ours: "PCPT", in the field that SQLite keeps for this.
inline constexpr int32_t kApplicationId = 0x50435054;

// Takes a schema to the next version.
struct Migration {
  const char* sql = "";
  // What SQL cannot do to the rows, after it. May be null.
  absl::Status (*convert)(Connection&) = nullptr;
};

// Takes a schema from version i to version i + 1, at place i. What was released is never changed; a
// column that is added may be NULL, so that rows keep their checksums.
absl::Span<const Migration> Migrations();

// FailedPrecondition, naming `file`, unless the database is empty or ours, and of a version that
// `migrations` know.
absl::Status CheckSchema(Connection& connection, const std::string& file,
                         absl::Span<const Migration> migrations);

// Brings a database that passed the check up to date, each migration in a transaction of its own.
absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_SCHEMA_H_
