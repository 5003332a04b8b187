#include "tests/unit/training/hooked_store.h"

#include "server/base/status.h"

namespace percept::training {

HookedStore::HookedStore(storage::Store* store) : store_(store) {}

void HookedStore::SetHooks(StoreHooks hooks) {
  absl::MutexLock lock(&mutex_);
  hooks_ = std::move(hooks);
}

StoreHooks HookedStore::hooks() const {
  absl::MutexLock lock(&mutex_);
  return hooks_;
}

absl::Status HookedStore::Jobs::Insert(const storage::JobRecord& job) {
  const StoreHooks hooks = owner_->hooks();
  if (hooks.before_insert) PERCEPT_RETURN_IF_ERROR(hooks.before_insert(job));
  PERCEPT_RETURN_IF_ERROR(owner_->store_->jobs().Insert(job));
  if (hooks.after_insert) hooks.after_insert(job);
  return absl::OkStatus();
}

absl::Status HookedStore::Jobs::Update(const storage::JobRecord& job, storage::JobState expected) {
  if (const StoreHooks hooks = owner_->hooks(); hooks.before_update) {
    PERCEPT_RETURN_IF_ERROR(hooks.before_update(job));
  }
  return owner_->store_->jobs().Update(job, expected);
}

absl::StatusOr<storage::JobRecord> HookedStore::Jobs::Get(absl::string_view id) const {
  PERCEPT_ASSIGN_OR_RETURN(storage::JobRecord job, owner_->store_->jobs().Get(id));
  if (const StoreHooks hooks = owner_->hooks(); hooks.after_get) hooks.after_get(job);
  return job;
}

absl::StatusOr<storage::JobRecord> HookedStore::Jobs::GetByRequestId(
    absl::string_view owner, absl::string_view request_id) const {
  return owner_->store_->jobs().GetByRequestId(owner, request_id);
}

absl::StatusOr<storage::JobRepository::Page> HookedStore::Jobs::List(
    const storage::JobFilter& filter, bool newest_first, std::optional<Cursor> cursor,
    int limit) const {
  return owner_->store_->jobs().List(filter, newest_first, cursor, limit);
}

absl::StatusOr<storage::JobRepository::Page> HookedStore::Jobs::ListUnfinished() const {
  return owner_->store_->jobs().ListUnfinished();
}

absl::Status HookedStore::Jobs::Delete(absl::string_view id) {
  return owner_->store_->jobs().Delete(id);
}

absl::StatusOr<bool> HookedStore::Jobs::Purge() { return owner_->store_->jobs().Purge(); }

absl::Status HookedStore::Jobs::AppendTestEvaluation(absl::string_view id,
                                                     const storage::TestEvaluation& evaluation) {
  if (const StoreHooks hooks = owner_->hooks(); hooks.before_append_test_evaluation) {
    PERCEPT_RETURN_IF_ERROR(hooks.before_append_test_evaluation(evaluation));
  }
  return owner_->store_->jobs().AppendTestEvaluation(id, evaluation);
}

absl::Status HookedStore::Jobs::SetVisibility(absl::string_view id, Visibility visibility) {
  return owner_->store_->jobs().SetVisibility(id, visibility);
}

absl::StatusOr<int64_t> HookedStore::Jobs::KeptBytes(absl::string_view owner) const {
  return owner_->store_->jobs().KeptBytes(owner);
}

absl::StatusOr<int64_t> HookedStore::Jobs::Count(const storage::JobFilter& filter) const {
  return owner_->store_->jobs().Count(filter);
}

absl::Status HookedStore::Snapshots::Append(absl::Span<const storage::PendingSnapshots> blocks) {
  if (const StoreHooks hooks = owner_->hooks(); hooks.before_append) {
    PERCEPT_RETURN_IF_ERROR(hooks.before_append(blocks));
  }
  return owner_->store_->snapshots().Append(blocks);
}

absl::Status HookedStore::Snapshots::AppendEpochs(absl::Span<const storage::PendingEpoch> epochs) {
  if (const StoreHooks hooks = owner_->hooks(); hooks.before_append_epochs) {
    PERCEPT_RETURN_IF_ERROR(hooks.before_append_epochs(epochs));
  }
  return owner_->store_->snapshots().AppendEpochs(epochs);
}

absl::StatusOr<std::vector<storage::EpochRecord>> HookedStore::Snapshots::ReadEpochs(
    absl::string_view job_id, int32_t first_epoch, int limit) const {
  return owner_->store_->snapshots().ReadEpochs(job_id, first_epoch, limit);
}

absl::StatusOr<std::vector<storage::SnapshotRecord>> HookedStore::Snapshots::Read(
    absl::string_view job_id, int64_t start_index, int limit, View view, int64_t max_bytes) const {
  PERCEPT_ASSIGN_OR_RETURN(
      std::vector<storage::SnapshotRecord> snapshots,
      owner_->store_->snapshots().Read(job_id, start_index, limit, view, max_bytes));
  if (const StoreHooks hooks = owner_->hooks(); hooks.after_read) {
    PERCEPT_RETURN_IF_ERROR(hooks.after_read(snapshots));
  }
  return snapshots;
}

absl::Status HookedStore::Snapshots::VisitHeads(
    absl::string_view job_id, int64_t start_index, int64_t end_index,
    absl::FunctionRef<void(const storage::SnapshotHead&)> visit) const {
  return owner_->store_->snapshots().VisitHeads(job_id, start_index, end_index, visit);
}

absl::StatusOr<int64_t> HookedStore::Snapshots::Thin(absl::string_view job_id, int64_t begin_index,
                                                     int64_t end_index,
                                                     absl::FunctionRef<bool(int64_t)> keeps) {
  const StoreHooks hooks = owner_->hooks();
  if (hooks.before_thin) PERCEPT_RETURN_IF_ERROR(hooks.before_thin(begin_index, end_index));
  const absl::StatusOr<int64_t> thinned =
      owner_->store_->snapshots().Thin(job_id, begin_index, end_index, keeps);
  if (hooks.after_thin) hooks.after_thin();
  return thinned;
}

absl::Status HookedStore::Snapshots::SaveCheckpoint(absl::string_view job_id,
                                                    const storage::CheckpointRecord& checkpoint) {
  if (const StoreHooks hooks = owner_->hooks(); hooks.before_save_checkpoint) {
    PERCEPT_RETURN_IF_ERROR(hooks.before_save_checkpoint(checkpoint));
  }
  return owner_->store_->snapshots().SaveCheckpoint(job_id, checkpoint);
}

absl::StatusOr<std::optional<storage::CheckpointRecord>> HookedStore::Snapshots::ReadCheckpoint(
    absl::string_view job_id) const {
  return owner_->store_->snapshots().ReadCheckpoint(job_id);
}

absl::StatusOr<int64_t> HookedStore::Snapshots::BestIndex(absl::string_view job_id) const {
  return owner_->store_->snapshots().BestIndex(job_id);
}

}  // namespace percept::training
