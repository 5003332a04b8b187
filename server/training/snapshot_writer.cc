#include "server/training/snapshot_writer.h"

#include <pthread.h>

#include <utility>
#include <vector>

#include "server/base/logging.h"
#include "server/base/status.h"

namespace percept::training {
namespace {

constexpr int64_t kItemOverheadBytes = 512;

int64_t SizeBytes(const storage::SnapshotRecord& snapshot) {
  int64_t size = kItemOverheadBytes;
  if (snapshot.parameters != nullptr) size += static_cast<int64_t>(snapshot.parameters->size());
  if (snapshot.batch_indices != nullptr) {
    size += static_cast<int64_t>(snapshot.batch_indices->size() * sizeof(uint32_t));
  }
  return size;
}

}  // namespace

SnapshotWriter::SnapshotWriter(storage::SnapshotRepository* repository) : repository_(repository) {
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

absl::Status SnapshotWriter::Append(const std::shared_ptr<Lane>& lane,
                                    storage::SnapshotRecord snapshot) {
  const int64_t size_bytes = SizeBytes(snapshot);
  return Push({lane, std::move(snapshot), size_bytes});
}

absl::Status SnapshotWriter::AppendEpoch(const std::shared_ptr<Lane>& lane,
                                         storage::EpochRecord epoch) {
  return Push({lane, epoch, kItemOverheadBytes});
}

absl::Status SnapshotWriter::Push(Item item) {
  const std::shared_ptr<Lane> lane = item.lane;
  absl::MutexLock lock(&mutex_);
  // A snapshot larger than the bound goes alone.
  const auto has_room = [this, &item, &lane]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !lane->status_.ok() || queued_bytes_ == 0 ||
           queued_bytes_ + item.size_bytes <= kQueueBytes;
  };
  mutex_.Await(absl::Condition(&has_room));
  if (!lane->status_.ok()) return lane->status_;
  queued_bytes_ += item.size_bytes;
  ++lane->pending_;
  queue_.push_back(std::move(item));
  return absl::OkStatus();
}

absl::Status SnapshotWriter::Drain(const std::shared_ptr<Lane>& lane) {
  absl::MutexLock lock(&mutex_);
  const auto drained = [&lane] { return lane->pending_ == 0; };
  mutex_.Await(absl::Condition(&drained));
  return lane->status_;
}

void SnapshotWriter::Work() {
  while (true) {
    std::deque<Item> items;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !queue_.empty();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (queue_.empty()) return;
      items.swap(queue_);
    }
    Store(items);
  }
}

void SnapshotWriter::Store(const std::deque<Item>& items) {
  const absl::Status together = StoreTogether(items);
  for (const Item& item : items) {
    // When the group fails, each is tried alone, so that one job's fault is not another's.
    Finish(item, together.ok() ? together : StoreAlone(item));
  }
}

// Epochs come first, so that none is missing before a snapshot that is published. They may be
// stored again: the store keeps the first.
absl::Status SnapshotWriter::StoreTogether(const std::deque<Item>& items) {
  std::vector<storage::PendingSnapshot> snapshots;
  std::vector<storage::PendingEpoch> epochs;
  for (const Item& item : items) {
    if (const auto* snapshot = std::get_if<storage::SnapshotRecord>(&item.record)) {
      snapshots.push_back({item.lane->job_id_, *snapshot});
    } else {
      epochs.push_back({item.lane->job_id_, std::get<storage::EpochRecord>(item.record)});
    }
  }
  if (!epochs.empty()) PERCEPT_RETURN_IF_ERROR(repository_->AppendEpochs(epochs));
  return snapshots.empty() ? absl::OkStatus() : repository_->Append(snapshots);
}

absl::Status SnapshotWriter::StoreAlone(const Item& item) {
  {
    absl::MutexLock lock(&mutex_);
    if (!item.lane->status_.ok()) return item.lane->status_;
  }
  if (const auto* snapshot = std::get_if<storage::SnapshotRecord>(&item.record)) {
    const storage::PendingSnapshot pending{item.lane->job_id_, *snapshot};
    return repository_->Append({&pending, 1});
  }
  const storage::PendingEpoch pending{item.lane->job_id_,
                                      std::get<storage::EpochRecord>(item.record)};
  return repository_->AppendEpochs({&pending, 1});
}

void SnapshotWriter::Finish(const Item& item, const absl::Status& status) {
  const auto* const snapshot = std::get_if<storage::SnapshotRecord>(&item.record);
  if (!status.ok()) {
    log::Error("a snapshot or an epoch could not be stored",
               {{"job", item.lane->job_id_}, {"error", status.message()}});
  } else if (snapshot != nullptr) {
    item.lane->history_->Publish(*snapshot);
  }
  absl::MutexLock lock(&mutex_);
  queued_bytes_ -= item.size_bytes;
  --item.lane->pending_;
  if (item.lane->status_.ok()) item.lane->status_ = status;
}

}  // namespace percept::training
