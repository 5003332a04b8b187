#include "server/storage/sqlite/sqlite_store.h"
#include "tests/contract/store_suite.h"

namespace percept::storage {
namespace {

absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& folder) {
  return OpenSqliteStore(folder + "/percept.db");
}

const StoreKind kSqlite{"SQLite", &Open};

INSTANTIATE_TEST_SUITE_P(Sqlite, JobRepositoryContract, ::testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, JobDeletionContract, ::testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, SnapshotRepositoryContract, ::testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, ThinningContract, ::testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, DatasetRepositoryContract, ::testing::Values(kSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, UploadRepositoryContract, ::testing::Values(kSqlite));

}  // namespace
}  // namespace percept::storage
