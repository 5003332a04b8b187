#include "server/training/snapshot_writer.h"

#include <pthread.h>

#include "server/base/logging.h"
#include "server/base/meters.h"
#include "server/base/status.h"

namespace percept::training {
namespace {

// Of the bookkeeping of a snapshot or an epoch.
constexpr int64_t kItemOverheadBytes = 128;

// A job's part of a group ends with the block that takes it to this. Transactions that outgrow
// SQLite's page cache (2 MB) cost twice as much by the byte.
constexpr int64_t kGroupBytes = int64_t{1} << 20;

int64_t PayloadBytes(const storage::BorrowedSnapshot& snapshot) {
  return static_cast<int64_t>(snapshot.parameters.size() +
                              snapshot.batch_indices.size() * sizeof(uint32_t));
}

// What handing over has reserved: a block's snapshots, and a checkpoint.
int64_t ReservedBytes(const storage::SnapshotBlock& block) {
  const storage::SnapshotBlockView view = block.view();
  return static_cast<int64_t>(view.parameters.size() + view.batch_indices.size()) +
         view.count * kItemOverheadBytes;
}
int64_t ReservedBytes(const storage::CheckpointRecord& checkpoint) {
  return static_cast<int64_t>(checkpoint.state.size()) + kItemOverheadBytes;
}

}  // namespace

SnapshotWriter::SnapshotWriter(storage::SnapshotRepository* repository, Retention retention)
    : repository_(repository), retention_(retention) {
  thread_ = std::thread([this] { Work(); });
  pthread_setname_np(thread_.native_handle(), "store");
}

SnapshotWriter::~SnapshotWriter() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

// --- On the trainers' threads ---

absl::Status SnapshotWriter::Append(const std::shared_ptr<Lane>& lane,
                                    const storage::BorrowedSnapshot& snapshot) {
  const int64_t payload_bytes = PayloadBytes(snapshot);
  return Push(lane, payload_bytes + kItemOverheadBytes, [&](Lane::Waiting& waiting) {
    if (waiting.blocks.empty() || !waiting.blocks.back()->HasRoom(payload_bytes)) {
      waiting.blocks.push_back(std::make_shared<storage::SnapshotBlock>(snapshot.index));
    }
    waiting.blocks.back()->Add(snapshot);
  });
}

absl::Status SnapshotWriter::AppendEpoch(const std::shared_ptr<Lane>& lane,
                                         const storage::EpochRecord& epoch) {
  return Push(lane, kItemOverheadBytes,
              [&epoch](Lane::Waiting& waiting) { waiting.epochs.push_back(epoch); });
}

absl::Status SnapshotWriter::SaveCheckpoint(const std::shared_ptr<Lane>& lane,
                                            storage::CheckpointRecord checkpoint) {
  int64_t replaced_bytes = 0;
  const absl::Status status =
      Push(lane, ReservedBytes(checkpoint), [&checkpoint, &replaced_bytes](Lane::Waiting& waiting) {
        if (waiting.checkpoint.has_value()) replaced_bytes = ReservedBytes(*waiting.checkpoint);
        waiting.size_bytes -= replaced_bytes;
        waiting.checkpoint = std::move(checkpoint);
      });
  if (replaced_bytes > 0) Release(replaced_bytes);
  return status;
}

template <typename Add>
absl::Status SnapshotWriter::Push(const std::shared_ptr<Lane>& lane, int64_t size_bytes,
                                  const Add& add) {
  while (!TryReserve(size_bytes)) AwaitRoom(size_bytes);
  absl::Status status;
  bool is_first = false;
  {
    absl::MutexLock lock(&lane->mutex_);
    status = lane->status_;
    if (status.ok()) {
      is_first = lane->waiting_.size_bytes == 0;
      lane->waiting_.size_bytes += size_bytes;
      add(lane->waiting_);
    }
  }
  if (is_first) Announce(lane);
  if (!status.ok()) Release(size_bytes);
  return status;
}

// A snapshot larger than the bound goes alone.
bool SnapshotWriter::HasRoom(int64_t queued_bytes, int64_t size_bytes) {
  return queued_bytes == 0 || queued_bytes + size_bytes <= kQueueBytes;
}

bool SnapshotWriter::TryReserve(int64_t size_bytes) {
  int64_t queued_bytes = queued_bytes_.load(std::memory_order_relaxed);
  while (HasRoom(queued_bytes, size_bytes)) {
    if (queued_bytes_.compare_exchange_weak(queued_bytes, queued_bytes + size_bytes,
                                            std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

void SnapshotWriter::AwaitRoom(int64_t size_bytes) {
  absl::MutexLock lock(&mutex_);
  const auto has_room = [this, size_bytes] {
    return HasRoom(queued_bytes_.load(std::memory_order_relaxed), size_bytes);
  };
  ++in_a_hurry_;
  mutex_.Await(absl::Condition(&has_room));
  --in_a_hurry_;
}

void SnapshotWriter::Release(int64_t size_bytes) {
  absl::MutexLock lock(&mutex_);  // Which wakes those that wait for room.
  queued_bytes_.fetch_sub(size_bytes, std::memory_order_relaxed);
}

void SnapshotWriter::Announce(const std::shared_ptr<Lane>& lane) {
  absl::MutexLock lock(&mutex_);
  ++lane->unfinished_groups_;
  announced_.push_back(lane);
}

absl::Status SnapshotWriter::Drain(const std::shared_ptr<Lane>& lane) {
  {
    absl::MutexLock lock(&mutex_);
    const auto drained = [&lane] { return lane->unfinished_groups_ == 0; };
    ++in_a_hurry_;
    mutex_.Await(absl::Condition(&drained));
    --in_a_hurry_;
  }
  absl::MutexLock lock(&lane->mutex_);
  return lane->status_;
}

// --- On the store's thread ---

void SnapshotWriter::Work() {
  while (true) {
    std::vector<std::shared_ptr<Lane>> lanes;
    {
      absl::MutexLock lock(&mutex_);
      const bool is_thinning = !thinned_.empty();
      const auto has_work = [this, is_thinning]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || is_thinning || !announced_.empty();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (stopping_ && announced_.empty()) return;
      lanes.swap(announced_);
    }
    const bool took_all = lanes.empty() || Store(lanes);
    if (!thinned_.empty()) {
      ThinSome();
    } else if (took_all) {
      Gather();
    }
  }
}

void SnapshotWriter::Gather() {
  absl::MutexLock lock(&mutex_);
  const auto is_awaited = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || in_a_hurry_ > 0;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&is_awaited), kGatherTime);
}

bool SnapshotWriter::Store(const std::vector<std::shared_ptr<Lane>>& lanes) {
  bool took_all = true;
  std::vector<Group> groups;
  for (const std::shared_ptr<Lane>& lane : lanes) {
    groups.push_back(Take(lane));
    if (groups.back().leaves_more) Announce(lane);
    took_all &= !groups.back().leaves_more;
  }
  const absl::Status together = Commit(groups);
  for (const Group& group : groups) {
    // When they fail together, each is tried alone, so that one job's fault is not another's.
    const bool is_final = together.ok() || groups.size() == 1;
    Publish(group, is_final ? together : Commit({&group, 1}));
    if (!group.items.checkpoint.has_value()) Finish(group);
  }
  // Checkpoints may be large: other jobs' snapshots do not wait for them.
  for (const Group& group : groups) {
    if (!group.items.checkpoint.has_value()) continue;
    CommitCheckpoint(group);
    Finish(group);
  }
  return took_all;
}

// Of a block that holds snapshots from before it and from after it, the latter go along.
bool SnapshotWriter::Lane::Waiting::HasCheckpointInTurn() const {
  return checkpoint.has_value() &&
         (blocks.empty() || blocks.front()->first_index() >= checkpoint->snapshot_count);
}

SnapshotWriter::Group SnapshotWriter::Take(const std::shared_ptr<Lane>& lane) {
  absl::MutexLock lock(&lane->mutex_);
  Lane::Waiting& waiting = lane->waiting_;
  if (!lane->status_.ok()) {  // Nothing is stored, only released.
    return {lane, {.size_bytes = std::exchange(waiting, {}).size_bytes}};
  }
  Group group{lane, {.epochs = std::exchange(waiting.epochs, {})}};
  Lane::Waiting& items = group.items;
  items.size_bytes = static_cast<int64_t>(items.epochs.size()) * kItemOverheadBytes;
  auto next = waiting.blocks.begin();
  while (next != waiting.blocks.end() && items.size_bytes < kGroupBytes) {
    items.size_bytes += ReservedBytes(**next);
    items.blocks.push_back(std::move(*next++));
  }
  waiting.blocks.erase(waiting.blocks.begin(), next);
  if (waiting.HasCheckpointInTurn()) {
    items.size_bytes += ReservedBytes(*waiting.checkpoint);
    items.checkpoint = std::exchange(waiting.checkpoint, std::nullopt);
  }
  waiting.size_bytes -= items.size_bytes;
  group.leaves_more = waiting.size_bytes > 0;
  return group;
}

// Epochs come first, so that none is missing before a snapshot that is published. They may be
// stored again: the store keeps the first.
absl::Status SnapshotWriter::Commit(absl::Span<const Group> groups) {
  std::vector<storage::PendingSnapshots> blocks;
  std::vector<storage::PendingEpoch> epochs;
  for (const Group& group : groups) {
    for (const auto& block : group.items.blocks) blocks.push_back({group.lane->job_id_, block});
    for (const auto& epoch : group.items.epochs) epochs.push_back({group.lane->job_id_, epoch});
  }
  if (!epochs.empty()) PERCEPT_RETURN_IF_ERROR(repository_->AppendEpochs(epochs));
  return blocks.empty() ? absl::OkStatus() : repository_->Append(blocks);
}

void SnapshotWriter::Publish(const Group& group, const absl::Status& committed) {
  if (!committed.ok()) return Fail(*group.lane, committed);
  Lane& lane = *group.lane;
  for (const auto& block : group.items.blocks) {
    Meters::Process().snapshots_published.Add(block->end_index() - block->first_index());
  }
  if (log::WritesDebug() && !group.items.blocks.empty()) {
    log::Debug("snapshots are published", {{"job", lane.job_id_},
                                           {"first", group.items.blocks.front()->first_index()},
                                           {"last", group.items.blocks.back()->end_index() - 1}});
  }
  lane.history_->Publish({group.items.blocks.begin(), group.items.blocks.end()});
  if (lane.is_thinned_) return;
  if (!lane.thinning_.has_value()) lane.thinning_.emplace(lane.history_->job(), retention_);
  lane.is_thinned_ = lane.thinning_->IsDue(lane.history_->count(), lane.history_->thinned_count());
  if (lane.is_thinned_) thinned_.push_back(group.lane);
}

void SnapshotWriter::CommitCheckpoint(const Group& group) {
  Lane& lane = *group.lane;
  {
    absl::MutexLock lock(&lane.mutex_);
    if (!lane.status_.ok()) return;
  }
  const absl::Status status = repository_->SaveCheckpoint(lane.job_id_, *group.items.checkpoint);
  if (!status.ok()) Fail(lane, status);
}

void SnapshotWriter::ThinSome() {
  const std::shared_ptr<Lane> lane = std::move(thinned_.front());
  thinned_.pop_front();
  lane->is_thinned_ = Thin(*lane);
  if (lane->is_thinned_) thinned_.push_back(lane);
}

bool SnapshotWriter::Thin(Lane& lane) {
  SnapshotHistory& history = *lane.history_;
  const std::optional<Thinning::Step> step =
      lane.thinning_->Next(history.count(), history.thinned_count());
  if (!step.has_value()) return false;
  const absl::StatusOr<int64_t> thinned =
      repository_->Thin(lane.job_id_, step->begin, step->end,
                        [&step](int64_t index) { return step->kept.Keeps(index); });
  if (thinned.ok()) {
    history.AddThinned(*thinned);
    return true;
  }
  if (absl::IsNotFound(thinned.status())) return false;  // The job has been deleted.
  // The job trains on: what it takes more than it may is better than its end.
  log::Error("snapshots could not be thinned",
             {{"job", lane.job_id_}, {"error", thinned.status().message()}});
  return absl::IsDataLoss(thinned.status());  // Past the damage there may be enough to drop.
}

void SnapshotWriter::Fail(Lane& lane, const absl::Status& status) {
  log::Error("what a job hands on could not be stored",
             {{"job", lane.job_id_}, {"error", status.message()}});
  absl::MutexLock lock(&lane.mutex_);
  if (lane.status_.ok()) lane.status_ = status;
}

void SnapshotWriter::Finish(const Group& group) {
  Release(group.items.size_bytes);
  absl::MutexLock lock(&mutex_);
  --group.lane->unfinished_groups_;
}

}  // namespace percept::training
