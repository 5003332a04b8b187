#include "tests/bench/jobs/stored_jobs.h"

#include <filesystem>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "server/base/crc32c.h"
#include "server/storage/repositories.h"
#include "server/storage/sqlite/sqlite_store.h"

namespace percept::bench {
namespace {

constexpr size_t kParameterBytes = 17 * sizeof(float);
constexpr size_t kJobsPerCommit = 500;

storage::JobRecord Job(int64_t number) {
  storage::JobRecord job;
  job.id = StoredJobId(number);
  job.owner = absl::StrFormat("owner-%d", number % 5);
  job.spec.dataset = number % 3 == 0 ? "xor" : "bullseye";
  job.spec.model.kind = ModelKind::kMlp;
  job.spec.model.hidden_units = {3};
  job.spec.label = absl::StrFormat("run %d", number % 100);
  job.state = number % 10 == 0 ? storage::JobState::kCancelled : storage::JobState::kSucceeded;
  job.create_time = absl::FromUnixSeconds(1700000000 + number);
  job.start_time = job.create_time;
  job.end_time = job.create_time + absl::Seconds(1);
  job.attempt = 1;
  job.instruction_set = "x86-64-v3";
  job.engine_revision = 1;
  job.inputs = 2;
  job.classes = 2;
  job.train_examples = 400;
  job.parameter_count = 17;
  return job;
}

std::shared_ptr<storage::SnapshotBlock> Block(int64_t snapshots) {
  const std::string parameters(kParameterBytes, '\x3f');
  auto block = std::make_shared<storage::SnapshotBlock>(0);
  for (int64_t index = 0; index < snapshots; ++index) {
    storage::BorrowedSnapshot snapshot;
    snapshot.index = index;
    snapshot.step = index * 2;
    snapshot.instances = index * 10;
    snapshot.metrics.validation_accuracy = 0.5;
    snapshot.metrics.validation_loss = 1.0 / static_cast<double>(index + 1);
    snapshot.create_time = absl::FromUnixSeconds(1700000000);
    snapshot.parameters_crc32c = Crc32c(parameters);
    snapshot.parameters = parameters;
    block->Add(snapshot);
  }
  return block;
}

}  // namespace

std::string StoredJobId(int64_t number) { return absl::StrFormat("job%07d", number); }

absl::Status StoreJobs(const std::string& data_dir, int64_t jobs, int64_t snapshots_each) {
  std::filesystem::create_directories(data_dir);
  const absl::StatusOr<std::unique_ptr<storage::Store>> store =
      storage::OpenSqliteStore(data_dir + "/percept.db");
  if (!store.ok()) return store.status();
  const std::shared_ptr<const storage::SnapshotBlock> block = Block(snapshots_each);
  std::vector<storage::PendingSnapshots> pending;
  for (int64_t number = 0; number < jobs; ++number) {
    const storage::JobRecord job = Job(number);
    if (absl::Status stored = (*store)->jobs().Insert(job); !stored.ok()) return stored;
    pending.push_back({.job_id = job.id, .block = block});
    if (pending.size() < kJobsPerCommit && number + 1 < jobs) continue;
    if (absl::Status stored = (*store)->snapshots().Append(pending); !stored.ok()) return stored;
    pending.clear();
  }
  return absl::OkStatus();
}

}  // namespace percept::bench
