#ifndef PERCEPT_TESTS_UNIT_TRAINING_JOB_STORE_H_
#define PERCEPT_TESTS_UNIT_TRAINING_JOB_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/training/example_jobs.h"
#include "tests/unit/training/hooked_store.h"

namespace percept::training {

// A store on a folder of its own, with hooks, that holds jobs without snapshots.
struct JobStore {
  explicit JobStore(const std::vector<std::string>& job_ids) {
    for (const std::string& id : job_ids) store.jobs().Insert(Job(id)).IgnoreError();
  }

  static storage::JobRecord Job(const std::string& id) {
    storage::JobRecord job = JobFor(XorSpec(), data::Generate(XorSource()));
    job.id = id;
    return job;
  }

  // All snapshots of a job, in the full view.
  std::vector<storage::SnapshotRecord> Snapshots(const std::string& job_id) {
    return store.snapshots()
        .Read(job_id, 0, 1'000'000, storage::SnapshotRepository::View::kFull, int64_t{1} << 40)
        .value();
  }

  const percept::testing::TempDir folder;
  const std::unique_ptr<storage::Store> sqlite =
      storage::OpenSqliteStore(folder.File("percept.db")).value();
  HookedStore store{sqlite.get()};
};

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_JOB_STORE_H_
