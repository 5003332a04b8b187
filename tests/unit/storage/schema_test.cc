#include "server/storage/sqlite/schema.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::storage {
namespace {

using ::percept::testing::NewJob;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(Migrate, TakesAnOlderSchemaThroughEveryStep) {
  constexpr Migration kSteps[] = {
      {"CREATE TABLE a (x)"},
      {"INSERT INTO a VALUES (1); CREATE TABLE b (y)",
       [](Connection& connection) { return connection.Execute("UPDATE a SET x = 10 * x"); }},
      {"INSERT INTO b SELECT x + 1 FROM a"}};
  ASSERT_OK_AND_ASSIGN(const auto connection,
                       Connection::Open(":memory:", Connection::Mode::kCreate));
  ASSERT_OK(Migrate(*connection, absl::MakeSpan(kSteps, 1)));
  EXPECT_EQ(*connection->QueryInteger("PRAGMA user_version"), 1);
  EXPECT_EQ(*connection->QueryInteger("PRAGMA application_id"), kApplicationId);
  ASSERT_OK(CheckSchema(*connection, "file", kSteps));
  ASSERT_OK(Migrate(*connection, kSteps));
  EXPECT_EQ(*connection->QueryInteger("PRAGMA user_version"), 3);
  EXPECT_EQ(*connection->QueryInteger("SELECT y FROM b"), 11);
  ASSERT_OK(Migrate(*connection, kSteps));
  EXPECT_EQ(*connection->QueryInteger("SELECT count(*) FROM b"), 1);
}

TEST(Migrate, LeavesNothingOfAStepThatFails) {
  constexpr Migration kBroken[] = {{"CREATE TABLE a (x)"},
                                   {"CREATE TABLE b (y); INSERT INTO nowhere VALUES (1)"}};
  ASSERT_OK_AND_ASSIGN(const auto connection,
                       Connection::Open(":memory:", Connection::Mode::kCreate));
  EXPECT_FALSE(Migrate(*connection, kBroken).ok());
  EXPECT_EQ(*connection->QueryInteger("PRAGMA user_version"), 1);
  EXPECT_EQ(*connection->QueryInteger("SELECT count(*) FROM sqlite_schema"), 1);
  constexpr Migration kRepaired[] = {{"CREATE TABLE a (x)"}, {"CREATE TABLE b (y)"}};
  EXPECT_OK(Migrate(*connection, kRepaired));
}

TEST(OpenSqliteStore, RefusesANewerSchemaAndLeavesItAlone) {
  const TempDir folder;
  const std::string path = folder.File("percept.db");
  ASSERT_OK(OpenSqliteStore(path));
  const size_t newest = Migrations().size();
  RawDatabase(path).Run(absl::StrCat("PRAGMA user_version = ", newest + 6));
  EXPECT_THAT(
      OpenSqliteStore(path),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(StartsWith(path), HasSubstr("newer perceptd"),
                     HasSubstr(absl::StrCat("must be at most ", newest, ", got ", newest + 6)))));
  EXPECT_EQ(RawDatabase(path).Query("PRAGMA user_version"), absl::StrCat(newest + 6, "\n"));
}

TEST(OpenSqliteStore, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  const TempDir folder;
  const std::string path = folder.File("percept.db");
  RawDatabase(path).Run("CREATE TABLE songs (title); PRAGMA application_id = 77");
  EXPECT_THAT(OpenSqliteStore(path),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(StartsWith(path), HasSubstr("is a database of another program"),
                             HasSubstr("0x0000004d"))));
  EXPECT_EQ(RawDatabase(path).Query("SELECT name FROM sqlite_schema"), "songs\n");
  EXPECT_EQ(RawDatabase(path).Query("PRAGMA journal_mode"), "delete\n");
}

TEST(OpenSqliteStore, RefusesADatabaseWithoutApplicationId) {
  const TempDir folder;
  const std::string path = folder.File("percept.db");
  RawDatabase(path).Run("CREATE TABLE songs (title)");
  EXPECT_THAT(OpenSqliteStore(path), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(OpenSqliteStore, RefusesAFileThatIsNoDatabase) {
  const TempDir folder;
  const std::string path = folder.File("percept.db");
  WriteFile(path, std::string(10000, 'x'));
  EXPECT_THAT(OpenSqliteStore(path), StatusIs(absl::StatusCode::kDataLoss, StartsWith(path)));
}

TEST(OpenSqliteStore, TakesAnEmptyFileForAnEmptyStore) {
  const TempDir folder;
  const std::string path = folder.File("percept.db");
  WriteFile(path, "");
  EXPECT_OK(OpenSqliteStore(path));
}

TEST(OpenSqliteStore, ReportsAFileThatIsCutOff) {
  const TempDir folder;
  const std::string path = folder.File("percept.db");
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenSqliteStore(path));
    ASSERT_OK(store->jobs().Insert(NewJob("a")));
  }
  std::filesystem::resize_file(path, 8192);
  EXPECT_THAT(OpenSqliteStore(path), StatusIs(absl::StatusCode::kDataLoss, StartsWith(path)));
}

TEST(OpenSqliteStore, NamesAPathThatCannotBeOpened) {
  const TempDir folder;
  const std::string nowhere = folder.File("missing/percept.db");
  EXPECT_THAT(OpenSqliteStore(nowhere), StatusIs(absl::StatusCode::kUnavailable,
                                                 AllOf(StartsWith(nowhere + ": unable to open"),
                                                       HasSubstr("No such file or directory"))));
  EXPECT_THAT(OpenSqliteStore(folder.path()),
              StatusIs(absl::StatusCode::kUnavailable, StartsWith(folder.path())));
}

TEST(OpenSqliteStore, TakesAPathWithCharactersOfAddresses) {
  const TempDir folder;
  const std::string path = folder.File("a b%20?mode=ro#c.db");
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> store, OpenSqliteStore(path));
    ASSERT_OK(store->jobs().Insert(NewJob("a")));
    ASSERT_OK(store->jobs().Get("a"));
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace percept::storage
