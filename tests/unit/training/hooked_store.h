#ifndef PERCEPT_TESTS_UNIT_TRAINING_HOOKED_STORE_H_
#define PERCEPT_TESTS_UNIT_TRAINING_HOOKED_STORE_H_

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "server/storage/repositories.h"

namespace percept::training {

// What a test puts in the way of a store. Unset ones do nothing. An error is returned in place of
// the call, which is then not made.
struct StoreHooks {
  std::function<absl::Status(const storage::JobRecord&)> before_insert;
  std::function<absl::Status(const storage::JobRecord&)> before_update;
  std::function<absl::Status(const storage::TestEvaluation&)> before_append_test_evaluation;
  std::function<void(const storage::JobRecord&)> after_insert;
  std::function<void(const storage::JobRecord&)> after_get;
  std::function<absl::Status(absl::Span<const storage::PendingSnapshots>)> before_append;
  std::function<absl::Status(absl::Span<const storage::PendingEpoch>)> before_append_epochs;
  std::function<absl::Status(const storage::CheckpointRecord&)> before_save_checkpoint;
  std::function<absl::Status(std::vector<storage::SnapshotRecord>&)> after_read;
  std::function<absl::Status(int64_t begin_index, int64_t end_index)> before_thin;
  std::function<void()> after_thin;
};

// Hands all calls on to a store, past the hooks. Thread-safe; hooks are called under no lock.
class HookedStore final : public storage::Store {
 public:
  // `store` must outlive this.
  explicit HookedStore(storage::Store* store);

  void SetHooks(StoreHooks hooks) ABSL_LOCKS_EXCLUDED(mutex_);

  storage::JobRepository& jobs() override { return jobs_; }
  storage::SnapshotRepository& snapshots() override { return snapshots_; }
  data::DatasetRepository& datasets() override { return store_->datasets(); }
  data::UploadRepository& uploads() override { return store_->uploads(); }
  absl::Status Flush() override { return store_->Flush(); }
  absl::StatusOr<int64_t> UsedBytes() const override { return store_->UsedBytes(); }

 private:
  class Jobs final : public storage::JobRepository {
   public:
    explicit Jobs(HookedStore* owner) : owner_(owner) {}
    absl::Status Insert(const storage::JobRecord& job) override;
    absl::Status Update(const storage::JobRecord& job, storage::JobState expected) override;
    absl::StatusOr<storage::JobRecord> Get(absl::string_view id) const override;
    absl::StatusOr<storage::JobRecord> GetByRequestId(absl::string_view owner,
                                                      absl::string_view request_id) const override;
    absl::StatusOr<Page> List(const storage::JobFilter& filter, bool newest_first,
                              std::optional<Cursor> cursor, int limit) const override;
    absl::StatusOr<Page> ListUnfinished() const override;
    absl::Status Delete(absl::string_view id) override;
    absl::StatusOr<bool> Purge() override;
    absl::Status AppendTestEvaluation(absl::string_view id,
                                      const storage::TestEvaluation& evaluation) override;
    absl::Status SetVisibility(absl::string_view id, Visibility visibility) override;
    absl::StatusOr<int64_t> KeptBytes(absl::string_view owner) const override;
    absl::StatusOr<int64_t> Count(const storage::JobFilter& filter) const override;

   private:
    HookedStore* const owner_;
  };

  class Snapshots final : public storage::SnapshotRepository {
   public:
    explicit Snapshots(HookedStore* owner) : owner_(owner) {}
    absl::Status Append(absl::Span<const storage::PendingSnapshots> blocks) override;
    absl::Status AppendEpochs(absl::Span<const storage::PendingEpoch> epochs) override;
    absl::StatusOr<std::vector<storage::EpochRecord>> ReadEpochs(absl::string_view job_id,
                                                                 int32_t first_epoch,
                                                                 int limit) const override;
    absl::StatusOr<std::vector<storage::SnapshotRecord>> Read(absl::string_view job_id,
                                                              int64_t start_index, int limit,
                                                              View view,
                                                              int64_t max_bytes) const override;
    absl::Status VisitHeads(
        absl::string_view job_id, int64_t start_index, int64_t end_index,
        absl::FunctionRef<void(const storage::SnapshotHead&)> visit) const override;
    absl::StatusOr<int64_t> Thin(absl::string_view job_id, int64_t begin_index, int64_t end_index,
                                 absl::FunctionRef<bool(int64_t)> keeps) override;
    absl::Status SaveCheckpoint(absl::string_view job_id,
                                const storage::CheckpointRecord& checkpoint) override;
    absl::StatusOr<std::optional<storage::CheckpointRecord>> ReadCheckpoint(
        absl::string_view job_id) const override;
    absl::StatusOr<int64_t> BestIndex(absl::string_view job_id) const override;

   private:
    HookedStore* const owner_;
  };

  StoreHooks hooks() const ABSL_LOCKS_EXCLUDED(mutex_);

  storage::Store* const store_;
  Jobs jobs_{this};
  Snapshots snapshots_{this};
  mutable absl::Mutex mutex_;
  StoreHooks hooks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_HOOKED_STORE_H_
