#ifndef PERCEPT_TESTS_CONTRACT_STORE_SUITE_H_
#define PERCEPT_TESTS_CONTRACT_STORE_SUITE_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"

#include "server/storage/repositories.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

// What any implementation of server/storage/repositories.h must do. A program that links the suites
// instantiates each of the six with its store:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, JobRepositoryContract, ::testing::Values(kind));
namespace percept::storage {

// A kind of store.
struct StoreKind {
  std::string name;
  // Opens the store that a folder holds, or an empty one.
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::string& folder)> open;
};
inline void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }

class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override { Open(); }

  // Closes the store and opens it again.
  void Reopen() {
    store_ = nullptr;
    Open();
  }

  Store& store() { return *store_; }
  JobRepository& jobs() { return store_->jobs(); }
  SnapshotRepository& snapshots() { return store_->snapshots(); }
  data::DatasetRepository& datasets() { return store_->datasets(); }
  data::UploadRepository& uploads() { return store_->uploads(); }

 private:
  void Open() { ASSERT_OK_AND_ASSIGN(store_, GetParam().open(folder_.path())); }

  const testing::TempDir folder_;
  std::unique_ptr<Store> store_;
};

class JobRepositoryContract : public StoreContract {};

class JobDeletionContract : public StoreContract {
 protected:
  // Stores a failed job of which there is, or was, something in every part of the store.
  void InsertWithEverything(const std::string& id, const std::string& parameters = "parameters");

  // Takes a job from a state into a final one.
  void End(const std::string& id, JobState from, JobState state);

  // Frees all there is; how often something could be freed.
  int PurgeAll();

  void ExpectGone(const std::string& id);
};

class SnapshotRepositoryContract : public StoreContract {};

// On job "a", which waits.
class ThinningContract : public StoreContract {
 protected:
  void SetUp() override;

  // Appends 20 snapshots in blocks of three. One may be better than the others.
  void AppendAll(int64_t best_index = 0);

  absl::StatusOr<std::vector<SnapshotRecord>> ReadFull(int64_t index, int limit = 1);

  // Of the snapshots that have kept their parameters, which must be the right ones.
  std::vector<int64_t> KeptIndices();
};

class DatasetRepositoryContract : public StoreContract {};
class UploadRepositoryContract : public StoreContract {};

}  // namespace percept::storage

#endif  // PERCEPT_TESTS_CONTRACT_STORE_SUITE_H_
